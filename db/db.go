// Package db holds the rows of Gatebook and the SQL that reads and writes
// them: accounts, identities, sessions, attempts, claims and the audit log.
// It decides nothing; rules live in handlers/accounts.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Options are what a Store needs besides its file.
type Options struct {
	// Now is the only clock; the database is never asked for the time.
	Now func() time.Time
	// Log receives what an operator should see; nil discards it.
	Log *slog.Logger
	// Readers is the size of the read-only pool; 0 means 4.
	Readers int
}

// Store is one open database: a pool of read-only connections and a single
// writer. It is safe for use by many goroutines.
type Store struct {
	path     string
	now      func() time.Time
	log      *slog.Logger
	read     *sql.DB
	write    *sql.DB
	writer   *writer
	ids      *Generator
	live     *liveSessions
	past     *Generator // of Replay
	prepared sync.Map   // query text → *sql.Stmt, for the fixed texts of one-row reads
}

// Open opens the SQLite file at path, creates it with mode 0600 if it is not
// there, brings its schema up to date and starts the writer. It fails with
// ErrNewerSchema if a newer Gatebook has migrated the file.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, now: o.Now, log: o.Log, live: newLiveSessions()}
	if err := s.connect(ctx, o.Readers); err != nil {
		s.closePools()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// createPrivate makes the file before SQLite does, so that it and the -wal and
// -shm beside it, which take its mode, are never readable by others.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return f.Close()
}

func (s *Store) connect(ctx context.Context, readers int) error {
	var err error
	if s.write, err = openPool(s.path, 1, "_txlock=immediate&_pragma=secure_delete(1)"); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	if err := assertPragmas(ctx, conn, "0"); err != nil {
		return err
	}
	if err := s.connectReaders(ctx, readers); err != nil {
		return err
	}
	newest, err := newestID(ctx, conn)
	if err != nil {
		return err
	}
	s.ids = NewGenerator(s.now, newest)
	s.past = s.ids.apart()
	s.writer = startWriter(s, conn)
	return nil
}

// connectReaders opens the pool of readers, which cannot write.
func (s *Store) connectReaders(ctx context.Context, size int) error {
	var err error
	if s.read, err = openPool(s.path, size, "_pragma=query_only(1)&_pragma=mmap_size(268435456)"); err != nil {
		return err
	}
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return assertPragmas(ctx, conn, "1")
}

// openPool opens a pool whose connections are all alike and stay open.
func openPool(path string, size int, extra string) (*sql.DB, error) {
	pragmas := "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=journal_size_limit(67108864)&" + extra
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// assertPragmas reads back what durability rests on: a data source name with
// a typing mistake is silently ignored by the driver.
func assertPragmas(ctx context.Context, conn *sql.Conn, queryOnly string) error {
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "query_only": queryOnly,
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("PRAGMA %s is %s, want %s", pragma, got, want)
		}
	}
	return nil
}

// Close lets the writer finish what it has taken, moves the write-ahead log
// into the file and closes every connection.
func (s *Store) Close() error {
	s.writer.stop()
	err := s.closePools()
	s.live.clear() // nobody watches any more whether they have ended elsewhere
	return err
}

func (s *Store) closePools() error {
	var first error
	for _, pool := range []*sql.DB{s.read, s.write} {
		if pool == nil {
			continue
		}
		if err := pool.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Now is the store's clock in UTC, cut to the microseconds that rows keep.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// NewID makes an id outside a transaction, for rows that are named before
// they are written.
func (s *Store) NewID() ID { return s.ids.Next() }

// Ping reads one row, for readiness checks.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return translate(s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one))
}

// Micros is an instant as rows keep it; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the instant of a row; 0 is the zero time.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
