package db

import (
	"context"
	"errors"
	"runtime"
)

// AwaitQueued returns once n callers wait for the writer, which a test holds.
func AwaitQueued(s *Store, n int) {
	for len(s.writer.jobs) < n {
		runtime.Gosched()
	}
}

// AwaitClosing returns once Close has begun, and so lets nobody more in: its
// lock is waited for or taken.
func AwaitClosing(s *Store) {
	for s.writer.closing.TryRLock() {
		closed := s.writer.closed
		s.writer.closing.RUnlock()
		if closed {
			return
		}
		runtime.Gosched()
	}
}

// ScanBadly leaves a many-row read in the middle by an error of its scan.
func ScanBadly(ctx context.Context, tx *Tx) error {
	_, err := many(ctx, tx, func(scanner) (int, error) { return 0, errors.New("bad scan") },
		`SELECT 1 UNION SELECT 2 UNION SELECT 3`)
	return err
}

// Exec runs any statement in a transaction.
func Exec(tx *Tx, text string, args ...any) error {
	_, err := tx.exec(text, args...)
	return err
}

// Translate is translate.
var Translate = translate

// Statements is how many prepared statements the writer and the readers keep.
// The writer must be idle.
func Statements(s *Store) (writer, readers int) {
	s.prepared.Range(func(any, any) bool { readers++; return true })
	return len(s.writer.stmts), readers
}

// WriterExec runs a statement on the writer's connection; only a hook may.
func WriterExec(s *Store, text string) error { return s.writer.exec(text) }

// SelectChained is what VerifyChain reads.
const SelectChained = selectChained
