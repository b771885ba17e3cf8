package practice

import (
	"errors"
	"sync"
	"testing"
	"time"
)

func TestParallelRedemptionsOfOneCode(t *testing.T) {
	t.Parallel()
	l := newLedger(time.Now)
	code := l.issue(grant{clientID: "c", redirectURI: "r", authTime: time.Now()})
	var wg sync.WaitGroup
	results := make(chan error, 32)
	for range cap(results) {
		wg.Go(func() {
			_, err := l.redeem(redemption{code: code, clientID: "c", redirectURI: "r", pkce: verifierFits})
			results <- err
		})
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, errCode) {
			t.Error(err)
		}
	}
	if won != 1 || len(l.passes.items) != 0 {
		t.Errorf("%d redemptions, %d tokens left", won, len(l.passes.items))
	}
}

// The memory is bounded: the oldest code gives way to the newest.
func TestLedgerDropsTheOldest(t *testing.T) {
	t.Parallel()
	s := newShelf[int](3)
	for i, key := range []string{"a", "b", "c", "d"} {
		s.put(key, i)
	}
	s.drop("c")
	s.put("e", 4)
	for key, want := range map[string]bool{"a": false, "b": false, "c": false, "d": true, "e": true} {
		if _, ok := s.get(key); ok != want {
			t.Errorf("%s kept: %v", key, ok)
		}
	}
	l := newLedger(time.Now)
	for range maxKept + 5 {
		l.issue(grant{authTime: time.Now()})
	}
	if n := len(l.codes.items); n != maxKept {
		t.Errorf("%d codes kept", n)
	}
}
