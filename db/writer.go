package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	batchSize     = 64
	watchInterval = 100 * time.Millisecond
)

// writer is the only goroutine that writes. It runs the closures of up to 64
// waiting callers in one transaction, each in a savepoint of its own, and
// answers all of them after the one commit: under load they share a disk sync,
// alone a caller waits for nobody.
type writer struct {
	store   *Store
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	jobs    chan *job
	quit    chan struct{}
	done    chan struct{}
	closing sync.RWMutex // held for reading while a caller hands in a job
	closed  bool

	base    *memory // what is committed
	version int64   // PRAGMA data_version: moves when another process commits
	blind   bool    // the last look at it failed
	drained bool
}

func startWriter(s *Store, conn *sql.Conn) *writer {
	w := &writer{
		store: s,
		conn:  conn,
		stmts: map[string]*sql.Stmt{},
		jobs:  make(chan *job, batchSize),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
		base:  newMemory(nil),
	}
	go w.run()
	return w
}

func (w *writer) stop() {
	w.closing.Lock()
	already := w.closed
	w.closed = true
	w.closing.Unlock()
	if !already {
		close(w.quit)
	}
	<-w.done
}

// errGone fails a batch one of whose closures ended the writer's goroutine.
var errGone = errors.New("a write transaction ended its goroutine")

// run serves until the store is closed. Another goroutine takes over if a
// closure ends this one (runtime.Goexit, as a test's FailNow does).
func (w *writer) run() {
	defer func() {
		if !w.drained {
			go w.run()
			return
		}
		close(w.done)
	}()
	watch := time.NewTicker(watchInterval)
	defer watch.Stop()
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
		case <-watch.C:
			w.watch()
		case <-w.quit:
			w.drain()
			return
		}
	}
}

// gather takes whoever waits already; it never waits for more.
func (w *writer) gather(first *job) []*job {
	batch := []*job{first}
	for len(batch) < batchSize {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) drain() {
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
		default:
			for _, stmt := range w.stmts {
				stmt.Close()
			}
			w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
			w.conn.Close()
			w.drained = true
			return
		}
	}
}

// commit runs one batch and answers everybody in it, whatever happens.
func (w *writer) commit(batch []*job) {
	err := errGone
	defer func() {
		if err == errGone {
			w.rollback()
		}
		answer(batch, err)
	}()
	err = w.runBatch(batch)
}

func answer(batch []*job, err error) {
	for _, j := range batch {
		if err != nil && j.panic == nil {
			j.err = errors.Join(j.err, err)
		}
		if j.err == nil && j.panic == nil {
			j.runHooks()
		}
		close(j.done)
	}
}

func (w *writer) runBatch(batch []*job) error {
	taken := 0
	for _, j := range batch {
		if j.state.CompareAndSwap(jobWaiting, jobTaken) {
			taken++
		}
	}
	if taken == 0 {
		return nil
	}
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		w.rollback() // in case the last one could not be
		return fmt.Errorf("begin: %w", err)
	}
	if err := w.runJobs(batch); err != nil {
		w.rollback()
		return err
	}
	return nil
}

func (w *writer) runJobs(batch []*job) error {
	if err := w.watchInside(); err != nil {
		return err
	}
	over := newMemory(w.base)
	for _, j := range batch {
		if j.state.Load() != jobTaken {
			continue
		}
		if err := w.runJob(j, over); err != nil {
			return err
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	over.moveUp()
	return nil
}

// runJob runs one closure in its savepoint. The error it returns is the
// batch's, not the closure's: the savepoint could not be kept or undone.
func (w *writer) runJob(j *job, over *memory) error {
	if err := w.exec("SAVEPOINT job"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	tx := newTx(w, j, newMemory(over))
	j.panic, j.err = tx.run(j.fn)
	if j.err != nil || j.panic != nil {
		j.after = nil
		if err := w.exec("ROLLBACK TO job"); err != nil {
			return fmt.Errorf("savepoint lost: %w", errors.Join(tx.failed, err))
		}
	}
	if err := w.exec("RELEASE job"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if j.err == nil && j.panic == nil {
		tx.mem.moveUp()
		j.after = tx.after
	}
	return nil
}

func (w *writer) rollback() {
	w.exec("ROLLBACK") // an error means that SQLite has rolled back already
	w.base = newMemory(nil)
}

func (w *writer) exec(text string) error {
	stmt, err := w.prepare(text)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.Background())
	return translate(err)
}

// prepare keeps every statement: their texts are constants of this package.
func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if stmt, ok := w.stmts[text]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, translate(err)
	}
	w.stmts[text] = stmt
	return stmt, nil
}
