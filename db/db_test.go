package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

var ctx = context.Background()

// openPath opens a store and says where its file is.
func openPath(t testing.TB, now func() time.Time) (*db.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gatebook.db")
	return dbtest.OpenFile(t, path, now), path
}

// raw opens the file beside the store, as an attacker or another process would.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return pool
}

func sqlExec(t testing.TB, pool *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func sqlInt(t testing.TB, pool *sql.DB, text string, args ...any) (n int64) {
	t.Helper()
	if err := pool.QueryRow(text, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// write runs fn in a transaction that must succeed.
func write(t testing.TB, s *db.Store, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := s.InTx(ctx, db.Actor{}, fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// appending is a closure that records one sign-in under a name.
func appending(name string) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Provider: "github", Name: name})
		return err
	}
}

// hold keeps the writer inside a closure, so that what is sent meanwhile
// shares the next batch. It returns what ends it.
func hold(t testing.TB, s *db.Store) (release func()) {
	t.Helper()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.InTx(ctx, db.Actor{}, func(context.Context, *db.Tx) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	return sync.OnceFunc(func() {
		close(leave)
		if err := <-done; err != nil {
			t.Errorf("the holding transaction: %v", err)
		}
	})
}

// verified fails the test unless chain and roll-up are whole, and says how
// long the chain is.
func verified(t testing.TB, s *db.Store) int64 {
	t.Helper()
	n, err := s.VerifyChain(ctx)
	if err != nil {
		t.Fatalf("verify the chain after %d events: %v", n, err)
	}
	if err := s.VerifyDays(ctx); err != nil {
		t.Fatalf("verify the roll-up: %v", err)
	}
	return n
}

func names(events []db.Event) []string {
	list := []string{}
	for _, e := range events {
		list = append(list, e.Name)
	}
	return list
}

func TestR02_FileModes(t *testing.T) {
	s, path := openPath(t, time.Now)
	write(t, s, appending("Ada"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", info.Name(), got)
		}
	}
}

func TestOpenOddPaths(t *testing.T) {
	for _, name := range []string{"with space.db", "per%41cent.db", "quest?ion.db", "ha#sh.db", "amp&_pragma=x.db", "ünï.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := dbtest.OpenFile(t, path, time.Now)
		write(t, s, appending("Ada"))
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the file is not where it was asked for: %v", name, err)
		}
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("this is not a database, only text of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, filepath.Join(dir, "no", "such", "dir.db"), dir} {
		if s, err := db.Open(ctx, path, db.Options{}); err == nil {
			s.Close()
			t.Errorf("opened %s", path)
		}
	}
}

func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatebook.db")
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			s, err := db.Open(ctx, path, db.Options{})
			if err != nil {
				t.Errorf("open a fresh file beside others: %v", err)
				return
			}
			defer s.Close()
			if err := s.InTx(ctx, db.Actor{}, appending(fmt.Sprint(n))); err != nil {
				t.Errorf("write beside others: %v", err)
			}
		})
	}
	wg.Wait()
	if n := verified(t, dbtest.OpenFile(t, path, time.Now)); !t.Failed() && n != 6 {
		t.Errorf("%d events, want 6", n)
	}
}

func TestPing(t *testing.T) {
	s := dbtest.Open(t)
	if err := s.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Ping(cancelled); err == nil {
		t.Error("a cancelled read answered")
	}
}

func TestMicros(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	if got, want := db.FromMicros(db.Micros(at)), at.UTC().Truncate(time.Microsecond); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v", got, want)
	}
	if db.Micros(time.Time{}) != 0 || !db.FromMicros(0).IsZero() {
		t.Error("the zero time is not 0")
	}
}
