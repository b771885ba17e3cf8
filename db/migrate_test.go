package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func openAt(t *testing.T, path string) (*Store, error) {
	t.Helper()
	s, err := Open(context.Background(), path, Options{})
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatebook.db")
	s, err := openAt(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Conn(expired(t)); err == nil {
		t.Fatal("the writer's pool has a second connection")
	}
	s.Close()
	file, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := openAt(t, path); !errors.Is(err, ErrNewerSchema) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("got %v, want ErrNewerSchema with the version", err)
	}
	var n int
	if err := file.QueryRow(`SELECT count(*) FROM accounts`).Scan(&n); err != nil {
		t.Errorf("the file was not left alone: %v", err)
	}
}

func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestOpenTwiceMigratesOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatebook.db")
	for range 2 {
		s, err := openAt(t, path)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := s.read.QueryRow(`SELECT count(*) FROM goose_db_version WHERE version_id > 0`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d migrations are noted, %v; want 1", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrationTokens reads each file as goose does: no type name is left open.
func TestMigrationTokens(t *testing.T) {
	files := typedFS{migrations, sqliteTypes}
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		original, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(text), "{}") {
			t.Errorf("%s: a type name is left open", name)
		}
		if !strings.Contains(string(original), "{id}") || !strings.Contains(string(text), "id            INTEGER PRIMARY KEY") {
			t.Errorf("%s: ids are not filled in", name)
		}
	}
}

func TestTypedFS(t *testing.T) {
	files := typedFS{fstest.MapFS{"a.sql": {Data: []byte("{id} {bytes} {other}")}, "b.txt": {Data: []byte("{id}")}}, sqliteTypes}
	for name, want := range map[string]string{"a.sql": "INTEGER BLOB {other}", "b.txt": "{id}"} {
		if got, err := files.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := files.ReadFile("none.sql"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestPragmas reads back what durability rests on, and sees that the check
// would notice.
func TestPragmas(t *testing.T) {
	ctx := context.Background()
	s, err := openAt(t, filepath.Join(t.TempDir(), "gatebook.db"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := s.read.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for name, c := range map[string]struct {
		conn      *sql.Conn
		queryOnly string
	}{"writer": {s.writer.conn, "0"}, "reader": {reader, "1"}} {
		if err := assertPragmas(ctx, c.conn, c.queryOnly); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := reader.ExecContext(ctx, `DELETE FROM accounts`); !errors.Is(translate(err), ErrReadOnly) {
		t.Errorf("a reader wrote: %v", err)
	}
	for _, pragma := range []string{"synchronous = NORMAL", "foreign_keys = 0", "busy_timeout = 1", "query_only = 0"} {
		conn, err := s.read.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			t.Fatal(err)
		}
		if err := assertPragmas(ctx, conn, "1"); err == nil {
			t.Errorf("%s went unnoticed", pragma)
		}
		conn.Close()
	}
}
