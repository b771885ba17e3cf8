package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
)

// TestChainOfTwoStores lets two stores append to one file by turns and
// together: one chain, and ids in its order.
func TestChainOfTwoStores(t *testing.T) {
	a, path := openPath(t, time.Now)
	b := dbtest.OpenFile(t, path, time.Now)
	for n := range 10 {
		actor, e := fullEvent(n)
		if err := []*db.Store{a, b}[n%2].InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Append(ctx, e)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			s := []*db.Store{a, b}[n%2]
			if err := s.InTx(ctx, db.Actor{}, appending(fmt.Sprint("Name ", n%5))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, s := range []*db.Store{a, b} {
		if n := verified(t, s); n != 50 {
			t.Errorf("%d events, want 50", n)
		}
		for n, e := range dbtest.Events(t, s) {
			if e.Seq != int64(n)+1 {
				t.Fatalf("by id, event %d is the chain's %d", n+1, e.Seq)
			}
		}
	}
}

// TestReplay writes past events while live ones are appended.
func TestReplay(t *testing.T) {
	s := dbtest.Open(t)
	start := time.Now().Add(-90 * 24 * time.Hour).UTC()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	live := 0
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				write(t, s, appending("live"))
				live++
			}
		}
	})
	const batches, each = 10, 30
	for n := range batches {
		err := s.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := range each {
				at := start.Add(time.Duration(n*each+i) * time.Hour)
				actor, e := fullEvent(n)
				tx.At(at, actor)
				made, err := tx.Append(ctx, e)
				if err != nil {
					return err
				}
				if !made.ID.Time().Equal(at.Truncate(time.Millisecond)) || !made.At.Equal(at.Truncate(time.Microsecond)) {
					t.Errorf("asked for %v, got at %v and the id of %v", at, made.At, made.ID.Time())
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, s, appending("live"))
	close(stop)
	wg.Wait()
	if n := verified(t, s); int(n) != batches*each+live+1 {
		t.Errorf("%d events, want %d", n, batches*each+live+1)
	}
	last, past := db.Event{}, 0
	for _, e := range dbtest.Events(t, s) {
		if e.At.Before(last.At) {
			t.Fatalf("%v is listed after %v", e.At, last.At)
		}
		if e.Name != "live" {
			past++
		}
		last = e
	}
	if past != batches*each {
		t.Errorf("%d past events, want %d", past, batches*each)
	}
}

func TestAtOutsideReplay(t *testing.T) {
	s := dbtest.Open(t)
	defer func() {
		if recover() == nil {
			t.Error("a live transaction travelled")
		}
	}()
	s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error {
		tx.At(time.Now().Add(-time.Hour), db.Actor{})
		return nil
	})
}
