package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"gatebook/db/event"
)

// Actor is who causes what a transaction writes, and from where. Every event
// of the transaction carries it.
type Actor struct {
	Kind      event.ActorKind
	Account   ID
	Session   ID
	IP        netip.Addr
	UserAgent string
	RequestID string
}

// Tx is one caller's part of a write transaction. Writes exist only here. It
// is dead once its closure has returned, and belongs to that closure's
// goroutine alone.
type Tx struct {
	w        *writer
	job      *job
	mem      *memory
	now      time.Time
	deadline time.Time
	failed   error // sticky: a swallowed statement error still fails the closure
	dead     bool
	after    []func()
	ids      *Generator
}

func newTx(w *writer, j *job, mem *memory) *Tx {
	return &Tx{
		w:        w,
		job:      j,
		mem:      mem,
		now:      w.store.Now(),
		deadline: time.Now().Add(inTxDeadline),
		ids:      w.store.ids,
	}
}

// Now is the transaction's instant: every row it writes says the same time.
func (tx *Tx) Now() time.Time { return tx.now }

// Actor is who the transaction runs as.
func (tx *Tx) Actor() Actor { return tx.job.actor }

// Act changes who the rest of the transaction runs as: a sign-in begins
// anonymous and ends as the account that it found.
func (tx *Tx) Act(kind event.ActorKind, account, session ID) {
	tx.job.actor.Kind, tx.job.actor.Account, tx.job.actor.Session = kind, account, session
}

// At sets the instant and the actor of a replayed event. Instants must ascend
// over the store's whole life, or ids stay behind at the highest one. Only
// Replay's transactions may travel; elsewhere it panics, which fails the caller.
func (tx *Tx) At(t time.Time, actor Actor) {
	if !tx.job.replay {
		panic("db: At outside Replay")
	}
	tx.now, tx.job.actor = t.UTC().Truncate(time.Microsecond), actor
	tx.ids = tx.w.store.past
}

// NewID makes an id at the transaction's instant.
func (tx *Tx) NewID() ID { return tx.ids.at(tx.now) }

// AfterCommit runs hook once the transaction is on disk and before InTx
// returns; never if it fails. The hook must be quick and must not write. If it
// panics, InTx panics in turn, although the transaction stays.
func (tx *Tx) AfterCommit(hook func()) { tx.after = append(tx.after, hook) }

// stmt checks that the transaction may still speak, then prepares text.
func (tx *Tx) stmt(text string) (*sql.Stmt, error) {
	switch {
	case tx.dead:
		return nil, ErrDeadTx
	case tx.failed != nil:
		return nil, tx.failed
	case time.Now().After(tx.deadline):
		return nil, tx.fail(fmt.Errorf("write transaction: %w", context.DeadlineExceeded))
	}
	stmt, err := tx.w.prepare(text)
	return stmt, tx.fail(err)
}

// fail remembers the first error that is more than an absence.
func (tx *Tx) fail(err error) error {
	err = translate(err)
	if err != nil && tx.failed == nil && !errors.Is(err, ErrNotFound) {
		tx.failed = err
	}
	return err
}

// exec runs a statement and says how many rows it touched.
func (tx *Tx) exec(text string, args ...any) (int64, error) {
	stmt, err := tx.stmt(text)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := result.RowsAffected()
	return n, tx.fail(err)
}

// execOne is exec for statements that must touch exactly one row; none is
// ErrNotFound.
func (tx *Tx) execOne(text string, args ...any) error {
	n, err := tx.exec(text, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func (tx *Tx) rows(_ context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.stmt(text)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	return rows, tx.fail(err)
}

// querier is a Tx or a Store: where the same read can run.
type querier interface {
	rows(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	fail(error) error
}

func (s *Store) rows(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, translate(err)
}

func (s *Store) fail(err error) error { return translate(err) }

func (s *Store) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared.Load(text); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.read.PrepareContext(ctx, text)
	if err != nil {
		return nil, translate(err)
	}
	if kept, raced := s.prepared.LoadOrStore(text, stmt); raced {
		stmt.Close()
		return kept.(*sql.Stmt), nil
	}
	return stmt, nil
}

// scanner is the part of sql.Rows that a scan function needs.
type scanner interface{ Scan(...any) error }

// one reads the first row; none is ErrNotFound.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	found, err := many(ctx, q, scan, text, args...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// many reads every row.
func many[T any](ctx context.Context, q querier, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, scan, func(row *T) error {
		out = append(out, *row)
		return nil
	}, text, args...)
	return out, err
}

// each calls fn for every row and stops at its first error.
func each[T any](ctx context.Context, q querier, scan func(scanner) (T, error), fn func(*T) error, text string, args ...any) error {
	rows, err := q.rows(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err == nil {
			err = fn(&row)
		}
		if err != nil {
			return q.fail(err)
		}
	}
	return q.fail(rows.Err())
}

func scanInt(s scanner) (int64, error) {
	var n int64
	return n, s.Scan(&n)
}
