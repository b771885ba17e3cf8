package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

func TestInTxStickyError(t *testing.T) {
	s := dbtest.Open(t)
	var again error
	err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
		account, _ := tx.InsertAccount(db.Account{Name: "Ada", Status: db.StatusActive})
		tx.InsertIdentity(db.Identity{AccountID: account.ID, Key: db.Key{Provider: "github", Subject: "1"}})
		tx.InsertIdentity(db.Identity{AccountID: account.ID, Key: db.Key{Provider: "github", Subject: "1"}})
		again = tx.TouchAccount(account.ID)
		return nil // as if nothing were wrong
	})
	if !errors.Is(err, db.ErrConflict) || !errors.Is(again, db.ErrConflict) {
		t.Errorf("got %v and then %v, want ErrConflict for both", err, again)
	}
	if n, _ := s.CountAccounts(ctx); n != 0 {
		t.Errorf("%d accounts stayed", n)
	}
}

func TestInTxAbsenceIsNotSticky(t *testing.T) {
	s := dbtest.Open(t)
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Account(ctx, 1); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if err := tx.EndSession(ctx, 1, event.ReasonAdmin); !errors.Is(err, db.ErrEnded) {
			t.Errorf("got %v, want ErrEnded", err)
		}
		return appending("Ada")(ctx, tx)
	})
}

func TestInTxNested(t *testing.T) {
	s := dbtest.Open(t)
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		if err := s.InTx(ctx, db.Actor{}, appending("inner")); !errors.Is(err, db.ErrNested) {
			t.Errorf("got %v, want ErrNested", err)
		}
		if err := s.Replay(ctx, appending("inner")); !errors.Is(err, db.ErrNested) {
			t.Errorf("Replay: got %v, want ErrNested", err)
		}
		return nil
	})
}

func TestInTxDeadTx(t *testing.T) {
	s := dbtest.Open(t)
	var kept *db.Tx
	write(t, s, func(_ context.Context, tx *db.Tx) error { kept = tx; return nil })
	if _, err := kept.InsertAccount(db.Account{Name: "late", Status: db.StatusActive}); !errors.Is(err, db.ErrDeadTx) {
		t.Errorf("got %v, want ErrDeadTx", err)
	}
	if _, err := kept.Account(ctx, 1); !errors.Is(err, db.ErrDeadTx) {
		t.Errorf("a read got %v, want ErrDeadTx", err)
	}
	if n, _ := s.CountAccounts(ctx); n != 0 {
		t.Error("a dead transaction wrote")
	}
}

func TestInTxCancelledWhileQueued(t *testing.T) {
	s := dbtest.Open(t)
	release := hold(t, s)
	why := errors.New("the browser left")
	leaving, leave := context.WithCancelCause(ctx)
	result := make(chan error, 1)
	go func() { result <- s.InTx(leaving, db.Actor{}, appending("left")) }()
	db.AwaitQueued(s, 1)
	leave(why)
	if err := <-result; !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
	if err := s.InTx(leaving, db.Actor{}, appending("late")); !errors.Is(err, why) {
		t.Errorf("a caller that had left got %v", err)
	}
	release()
	write(t, s, appending("stayed"))
	if diff := cmp.Diff([]string{"stayed"}, names(dbtest.Events(t, s))); diff != "" {
		t.Error(diff)
	}
}

func TestInTxOnceTakenWaits(t *testing.T) {
	s := dbtest.Open(t)
	ending, end := context.WithCancel(ctx)
	err := s.InTx(ending, db.Actor{}, func(inner context.Context, tx *db.Tx) error {
		end()
		if inner.Err() != nil {
			t.Error("the closure's context ended with its caller's")
		}
		return appending("Ada")(inner, tx)
	})
	if err != nil || verified(t, s) != 1 {
		t.Errorf("got %v, want the commit's nil", err)
	}
}

func TestInTxAfterCommit(t *testing.T) {
	s := dbtest.Open(t)
	ran := []string{}
	hooked := func(name string, result error) func(context.Context, *db.Tx) error {
		return func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() {
				if n, err := s.CountAccounts(ctx); n != 2 || err != nil {
					t.Errorf("the hook of %s sees %d accounts: not committed", name, n)
				}
				ran = append(ran, name)
			})
			if _, err := tx.InsertAccount(db.Account{Name: name, Status: db.StatusActive}); err != nil {
				return err
			}
			return result
		}
	}
	batch(t, s, hooked("a", nil), hooked("failed", errTest), hooked("b", nil))
	slices.Sort(ran)
	if diff := cmp.Diff([]string{"a", "b"}, ran); diff != "" {
		t.Error(diff)
	}
}

func TestInTxPanickingHook(t *testing.T) {
	s := dbtest.Open(t)
	others := 0
	errs := batch(t, s,
		func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { panic("in the hook") })
			tx.AfterCommit(func() { others++ })
			return appending("Ada")(ctx, tx)
		},
		func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { others++ })
			return appending("Bob")(ctx, tx)
		})
	if errs[0] == nil || !strings.HasPrefix(errs[0].Error(), "panic: in the hook") || errs[1] != nil {
		t.Errorf("got %v", errs)
	}
	if others != 2 || verified(t, s) != 2 {
		t.Errorf("%d other hooks ran, want 2", others)
	}
}
