package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// stray is a malformed callback from an address.
func (w *world) stray(ctx context.Context, ip string) error {
	_, err := w.UseAttempt(ctx, db.Actor{IP: netip.MustParseAddr(ip)}, accounts.Callback{Provider: "github", State: "forged"})
	var denied *accounts.Denied
	if errors.As(err, &denied) && denied.Reason == event.ReasonAttemptMissing {
		return nil
	}
	return fmt.Errorf("a stray callback: %w", err)
}

// told are the rows about strays, and how many strays they stand for.
func (w *world) told() (rows int, strays int64) {
	for _, e := range w.all() {
		if e.Reason == event.ReasonAttemptMissing {
			rows, strays = rows+1, strays+e.Count
		}
	}
	return rows, strays
}

func (w *world) flush() {
	w.t.Helper()
	if err := w.FlushFolds(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestA10_Flood: ten thousand malformed callbacks from one network in a minute
// leave 20 rows and one counted row; what somebody real does stands between.
func TestA10_Flood(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	for n := range 10_000 {
		if err := w.stray(ctx, "198.51.100.9"); err != nil {
			t.Fatal(err)
		}
		if n == 5_000 {
			w.in(ada("github"))
		}
	}
	if rows, strays := w.told(); rows != 20 || strays != 20 {
		t.Errorf("before the minute is over: %d rows for %d", rows, strays)
	}
	w.flush()
	w.flush() // has nothing more to say
	if rows, strays := w.told(); rows != 21 || strays != 10_000 {
		t.Errorf("%d rows for %d strays", rows, strays)
	}
	signedIn := 0
	for _, e := range w.all() {
		if e.Outcome == event.Success && e.Kind == event.KindSessionSignin {
			signedIn++
		}
	}
	last := w.all()[len(w.all())-1]
	if signedIn != 1 || last.Count != 9_980 || last.IP != netip.MustParseAddr("198.51.100.9") || last.Provider != "github" || last.Attempt != 0 {
		t.Errorf("%d sign-ins; the counted row is %+v", signedIn, last)
	}
	w.verified()
}

// TestA10_Concurrent: counts are exact while many come and the minute's flush
// runs, over several minutes.
func TestA10_Concurrent(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	const minutes, callers, each = 3, 8, 125
	for range minutes {
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for range each {
					if err := w.stray(ctx, "198.51.100.9"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Go(w.flush)
		all.Wait()
		w.flush()
		w.clock.Add(time.Minute)
	}
	rows, strays := w.told()
	if strays != minutes*callers*each || rows > minutes*(20+2) {
		t.Errorf("%d rows for %d strays", rows, strays)
	}
}

// TestA10_NextMinute: a new minute is told singly again, once the count of the
// last one is written.
func TestA10_NextMinute(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	burst := func(n int) {
		for range n {
			if err := w.stray(ctx, "198.51.100.9"); err != nil {
				t.Fatal(err)
			}
		}
	}
	steps := []struct {
		act  func()
		rows int
		sum  int64
	}{
		{func() { burst(25) }, 20, 20},
		{func() { w.clock.Add(time.Minute); burst(3) }, 20, 20}, // not before what was counted
		{w.flush, 21, 28},
		{func() { burst(3) }, 24, 31},
		{func() { w.clock.Add(time.Minute); w.flush(); burst(1) }, 25, 32},
	}
	for i, step := range steps {
		step.act()
		if rows, sum := w.told(); rows != step.rows || sum != step.sum {
			t.Errorf("step %d: %d rows for %d, want %d for %d", i, rows, sum, step.rows, step.sum)
		}
	}
}

// TestA10_Networks: an IPv6 owner has a /64 to come from; others are told
// apart, and so are reasons and providers.
func TestA10_Networks(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	for n := range 100 {
		for _, ip := range []string{fmt.Sprintf("2001:db8::%x", n+1), fmt.Sprintf("198.51.100.%d", n+1)} {
			if err := w.stray(ctx, ip); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.StartFailed(ctx, db.Actor{IP: netip.MustParseAddr("2001:db8::1")}, "github", event.ReasonProviderTimeout)
	w.StartFailed(ctx, db.Actor{IP: netip.MustParseAddr("2001:db8::1")}, "forge", event.ReasonProviderTimeout)
	w.flush()
	if rows, strays := w.told(); rows != 20+1+100 || strays != 200 {
		t.Errorf("%d rows for %d strays", rows, strays)
	}
	timeouts := 0
	for _, e := range w.all() {
		if e.Reason == event.ReasonProviderTimeout && e.Kind == event.KindSessionSignin && e.Outcome == event.Failure {
			timeouts++
		}
	}
	if timeouts != 2 {
		t.Errorf("%d starts that failed are told", timeouts)
	}
}

func TestNetwork(t *testing.T) {
	got := map[string]string{}
	for _, ip := range []string{"192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1:2:3:4:5:6", "fe80::1%eth0"} {
		got[ip] = accounts.Network(netip.MustParseAddr(ip)).String()
	}
	want := map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if accounts.Network(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

// TestA10_WriteFails: what could not be written is counted and told later; so
// is the stray of a browser that left before the store had time for it.
func TestA10_WriteFails(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	left, cancel := context.WithCancel(ctx)
	defer cancel()
	for range 5 {
		w.stray(ctx, "198.51.100.9")
	}
	w.raw(`CREATE TRIGGER bomb BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'boom'); END`)
	for range 40 {
		w.stray(left, "198.51.100.9")
	}
	if err := w.StartFailed(ctx, db.Actor{}, "github", event.ReasonProviderTimeout); err == nil {
		t.Error("a row that cannot be written is no error")
	}
	for range 2 {
		if err := w.FlushFolds(ctx); err == nil {
			t.Error("a count that cannot be written is no error")
		}
	}
	w.raw(`DROP TRIGGER bomb`)
	cancel()
	if err := w.StartFailed(left, db.Actor{}, "forge", event.ReasonProviderTimeout); !errors.Is(err, context.Canceled) {
		t.Errorf("a browser that left: %v", err)
	}
	w.flush()
	if rows, strays := w.told(); rows != 6 || strays != 45 {
		t.Errorf("%d rows for %d strays", rows, strays)
	}
	timeouts := int64(0)
	for _, e := range w.all() {
		if e.Reason == event.ReasonProviderTimeout {
			timeouts += e.Count
		}
	}
	if timeouts != 2 {
		t.Errorf("%d starts that failed are told, of 2", timeouts)
	}
}
