package db_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func useClaim(s *db.Store, code string) error {
	return s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error { return tx.UseClaim(sum(code)) })
}

func replaceClaim(t testing.TB, s *db.Store, code string, expires time.Time) {
	t.Helper()
	write(t, s, func(_ context.Context, tx *db.Tx) error { return tx.ReplaceClaim(sum(code), expires) })
}

func TestClaim(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	valid := func(code string, want bool) {
		t.Helper()
		if got, err := s.ClaimValid(ctx, sum(code)); got != want || err != nil {
			t.Errorf("claim %q: valid %v, %v; want %v", code, got, err, want)
		}
		write(t, s, func(ctx context.Context, tx *db.Tx) error {
			if got, err := tx.ClaimValid(ctx, sum(code)); got != want || err != nil {
				t.Errorf("claim %q in a transaction: valid %v, %v; want %v", code, got, err, want)
			}
			return nil
		})
	}
	valid("first", false)
	replaceClaim(t, s, "first", clock.Now().Add(24*time.Hour))
	replaceClaim(t, s, "second", clock.Now().Add(24*time.Hour))
	valid("first", false)
	valid("second", true)
	if err := useClaim(s, "first"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a replaced code: %v", err)
	}
	clock.Add(24*time.Hour - time.Microsecond)
	valid("second", true)
	clock.Add(time.Microsecond)
	valid("second", false)
	if err := useClaim(s, "second"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an old code: %v", err)
	}
	replaceClaim(t, s, "third", clock.Now().Add(time.Hour))
	write(t, s, func(_ context.Context, tx *db.Tx) error { return tx.DropClaims() })
	valid("third", false)
}

func TestClaimIsUsedOnce(t *testing.T) {
	s := dbtest.Open(t)
	replaceClaim(t, s, "code", time.Now().Add(time.Hour))
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := useClaim(s, "code"); err == nil {
				won.Add(1)
			} else if !errors.Is(err, db.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d used one code", won.Load())
	}
}

func TestClaimOfAFailedTransactionIsLeft(t *testing.T) {
	s := dbtest.Open(t)
	replaceClaim(t, s, "code", time.Now().Add(time.Hour))
	err := s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error {
		return errors.Join(tx.UseClaim(sum("code")), errTest)
	})
	if !errors.Is(err, errTest) {
		t.Fatal(err)
	}
	if err := useClaim(s, "code"); err != nil {
		t.Errorf("the code is gone: %v", err)
	}
}
