package db

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// sqliteTypes are this engine's names of the types that differ between
// engines. An id must be INTEGER to be SQLite's rowid.
var sqliteTypes = strings.NewReplacer("{id}", "INTEGER", "{bytes}", "BLOB")

const (
	migrateTries = 50
	migratePause = 20 * time.Millisecond
)

// migrate brings the schema up to date. Another process may be opening the
// same new file: what it got done first is found done when tried again.
func migrate(ctx context.Context, pool *sql.DB) error {
	for try := 1; ; try++ {
		err := migrateOnce(ctx, pool)
		if err == nil || try == migrateTries || !mayPass(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(migratePause):
		}
	}
}

// mayPass says whether an error may come from another process at the same
// work: a lock, or a table that it has just made.
func mayPass(err error) bool {
	var engine *sqlite.Error
	if !errors.As(err, &engine) {
		return false
	}
	code := engine.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED || strings.Contains(engine.Error(), "already exists")
}

// migrateOnce runs the missing steps, each in a transaction of its own. A file
// with a newer schema than this binary knows is left alone.
func migrateOnce(ctx context.Context, pool *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	steps, err := goose.NewProvider(goose.DialectSQLite3, pool, typedFS{files, sqliteTypes})
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := steps.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if have > want {
		return fmt.Errorf("%w: its schema is %d, this binary knows %d", ErrNewerSchema, have, want)
	}
	if _, err := steps.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

// typedFS fills in an engine's type names while files are read. goose's own
// substitution reads the process's environment, and says nothing when a name
// is missing there.
type typedFS struct {
	fs.FS
	types *strings.Replacer
}

// Open opens a file with its type names filled in.
func (t typedFS) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return nil, err
	}
	return &typedFile{strings.NewReader(t.types.Replace(string(text))), info}, nil
}

// ReadFile lets fs.ReadFile see the filled-in text as well.
func (t typedFS) ReadFile(name string) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf bytes.Buffer
	_, err = io.Copy(&buf, f)
	return buf.Bytes(), err
}

type typedFile struct {
	*strings.Reader
	info fs.FileInfo
}

func (f *typedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *typedFile) Close() error               { return nil }

// newestID is the highest id of any table, above which new ids begin.
func newestID(ctx context.Context, conn *sql.Conn) (ID, error) {
	var newest ID
	for _, table := range []string{"accounts", "identities", "sessions", "attempts", "events"} {
		var id ID
		err := conn.QueryRowContext(ctx, "SELECT id FROM "+table+" ORDER BY id DESC LIMIT 1").Scan(&id)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, translate(err)
		}
		newest = max(newest, id)
	}
	return newest, nil
}
