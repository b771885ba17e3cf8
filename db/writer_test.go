package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
)

var errTest = errors.New("the closure's own error")

// batch sends closures while the writer is held, so that they share one
// transaction in some order, and returns what each got; a panic is "panic: …".
func batch(t testing.TB, s *db.Store, fns ...func(context.Context, *db.Tx) error) []error {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(fns))
	var sent, done sync.WaitGroup
	for n, fn := range fns {
		sent.Add(1)
		done.Go(func() {
			defer func() {
				if value := recover(); value != nil {
					errs[n] = fmt.Errorf("panic: %v", value)
				}
			}()
			sent.Done()
			errs[n] = s.InTx(ctx, db.Actor{}, fn)
		})
	}
	sent.Wait()
	db.AwaitQueued(s, len(fns))
	release()
	done.Wait()
	return errs
}

func TestInTxUndoesOnlyTheClosureThatFails(t *testing.T) {
	s, path := openPath(t, time.Now)
	other := raw(t, path)
	before := sqlInt(t, other, "PRAGMA data_version")
	errs := batch(t, s,
		appending("first"),
		func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(appending("undone")(ctx, tx), errTest)
		},
		appending("second"),
		func(ctx context.Context, tx *db.Tx) error {
			appending("undone too")(ctx, tx)
			panic("a bug")
		},
		appending("third"),
	)
	for n, err := range errs {
		if (n%2 == 0) != (err == nil) {
			t.Errorf("closure %d: %v", n, err)
		}
	}
	if !errors.Is(errs[1], errTest) {
		t.Errorf("the error is %v, want the closure's own", errs[1])
	}
	if text := errs[3].Error(); !strings.HasPrefix(text, "panic: a bug") || !strings.Contains(text, "writer_test.go") {
		t.Errorf("the panic is %q, want its value and its stack", text)
	}
	got := names(dbtest.Events(t, s))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"first", "second", "third"}, got); diff != "" {
		t.Error(diff)
	}
	verified(t, s)
	if n := sqlInt(t, other, "SELECT count(*) FROM event_people"); n != 3 {
		t.Errorf("%d names in the dictionary, want the 3 of closures that stayed", n)
	}
	if after := sqlInt(t, other, "PRAGMA data_version"); after == before {
		t.Error("another connection saw no commit")
	}
}

func TestInTxGoexit(t *testing.T) {
	s := dbtest.Open(t)
	errs := batch(t, s, func(ctx context.Context, tx *db.Tx) error {
		appending("gone")(ctx, tx)
		runtime.Goexit()
		return nil
	})
	if errs[0] == nil {
		t.Error("a closure that ended its goroutine got no error")
	}
	write(t, s, appending("Ada"))
	if verified(t, s) != 1 {
		t.Error("the writer did not go on")
	}
}

func TestInTxOpenRowsDoNoHarm(t *testing.T) {
	s := dbtest.Open(t)
	err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
		appending("undone")(ctx, tx)
		return errors.Join(db.ScanBadly(ctx, tx), errTest)
	})
	if !errors.Is(err, errTest) {
		t.Fatalf("got %v", err)
	}
	write(t, s, appending("Ada"))
	verified(t, s)
}

func TestClose(t *testing.T) {
	s, path := openPath(t, time.Now)
	release := hold(t, s)
	errs := make([]error, 100)
	var wg sync.WaitGroup
	for n := range errs {
		wg.Go(func() { errs[n] = s.InTx(ctx, db.Actor{}, appending(fmt.Sprint(n))) })
	}
	db.AwaitQueued(s, 64)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	db.AwaitClosing(s)
	release()
	wg.Wait()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	if err := s.InTx(ctx, db.Actor{}, appending("late")); !errors.Is(err, db.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	want := 0
	for n, err := range errs {
		if err == nil {
			want++
		} else if !errors.Is(err, db.ErrClosed) {
			t.Errorf("caller %d: %v, want ErrClosed", n, err)
		}
	}
	if got := verified(t, dbtest.OpenFile(t, path, time.Now)); got != int64(want) || want < 64 {
		t.Errorf("%d events, want the %d of callers who got nil, at least 64", got, want)
	}
}

// TestInTxSharesCommits counts commits as another process sees them.
func TestInTxSharesCommits(t *testing.T) {
	s, path := openPath(t, time.Now)
	write(t, s, appending("warm"))
	other := raw(t, path)
	before := sqlInt(t, other, "PRAGMA data_version")
	fns := []func(context.Context, *db.Tx) error{}
	versions := map[int64]bool{}
	for n := range 64 {
		fns = append(fns, func(ctx context.Context, tx *db.Tx) error {
			versions[sqlInt(t, other, "PRAGMA data_version")] = true
			return appending(fmt.Sprint(n))(ctx, tx)
		})
	}
	for _, err := range batch(t, s, fns...) {
		if err != nil {
			t.Error(err)
		}
	}
	if len(versions) != 1 {
		t.Errorf("64 waiting callers took %d commits, want 1", len(versions))
	}
	if after := sqlInt(t, other, "PRAGMA data_version"); after == before {
		t.Error("no commit was seen at all")
	}
}

// TestA02_ModelOfManyWriters runs closures that append and then commit, fail,
// panic or leave, and compares the log with what the callers were told.
func TestA02_ModelOfManyWriters(t *testing.T) {
	s := dbtest.Open(t)
	var mu sync.Mutex
	want := []string{}
	var wg sync.WaitGroup
	for n := range 200 {
		wg.Go(func() {
			name := fmt.Sprint(n)
			fate, ran, err := rand.IntN(5), false, error(nil)
			leaving, leave := context.WithCancel(ctx)
			defer leave()
			func() {
				defer func() {
					if recover() != nil {
						err = errTest
					}
				}()
				if fate == 3 {
					go leave()
				}
				err = s.InTx(leaving, db.Actor{UserAgent: name}, func(ctx context.Context, tx *db.Tx) error {
					ran = true
					for range 1 + n%3 {
						if err := appending(name)(ctx, tx); err != nil {
							return err
						}
					}
					switch fate {
					case 1:
						return errTest
					case 2:
						panic(name)
					}
					return nil
				})
			}()
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				for range 1 + n%3 {
					want = append(want, name)
				}
			}
			if ran && (err == nil) != (fate != 1 && fate != 2) {
				t.Errorf("closure %d of fate %d ran and got %v", n, fate, err)
			}
		})
	}
	wg.Wait()
	got := names(dbtest.Events(t, s))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := verified(t, s); int(n) != len(want) {
		t.Errorf("the chain has %d, want %d", n, len(want))
	}
}
