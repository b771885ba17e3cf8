package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// randomLog fills a store with n events of few, odd values and returns them
// newest first.
func randomLog(t testing.TB, n int) (*db.Store, []db.Event) {
	t.Helper()
	s := dbtest.Open(t)
	var all []db.Event
	at := oddStart
	err := s.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
		for range n {
			at = at.Add(pick(0, time.Microsecond, time.Millisecond, 500*time.Microsecond, time.Second, time.Hour))
			tx.At(at, db.Actor{IP: ip(pick(oddIPs...)), UserAgent: pick("", "agent")})
			made, err := tx.Append(ctx, db.Event{
				Kind: pick(1, 1, 1, 1, event.KindIdentityLink, event.KindAuditView), Outcome: pick(0, 0, 0, event.Failure),
				Reason: pick(0, 0, event.ReasonSignedIn, event.ReasonStateMismatch), Provider: pick("", "github", "gitlab", "o'hara"),
				Account: pick[db.ID](0, 0, 1, 2, 3), Identity: pick[db.ID](0, 11, 12), Attempt: pick[db.ID](0, 21, 22),
				Count: pick[int64](0, 1, 7), Name: pick(oddNames...), Email: pick("", "a@x.test", "B_%@Y.test"), Handle: pick("", "ada", "Ünï"),
			})
			if err != nil {
				return err
			}
			all = append(all, made)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return s, all
}

func idsOf(events []db.Event) []db.ID {
	ids := []db.ID{}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// pageThrough reads a filter forward to its end and back to its beginning.
func pageThrough(t *testing.T, s *db.Store, f db.EventFilter, limit int) (forward, back []db.ID) {
	t.Helper()
	read := func(p db.EventPage) []db.ID {
		found, err := s.Events(ctx, f, p)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		return idsOf(found)
	}
	page := read(db.EventPage{Limit: limit})
	forward = append(forward, page...)
	for len(page) > 0 {
		page = read(db.EventPage{Older: page[len(page)-1], Limit: limit})
		forward = append(forward, page...)
	}
	for page = read(db.EventPage{Newer: 1, Limit: limit}); len(page) > 0; page = read(db.EventPage{Newer: page[0], Limit: limit}) {
		back = append(slices.Clone(page), back...)
	}
	return forward, back
}

func TestEventsAgainstOracle(t *testing.T) {
	s, all := randomLog(t, 3000)
	filters := []db.EventFilter{{}}
	for _, text := range oddTexts {
		filters = append(filters, db.EventFilter{Text: text})
	}
	for range 60 {
		filters = append(filters, randomFilter())
	}
	for n, f := range filters {
		want := oracle(f, all)
		if count, err := s.CountEvents(ctx, f, 1<<30); err != nil || count != len(want) {
			t.Errorf("%+v: counted %d, %v; want %d", f, count, err, len(want))
		}
		if count, err := s.CountEvents(ctx, f, 10); err != nil || count != min(10, len(want)) {
			t.Errorf("%+v: counted %d up to 10, %v", f, count, err)
		}
		if n%4 == 0 {
			forward, back := pageThrough(t, s, f, max(1, len(want)/4+rand.IntN(3)))
			if !slices.Equal(forward, want) || !slices.Equal(back, want) {
				t.Errorf("%.300s: pages give %d forward and %d back, want %d", fmt.Sprintf("%+v", f), len(forward), len(back), len(want))
			}
			continue
		}
		each := []db.ID{}
		if err := s.EachEvent(ctx, f, func(e db.Event) error { each = append(each, e.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, each); diff != "" {
			t.Errorf("%.300s: each event: %.500s", fmt.Sprintf("%+v", f), diff)
		}
	}
}

func TestEventsAreReadWhole(t *testing.T) {
	s, all := randomLog(t, 200)
	found, err := s.Events(ctx, db.EventFilter{}, db.EventPage{Limit: 200})
	if diff := cmp.Diff(all, found, sameEvent); diff != "" || err != nil {
		t.Errorf("%v\n%.1000s", err, diff)
	}
}

func TestCountByKind(t *testing.T) {
	s, all := randomLog(t, 500)
	for _, span := range [][2]time.Time{{}, {oddStart, {}}, {{}, oddStart}, {oddStart.Add(time.Second), oddStart.Add(50 * time.Hour)},
		{oddStart.Add(9999 * time.Hour), {}}} {
		want := map[string]int64{}
		for _, e := range all {
			if (span[0].IsZero() || db.Day(e.At) >= db.Day(span[0])) && (span[1].IsZero() || db.Day(e.At) <= db.Day(span[1])) {
				want[e.Kind.String()+e.Outcome.String()] += e.Count
			}
		}
		counts, err := s.CountByKind(ctx, span[0], span[1])
		got := map[string]int64{}
		for _, c := range counts {
			got[c.Kind.String()+c.Outcome.String()] += c.N
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v: %v %s", span, err, diff)
		}
	}
}

func TestEachEventStops(t *testing.T) {
	s, _ := randomLog(t, 20)
	n := 0
	err := s.EachEvent(ctx, db.EventFilter{}, func(db.Event) error {
		if n++; n == 5 {
			return errTest
		}
		return nil
	})
	if !errors.Is(err, errTest) || n != 5 {
		t.Errorf("%v after %d", err, n)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.EachEvent(cancelled, db.EventFilter{}, func(db.Event) error { return nil }); err == nil {
		t.Error("a cancelled export went on")
	}
}

// TestA09_ExportDuringAppends reads the log while it grows: each event once.
func TestA09_ExportDuringAppends(t *testing.T) {
	s, all := randomLog(t, 2500)
	want, got := idsOf(all), []db.ID{}
	if err := s.EachEvent(ctx, db.EventFilter{}, func(e db.Event) error {
		if got = append(got, e.ID); len(got)%500 == 0 {
			write(t, s, appending("live"))
		}
		return nil
	}); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d events, %v; want the %d of the beginning", len(got), err, len(want))
	}
}
