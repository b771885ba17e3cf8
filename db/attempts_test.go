package db_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func sum(text string) []byte {
	b := sha256.Sum256([]byte(text))
	return b[:]
}

func attempt(state, browser string, expires time.Time) db.Attempt {
	return db.Attempt{
		StateHash: sum(state), BrowserHash: sum(browser), Provider: "github", Intent: "signin", ReturnPath: "/account",
		Fresh: true, GothSession: "secret-goth", Verifier: "secret-verifier", Nonce: "secret-nonce", ExpiresAt: expires,
	}
}

func insertAttempt(t testing.TB, s *db.Store, a db.Attempt, keep int) (inserted db.Attempt) {
	t.Helper()
	write(t, s, func(_ context.Context, tx *db.Tx) (err error) {
		inserted, err = tx.InsertAttempt(a, keep)
		return err
	})
	return inserted
}

func TestAttempt(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	want := attempt("state", "browser", clock.Now().Add(10*time.Minute))
	want.AccountID, want.SessionFamily, want.ClaimHash = 7, 8, sum("claim")
	want = insertAttempt(t, s, want, 5)
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		got, err := tx.AttemptByState(ctx, sum("state"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := tx.AttemptByState(ctx, sum("STATE")); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an unknown state: %v", err)
		}
		return err
	})
	err := s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error {
		_, err := tx.InsertAttempt(want, 5)
		return err
	})
	if !errors.Is(err, db.ErrConflict) {
		t.Errorf("one state twice: %v, want ErrConflict", err)
	}
}

// TestO03_AttemptIsUsedOnce fires one callback 50 times in parallel.
func TestO03_AttemptIsUsedOnce(t *testing.T) {
	s, path := openPath(t, time.Now)
	id := insertAttempt(t, s, attempt("state", "browser", time.Now().Add(time.Minute)), 5).ID
	var won, lost, secrets atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
				a, err := tx.AttemptByState(ctx, sum("state"))
				if err != nil {
					return err
				}
				if err := tx.UseAttempt(a.ID); err != nil {
					return err
				}
				if a.Verifier == "secret-verifier" && a.Nonce == "secret-nonce" && a.GothSession == "secret-goth" {
					secrets.Add(1)
				}
				return nil
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, db.ErrNotFound):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 49 || secrets.Load() != 1 {
		t.Errorf("%d won, %d lost, %d got the secrets; want 1, 49, 1", won.Load(), lost.Load(), secrets.Load())
	}
	var row, used string
	if err := raw(t, path).QueryRow(`SELECT goth_session || verifier || nonce, used_at > 0 FROM attempts WHERE id = ?`,
		int64(id)).Scan(&row, &used); err != nil || row != "" || used != "1" {
		t.Errorf("after use the row holds %q, used %s, %v", row, used, err)
	}
}

func TestAttemptsOfOneBrowser(t *testing.T) {
	s, path := openPath(t, time.Now)
	later := time.Now().Add(time.Minute)
	first := insertAttempt(t, s, attempt("used", "mine", later), 5)
	write(t, s, func(_ context.Context, tx *db.Tx) error { return tx.UseAttempt(first.ID) })
	insertAttempt(t, s, attempt("theirs", "another", later), 5)
	for n := range 12 {
		insertAttempt(t, s, attempt(fmt.Sprint("state", n), "mine", later), 5)
	}
	left := []string{}
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		for _, state := range append([]string{"used", "theirs"}, strings.Fields(
			"state0 state1 state2 state3 state4 state5 state6 state7 state8 state9 state10 state11")...) {
			if _, err := tx.AttemptByState(ctx, sum(state)); err == nil {
				left = append(left, state)
			}
		}
		return nil
	})
	if diff := cmp.Diff(strings.Fields("used theirs state7 state8 state9 state10 state11"), left); diff != "" {
		t.Error(diff)
	}
	if n := sqlInt(t, raw(t, path), "SELECT count(*) FROM attempts"); n != 7 {
		t.Errorf("%d rows, want 7", n)
	}
}

func TestSweepAttempts(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	for n := range 5 {
		insertAttempt(t, s, attempt(fmt.Sprint(n), fmt.Sprint(n), clock.Now().Add(time.Duration(n)*time.Hour)), 5)
	}
	steps := []struct {
		before  time.Duration
		limit   int
		deleted int64
		left    int64
	}{{0, 9, 0, 5}, {90 * time.Minute, 1, 1, 4}, {90 * time.Minute, 9, 1, 3}, {24 * time.Hour, 9, 3, 0}}
	for _, step := range steps {
		write(t, s, func(_ context.Context, tx *db.Tx) error {
			n, err := tx.SweepAttempts(clock.Now().Add(step.before), step.limit)
			if n != step.deleted {
				t.Errorf("%+v: %d deleted", step, n)
			}
			return err
		})
		if n, err := s.CountAttempts(ctx); n != step.left || err != nil {
			t.Errorf("%+v: %d left, %v", step, n, err)
		}
	}
}
