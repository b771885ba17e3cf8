package db

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

const inTxDeadline = 10 * time.Second

// job is one caller's closure on its way through the writer.
type job struct {
	ctx    context.Context
	actor  Actor
	fn     func(context.Context, *Tx) error
	replay bool
	state  atomic.Int32
	after  []func()
	err    error
	panic  *caught
	done   chan struct{}
}

const (
	jobWaiting = iota
	jobTaken
	jobLeft
)

// caught is a panic of a closure, carried to the caller that sent it.
type caught struct {
	value any
	stack []byte
}

type insideTx struct{}

// InTx runs fn inside a write transaction as actor and returns after the
// commit is on disk. If fn returns an error or panics, its changes are undone
// and InTx returns the error or panics in turn; those of other callers are not
// touched. A caller whose ctx ends while it waits is never run; once fn has
// begun, InTx waits for the commit whatever ctx says. Statements run without a
// cancellable context, under a deadline of 10 seconds from the beginning of fn.
// It fails with ErrNested inside another fn and with ErrClosed after Close. fn
// must use the ctx that it is given, and not the network, render, or wait.
func (s *Store) InTx(ctx context.Context, actor Actor, fn func(context.Context, *Tx) error) error {
	return s.writer.submit(&job{ctx: ctx, actor: actor, fn: fn})
}

// Replay is InTx for past events: its Tx may be set to past instants with At.
func (s *Store) Replay(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.writer.submit(&job{ctx: ctx, actor: Actor{}, fn: fn, replay: true})
}

func (w *writer) submit(j *job) error {
	if j.ctx.Value(insideTx{}) != nil {
		return ErrNested
	}
	if j.ctx.Err() != nil {
		return context.Cause(j.ctx)
	}
	j.done = make(chan struct{})
	if err := w.handIn(j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-j.ctx.Done():
		if j.state.CompareAndSwap(jobWaiting, jobLeft) {
			return context.Cause(j.ctx)
		}
		<-j.done
	}
	if j.panic != nil {
		panic(fmt.Sprintf("%v\n\nin a write transaction:\n%s", j.panic.value, j.panic.stack))
	}
	return j.err
}

func (w *writer) handIn(j *job) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.jobs <- j:
		return nil
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	}
}

// run calls fn and catches its panic, so that one caller's bug is not
// everybody's.
func (tx *Tx) run(fn func(context.Context, *Tx) error) (crash *caught, err error) {
	defer func() {
		tx.dead = true
		if value := recover(); value != nil {
			crash = &caught{value, debug.Stack()}
		}
	}()
	ctx := context.WithValue(context.WithoutCancel(tx.job.ctx), insideTx{}, true)
	if err = fn(ctx, tx); err == nil {
		err = tx.failed
	}
	return nil, err
}

// runHooks runs the hooks of a job that is on disk. A hook's panic goes to its
// own caller too.
func (j *job) runHooks() {
	for _, hook := range j.after {
		if crash := catch(hook); crash != nil && j.panic == nil {
			j.panic = crash
		}
	}
}

func catch(hook func()) (crash *caught) {
	defer func() {
		if value := recover(); value != nil {
			crash = &caught{value, debug.Stack()}
		}
	}()
	hook()
	return nil
}
