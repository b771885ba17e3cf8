package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
)

// TestA01_FailedBatch breaks a whole batch in the ways that SQLite can, and
// then goes on: nobody is told of a commit that was not, and nothing in memory
// remembers the batch.
func TestA01_FailedBatch(t *testing.T) {
	tests := []struct {
		name   string
		schema []string
	}{
		{"the savepoint is lost", []string{
			`CREATE TRIGGER bomb BEFORE INSERT ON accounts WHEN new.name = 'bomb'
			 BEGIN SELECT RAISE(ROLLBACK, 'boom'); END`,
		}},
		{"the commit fails", []string{
			`CREATE TABLE child (parent BIGINT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)`,
			`CREATE TRIGGER bomb AFTER INSERT ON accounts WHEN new.name = 'bomb'
			 BEGIN INSERT INTO child VALUES (-1); END`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, path := openPath(t, time.Now)
			write(t, s, appending("before"))
			other := raw(t, path)
			for _, text := range test.schema {
				sqlExec(t, other, text)
			}
			hooks := 0
			innocent := func(ctx context.Context, tx *db.Tx) error {
				tx.AfterCommit(func() { hooks++ })
				return appending("innocent")(ctx, tx)
			}
			errs := batch(t, s, innocent, func(_ context.Context, tx *db.Tx) error {
				_, err := tx.InsertAccount(db.Account{Name: "bomb", Status: db.StatusActive})
				return err
			}, innocent, func(context.Context, *db.Tx) error { return errTest })
			for n, err := range errs {
				if err == nil {
					t.Errorf("caller %d of a failed batch got nil", n)
				}
			}
			if hooks != 0 {
				t.Errorf("%d hooks ran after no commit", hooks)
			}
			for _, name := range []string{"after", "innocent", "last"} {
				write(t, s, appending(name))
			}
			if diff := cmp.Diff([]string{"before", "after", "innocent", "last"}, names(dbtest.Events(t, s))); diff != "" {
				t.Error(diff)
			}
			verified(t, s)
		})
	}
}

func TestA01_StorageFull(t *testing.T) {
	s := dbtest.Open(t)
	write(t, s, appending("before"))
	limit := func(pages int) func(context.Context, *db.Tx) error {
		return func(_ context.Context, tx *db.Tx) error {
			return db.Exec(tx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		}
	}
	write(t, s, limit(1)) // which SQLite takes as "as many as there are"
	big := strings.Repeat("x", 100_000)
	errs := batch(t, s, appending("innocent"), appending(big), appending("innocent"))
	full := 0
	for n, err := range errs {
		if errors.Is(err, db.ErrFull) {
			full++
		} else if err != nil {
			t.Errorf("caller %d: %v, want ErrFull", n, err)
		}
	}
	if !errors.Is(errs[1], db.ErrFull) {
		t.Errorf("the big one got %v, want ErrFull", errs[1])
	}
	if n, err := s.CountEvents(ctx, db.EventFilter{}, 100); err != nil || n != 1+len(errs)-full {
		t.Errorf("%d events and %v, want reads to go on and show those acknowledged", n, err)
	}
	write(t, s, limit(1<<30))
	for _, name := range []string{"after", "innocent", big} {
		write(t, s, appending(name))
	}
	if n := verified(t, s); int(n) != 4+len(errs)-full {
		t.Errorf("the chain has %d events", n)
	}
}

func TestBeginFails(t *testing.T) {
	s, path := openPath(t, time.Now)
	write(t, s, func(_ context.Context, tx *db.Tx) error { return db.Exec(tx, "PRAGMA busy_timeout = 1") })
	other := raw(t, path)
	sqlExec(t, other, "BEGIN IMMEDIATE")
	ran := false
	err := s.InTx(ctx, db.Actor{}, func(context.Context, *db.Tx) error { ran = true; return nil })
	if err == nil || ran || !strings.HasPrefix(err.Error(), "begin: ") {
		t.Errorf("another process holds the lock: got %v, ran %v", err, ran)
	}
	sqlExec(t, other, "ROLLBACK")
	write(t, s, appending("Ada"))
	verified(t, s)
}

// TestBeginInsideATransaction leaves one open by force, as a rollback that
// failed would: the next batch may fail, the one after it must not.
func TestBeginInsideATransaction(t *testing.T) {
	s := dbtest.Open(t)
	if err := s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error {
		tx.AfterCommit(func() { db.WriterExec(s, "BEGIN") })
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.InTx(ctx, db.Actor{}, appending("lost")); err == nil {
		t.Error("a batch began inside an open transaction")
	}
	write(t, s, appending("Ada"))
	if verified(t, s) != 1 {
		t.Error("the log is not the one event's")
	}
}

func TestTranslate(t *testing.T) {
	_, path := openPath(t, time.Now)
	reader, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	_, refused := reader.Exec("DELETE FROM accounts")
	tests := []struct {
		err, want error
	}{
		{refused, db.ErrReadOnly},
		{sql.ErrNoRows, db.ErrNotFound},
		{fmt.Errorf("wrapped: %w", sql.ErrNoRows), db.ErrNotFound},
		{errTest, errTest},
	}
	for _, test := range tests {
		if got := db.Translate(test.err); !errors.Is(got, test.want) {
			t.Errorf("translate(%v) = %v, want %v", test.err, got, test.want)
		}
	}
	if db.Translate(nil) != nil {
		t.Error("nothing became an error")
	}
}

// TestStatementsAreFew runs many different reads and writes: kept statements
// must be the package's own texts and not grow with what is asked.
func TestStatementsAreFew(t *testing.T) {
	s := dbtest.Open(t)
	ask := func(n int) {
		write(t, s, appending(fmt.Sprint(n)))
		filter := db.EventFilter{Text: fmt.Sprint(n), Account: db.ID(n), From: time.UnixMilli(int64(n))}
		if _, err := s.Events(ctx, filter, db.EventPage{Limit: n}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CountEvents(ctx, db.EventFilter{Provider: fmt.Sprint(n)}, n); err != nil {
			t.Fatal(err)
		}
		verified(t, s)
	}
	ask(1)
	writer, readers := db.Statements(s)
	for n := range 20 {
		ask(n + 2)
	}
	if w, r := db.Statements(s); w != writer || r != readers {
		t.Errorf("statements grew from %d and %d to %d and %d", writer, readers, w, r)
	}
}
