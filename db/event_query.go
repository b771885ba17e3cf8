package db

import (
	"context"
	"fmt"

	"gatebook/db/event"
)

// EventPage is a page's place in the filtered log. Older and Newer are ids
// that the page lies beyond; with neither it is the newest page.
type EventPage struct {
	Older, Newer ID
	Limit        int
}

const (
	selectEvents  = selectEvent + `coalesce(a.name, '')` + fromEvents + ` LEFT JOIN accounts a ON a.id = e.account_id`
	selectChained = selectEvent + `''` + fromEvents // what the chain covers needs no account
)

const selectEvent = `
	SELECT
		e.id,
		e.seq,
		e.at,
		e.kind,
		e.outcome,
		e.reason,
		e.actor_kind,
		e.actor_id,
		e.session_id,
		e.target_kind,
		e.target_id,
		e.account_id,
		e.identity_id,
		coalesce(w.provider, ''),
		e.attempt_id,
		e.request_id,
		e.count,
		e.data,
		e.ip,
		coalesce(g.agent, ''),
		coalesce(p.name, ''),
		coalesce(p.email, ''),
		coalesce(p.handle, ''),
		e.salt,
		e.commitment,
		e.hash,
		`

const fromEvents = `
	FROM events e
	LEFT JOIN event_providers w ON w.id = e.provider_id
	LEFT JOIN event_agents g ON g.id = e.agent_id
	LEFT JOIN event_people p ON p.id = e.person_id`

// rawEvent is an event with what the hash covers as it is stored.
type rawEvent struct {
	Event
	detail string
	ip     []byte
}

// scanRaw reads a row without judging its detail, so that a damaged one is the
// chain's finding and not the end of a page.
func scanRaw(s scanner) (rawEvent, error) {
	var e rawEvent
	var at int64
	err := s.Scan(&e.ID, whole[int64]{&e.Seq}, whole[int64]{&at}, whole[event.Kind]{&e.Kind}, whole[event.Outcome]{&e.Outcome},
		whole[event.Reason]{&e.Reason}, whole[event.ActorKind]{&e.ActorKind}, whole[ID]{&e.Actor}, whole[ID]{&e.Session},
		whole[event.TargetKind]{&e.TargetKind}, whole[ID]{&e.Target}, whole[ID]{&e.Account}, whole[ID]{&e.Identity},
		&e.Provider, whole[ID]{&e.Attempt}, &e.RequestID, whole[int64]{&e.Count}, &e.detail, &e.ip, &e.UserAgent, &e.Name,
		&e.Email, &e.Handle, &e.salt, &e.commitment, &e.hash, &e.AccountName)
	if err != nil {
		return e, &unreadableEvent{e.ID, err}
	}
	e.At, e.IP = FromMicros(at), ipFrom(e.ip)
	return e, nil
}

func scanEvent(s scanner) (Event, error) {
	e, err := scanRaw(s)
	if err == nil {
		e.Detail, err = decodeDetail(e.detail)
	}
	return e.Event, err
}

// unreadableEvent is a row that Append cannot have written.
type unreadableEvent struct {
	id  ID
	err error
}

func (u *unreadableEvent) Error() string {
	return fmt.Sprintf("event %s cannot be read: %v", u.id, u.err)
}
func (u *unreadableEvent) Unwrap() error { return u.err }

// whole scans an integer that is stored as one and fits. database/sql would
// also read the text '1' or the bytes x'31' as 1, which a filter does not find.
type whole[T ~int64 | ~uint8 | ~uint16] struct{ to *T }

// Scan is of sql.Scanner.
func (w whole[T]) Scan(value any) error {
	n, ok := value.(int64)
	if !ok || int64(T(n)) != n {
		return fmt.Errorf("%T %v is not a whole number of this column", value, value)
	}
	*w.to = T(n)
	return nil
}

// Event reads one event; ErrNotFound if there is none.
func (s *Store) Event(ctx context.Context, id ID) (Event, error) {
	return one(ctx, s, scanEvent, selectEvents+` WHERE e.id = $1`, id)
}

// Events reads a page of the filtered log, newest first. The page's ids are
// found first, over indexes alone; only its own rows are then read whole.
func (s *Store) Events(ctx context.Context, f EventFilter, p EventPage) ([]Event, error) {
	ids, args := f.pageIDs(p)
	return s.queryEvents(ctx, selectEvents+` WHERE e.id IN (`+ids+`) ORDER BY e.id DESC`, args)
}

// pageIDs is the query for the ids of a page.
func (f EventFilter) pageIDs(p EventPage) (text string, args []any) {
	q := f.conditions()
	order := "DESC"
	if p.Newer != 0 {
		q.add("id > ?", p.Newer)
		order = "ASC"
	} else if p.Older != 0 {
		q.add("id < ?", p.Older)
	}
	text = `SELECT id FROM events` + q.where() + ` ORDER BY id ` + order + q.limit(p.Limit)
	return text, q.args
}

// queryEvents runs a text that depends on the filter, so it is not kept as a
// prepared statement.
func (s *Store) queryEvents(ctx context.Context, text string, args []any) ([]Event, error) {
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var found []Event
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, translate(err)
		}
		found = append(found, e)
	}
	return found, translate(rows.Err())
}

// CountEvents counts the filtered events, but not beyond limit.
func (s *Store) CountEvents(ctx context.Context, f EventFilter, limit int) (int, error) {
	q := f.conditions()
	text := `SELECT count(*) FROM (SELECT 1 FROM events` + q.where() + q.limit(limit) + `) AS found`
	var n int
	err := s.read.QueryRowContext(ctx, text, q.args...).Scan(&n)
	return n, translate(err)
}

// EachEvent calls fn for every filtered event, newest first, in pages of 1,000
// so that no read holds the write-ahead log back for long. It stops at fn's
// first error, which it returns.
func (s *Store) EachEvent(ctx context.Context, f EventFilter, fn func(Event) error) error {
	page := EventPage{Limit: 1000}
	for {
		found, err := s.Events(ctx, f, page)
		if err != nil {
			return err
		}
		for _, e := range found {
			if err := fn(e); err != nil {
				return err
			}
		}
		if len(found) < page.Limit {
			return nil
		}
		page.Older = found[len(found)-1].ID
	}
}

// Providers lists every provider that an event names, also one that is no
// longer configured.
func (s *Store) Providers(ctx context.Context) ([]string, error) {
	return many(ctx, s, scanText, `SELECT provider FROM event_providers ORDER BY provider`)
}

// LastSeq is the newest place in the chain, 0 in an empty log.
func (s *Store) LastSeq(ctx context.Context) (int64, error) {
	return one(ctx, s, scanInt, `SELECT coalesce(max(seq), 0) FROM events`)
}
