//go:build e2e

package e2e

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// raw is a read-only connection to a database, past every rule of package db.
type raw struct{ *sql.DB }

func openRaw(t testing.TB, file string) raw {
	t.Helper()
	return raw{openPool(t, file, "mode=ro&_pragma=query_only(1)&")}
}

// openPool opens a database with one connection, until the test ends.
func openPool(t testing.TB, file, options string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file+"?"+options+"_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// count is the one number that a query finds.
func (r raw) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := r.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
