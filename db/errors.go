package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may test for.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("already there")
	ErrEnded       = errors.New("session has ended")
	ErrFull        = errors.New("storage is full")
	ErrReadOnly    = errors.New("storage is read-only")
	ErrClosed      = errors.New("store is closed")
	ErrNested      = errors.New("a transaction inside a transaction")
	ErrDeadTx      = errors.New("transaction is over")
	ErrNewerSchema = errors.New("the database was made by a newer Gatebook")
)

// translate turns the driver's errors into the ones above, keeping the cause.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var engine *sqlite.Error
	if !errors.As(err, &engine) {
		return err
	}
	switch code := engine.Code(); {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE, code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case code == sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	case code&0xff == sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case code&0xff == sqlite3.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}
