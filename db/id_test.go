package db_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func TestGeneratorAscendsTogether(t *testing.T) {
	g := db.NewGenerator(time.Now, 0)
	const callers, each = 16, 2000
	lists := make([][]db.ID, callers)
	var wg sync.WaitGroup
	for n := range lists {
		wg.Go(func() {
			for range each {
				lists[n] = append(lists[n], g.Next())
			}
		})
	}
	wg.Wait()
	seen := map[db.ID]bool{}
	for _, list := range lists {
		if !slices.IsSorted(list) {
			t.Error("one caller's ids do not ascend")
		}
		for _, id := range list {
			seen[id] = true
		}
	}
	if len(seen) != callers*each {
		t.Errorf("%d different ids, want %d", len(seen), callers*each)
	}
}

func TestA12_GeneratorWithOddClocks(t *testing.T) {
	tests := []struct {
		name string
		step func(n int) time.Duration
	}{
		{"standing", func(int) time.Duration { return 0 }},
		{"back an hour", func(n int) time.Duration { return -time.Duration(n/1000) * time.Hour }},
		{"to and fro", func(n int) time.Duration { return time.Duration(n%7-3) * time.Second }},
	}
	for _, test := range tests {
		clock, n := dbtest.NewClock(), 0
		start := clock.Now()
		g := db.NewGenerator(func() time.Time { n++; return start.Add(test.step(n)) }, 0)
		last := db.ID(0)
		for range 20_000 { // five times what a millisecond holds
			id := g.Next()
			if id <= last {
				t.Fatalf("%s: %d follows %d", test.name, id, last)
			}
			last = id
		}
		if ahead := last.Time().Sub(start); ahead > 4*time.Second {
			t.Errorf("%s: ids ran ahead by %v", test.name, ahead)
		}
	}
}

func TestGeneratorStartsAbove(t *testing.T) {
	clock := dbtest.NewClock()
	for range 50 { // another process's random bits are above ours, or below
		newest := db.FirstID(clock.Now().Add(time.Minute)) | db.ID(rand.IntN(1<<20))
		g := db.NewGenerator(clock.Now, newest)
		first := g.Next()
		if first <= newest {
			t.Fatalf("%d is not above %d", first, newest)
		}
		raised := first + 1<<30
		g.Raise(raised)
		g.Raise(1)
		if next := g.Next(); next <= raised {
			t.Fatalf("%d is not above %d", next, raised)
		}
	}
}

func TestNewIDAfterReopen(t *testing.T) {
	clock := dbtest.NewClock()
	s, path := openPath(t, clock.Now)
	var account db.Account
	write(t, s, func(_ context.Context, tx *db.Tx) (err error) {
		account, err = tx.InsertAccount(db.Account{Name: "Ada", Status: db.StatusActive})
		return err
	})
	s.Close()
	clock.Add(-time.Hour)
	if next := dbtest.OpenFile(t, path, clock.Now).NewID(); next <= account.ID {
		t.Errorf("after a restart with the clock set back, %d is not above %d", next, account.ID)
	}
}

func TestFirstID(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 999_999, time.UTC)
	if got := db.FirstID(at).Time(); !got.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("the instant came back as %v", got)
	}
	ascending := []time.Time{
		{}, time.UnixMilli(-1), time.UnixMilli(0), time.UnixMilli(1), at, at.Add(time.Millisecond),
		time.Date(2248, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2249, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64/4, 0),
	}
	if !slices.IsSortedFunc(ascending, func(a, b time.Time) int { return cmp.Compare(db.FirstID(a), db.FirstID(b)) }) {
		t.Error("ids of ascending instants do not ascend")
	}
	if db.FirstID(time.Time{}) < 0 {
		t.Error("an id is negative")
	}
}

func TestParseID(t *testing.T) {
	for range 10_000 {
		a, b := db.ID(rand.Int64()>>rand.IntN(63)), db.ID(rand.Int64())
		if a == 0 {
			continue
		}
		if got, err := db.ParseID(a.String()); err != nil || got != a {
			t.Fatalf("%d became %q became %d, %v", a, a.String(), got, err)
		}
		if cmp.Compare(a, b) != strings.Compare(a.String(), b.String()) {
			t.Fatalf("%d and %d are in another order as text", a, b)
		}
	}
	if db.ID(0).String() != "" {
		t.Error("the zero id has a text")
	}
	good := db.ID(math.MaxInt64).String()
	for _, text := range []string{
		"", "0", "0000000000000", good[:12], good + "0", "0" + good, strings.ToUpper(good), "8000000000000",
		"000000000000i", "000000000000l", "000000000000o", "000000000000u", "000000000000-", " 00000000001",
		"00000000000\x00", "00000000000é", "-000000000001", "+000000000001",
	} {
		if id, err := db.ParseID(text); !errors.Is(err, db.ErrBadID) {
			t.Errorf("%q was read as %d, %v", text, id, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("0000000000001")
	f.Add("7zzzzzzzzzzzz")
	f.Add("8zzzzzzzzzzzz")
	f.Add("/000000000001")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := db.ParseID(text)
		if (err == nil) == (id == 0) {
			t.Fatalf("%q: %d and %v", text, id, err)
		}
		if err == nil && (id.String() != text || id < 0) {
			t.Fatalf("%q is a second spelling of %q", text, id.String())
		}
	})
}
