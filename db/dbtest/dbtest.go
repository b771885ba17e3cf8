// Package dbtest opens a real, fresh, migrated store for a test.
package dbtest

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// Clock is a clock that a test moves. It begins at noon UTC on 21 November
// 2026 and is safe for use by many goroutines.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock at its beginning.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
}

// Now is the clock's instant.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock, also backwards.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Open opens a store in a file of its own, closed when the test ends.
func Open(t testing.TB) *db.Store {
	t.Helper()
	return OpenAt(t, time.Now)
}

// OpenAt is Open with a clock.
func OpenAt(t testing.TB, now func() time.Time) *db.Store {
	t.Helper()
	return OpenFile(t, filepath.Join(t.TempDir(), "gatebook.db"), now)
}

// OpenFile opens a store on a file that a test names.
func OpenFile(t testing.TB, path string, now func() time.Time) *db.Store {
	t.Helper()
	store, err := db.Open(context.Background(), path, db.Options{Now: now})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// Events reads the whole log, oldest first.
func Events(t testing.TB, store *db.Store) []db.Event {
	t.Helper()
	var all []db.Event
	err := store.EachEvent(context.Background(), db.EventFilter{}, func(e db.Event) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		t.Fatalf("read the log: %v", err)
	}
	slices.Reverse(all)
	return all
}

// Words are events as "kind outcome reason" lines, the form in which a test
// names exactly what an operation must leave behind.
func Words(events []db.Event) []string {
	words := []string{}
	for _, e := range events {
		word := e.Kind.String() + " " + e.Outcome.String()
		if e.Reason != event.ReasonNone {
			word += " " + e.Reason.String()
		}
		words = append(words, word)
	}
	return words
}
