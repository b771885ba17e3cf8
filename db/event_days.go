package db

import (
	"context"
	"fmt"
	"time"

	"gatebook/db/event"
)

// Day numbers the UTC days since 1970, as the roll-up counts them.
func Day(t time.Time) int64 { return t.Unix() / 86400 }

// DayCount is how many events of a kind and outcome the roll-up holds.
type DayCount struct {
	Kind    event.Kind
	Outcome event.Outcome
	N       int64
}

// CountByKind sums the roll-up's days from the first of from to the last of
// to; zero times leave that end open. It never reads the events themselves.
func (s *Store) CountByKind(ctx context.Context, from, to time.Time) ([]DayCount, error) {
	first, last := int64(0), int64(1<<62)
	if !from.IsZero() {
		first = Day(from)
	}
	if !to.IsZero() {
		last = Day(to)
	}
	return many(ctx, s, scanDayCount, `
		SELECT kind, outcome, sum(n) FROM event_days
		WHERE day >= $1 AND day <= $2 GROUP BY kind, outcome ORDER BY kind, outcome`, first, last)
}

func scanDayCount(s scanner) (DayCount, error) {
	var d DayCount
	return d, s.Scan(&d.Kind, &d.Outcome, &d.N)
}

// dayKey is a row of the roll-up.
type dayKey struct {
	day, provider int64
	kind          event.Kind
	outcome       event.Outcome
}

type dayTally struct {
	dayKey
	n int64
}

func scanDayTally(s scanner) (dayTally, error) {
	var t dayTally
	return t, s.Scan(&t.day, &t.provider, &t.kind, &t.outcome, &t.n)
}

// VerifyDays counts every event again and compares with the roll-up. It reads
// in pages, and leaves events that are appended meanwhile to the next time.
func (s *Store) VerifyDays(ctx context.Context) error {
	kept, err := many(ctx, s, scanDayTally, `
		SELECT day, provider_id, kind, outcome, n FROM event_days
		UNION ALL SELECT -1, 0, 0, 0, coalesce(max(seq), 0) FROM events`)
	if err != nil {
		return err
	}
	want := map[dayKey]int64{}
	for _, t := range kept {
		want[t.dayKey] += t.n
	}
	last := want[dayKey{day: -1}]
	delete(want, dayKey{day: -1})
	if err := s.subtractEvents(ctx, want, last); err != nil {
		return err
	}
	for key, n := range want {
		if n != 0 {
			return fmt.Errorf("the roll-up of day %d is off by %d for %s %s", key.day, n, key.kind, key.outcome)
		}
	}
	return nil
}

// subtractEvents takes each event up to the one at last from its day.
func (s *Store) subtractEvents(ctx context.Context, days map[dayKey]int64, last int64) error {
	for from := int64(0); from < last; from += 1000 {
		page, err := many(ctx, s, scanDayTally, `
			SELECT at / 86400000000, provider_id, kind, outcome, count FROM events
			WHERE seq > $1 AND seq <= $2`, from, min(from+1000, last))
		if err != nil {
			return err
		}
		for _, t := range page {
			days[t.dayKey] -= t.n
		}
	}
	return nil
}
