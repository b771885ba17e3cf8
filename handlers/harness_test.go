package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/practice"
)

// gate is a whole Gatebook behind a real listener, with practice providers
// beside it and a clock that the test moves.
type gate struct {
	*Program
	t     *testing.T
	clock *dbtest.Clock
	peers *peers
	log   *logBook
	addr  string
	stop  func() error // ends Serve and says how it ended; may be called twice
	seen  int          // events that left has compared
}

// gateOptions are what a test may have otherwise.
type gateOptions struct {
	change func(*Config)
	url    string
	limits Limits
	demo   bool
	log    slog.Level
}

// openGate starts a Gatebook. Unless a test says otherwise everybody may sign
// up and nobody is limited.
func openGate(t *testing.T, options ...func(*gateOptions)) *gate {
	t.Helper()
	beParallel(t)
	o := gateOptions{limits: demoLimits, log: slog.LevelDebug}
	for _, set := range options {
		set(&o)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, clock: clockOfToday(), log: &logBook{}, addr: l.Addr().String()}
	public := "http://" + g.addr
	if o.url != "" {
		public = o.url
	}
	g.peers = takePeers(t, public, g.clock)
	cfg := demoConfig(l, filepath.Join(t.TempDir(), "gatebook.db"), g.peers.server)
	if cfg.URL, err = url.Parse(public); err != nil {
		t.Fatal(err)
	}
	if o.change != nil {
		o.change(&cfg)
	}
	po := ProgramOptions{
		Log: slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: o.log})),
		Now: g.clock.Now, Version: "test", Listener: l, Limits: o.limits,
	}
	if o.demo {
		po.Demo = &Demo{g.peers.server}
	}
	if g.Program, err = Open(context.Background(), cfg, po); err != nil {
		t.Fatal(err)
	}
	g.serve()
	return g
}

var parallel sync.Map // *testing.T of those that are

// beParallel lets a test run beside others: most of its time it waits for the
// disk.
func beParallel(t *testing.T) {
	if _, is := parallel.LoadOrStore(t, true); !is {
		t.Parallel()
	}
}

// clockOfToday begins now: goth looks at an ID token's exp by the real clock.
func clockOfToday() *dbtest.Clock {
	c := dbtest.NewClock()
	c.Add(time.Since(c.Now()).Truncate(time.Second))
	return c
}

// serve runs Serve until the test ends, and waits for its first answer.
func (g *gate) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(ctx) }()
	g.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	g.t.Cleanup(func() {
		if err := errors.Join(g.stop(), g.Close()); err != nil {
			g.t.Errorf("stop: %v", err)
		}
	})
	if p := g.browser().get("/healthz"); p.status != http.StatusOK {
		g.t.Fatalf("not up: %d", p.status)
	}
	g.seen = len(dbtest.Events(g.t, g.Store))
}

// left compares the events since the last call with the words of those that
// the operation has to leave, no more and no fewer.
func (g *gate) left(want ...string) []db.Event {
	g.t.Helper()
	all := dbtest.Events(g.t, g.Store)
	fresh := all[g.seen:]
	g.seen = len(all)
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, dbtest.Words(fresh)); diff != "" {
		g.t.Errorf("events left (-want +got):\n%s", diff)
	}
	return fresh
}

// skip takes no further notice of the events so far.
func (g *gate) skip() { g.seen = len(dbtest.Events(g.t, g.Store)) }

// count is how many events there are of these words, folded ones included.
func (g *gate) count(words string) (n int64) {
	for _, e := range dbtest.Events(g.t, g.Store) {
		if dbtest.Words([]db.Event{e})[0] == words {
			n += e.Count
		}
	}
	return n
}

// only is the account of the one person who has signed up.
func (g *gate) only() db.Account {
	g.t.Helper()
	found, err := g.Store.Accounts(context.Background(), db.AccountPage{Limit: 2})
	if err != nil || len(found) != 1 {
		g.t.Fatalf("accounts: %v, %v", found, err)
	}
	return found[0]
}

// named is the account of a person by name.
func (g *gate) named(name string) db.Account {
	g.t.Helper()
	found, err := g.Store.Accounts(context.Background(), db.AccountPage{Limit: 1000})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, a := range found {
		if a.Name == name {
			return a
		}
	}
	g.t.Fatalf("nobody is called %q", name)
	return db.Account{}
}

// status moves an account without any event, as a test's beginning.
func (g *gate) status(id db.ID, to db.Status) {
	g.t.Helper()
	g.write(func(_ context.Context, tx *db.Tx) error { return tx.SetStatus(id, to) })
}

func (g *gate) write(f func(context.Context, *db.Tx) error) {
	g.t.Helper()
	if err := g.Store.InTx(context.Background(), db.Actor{Kind: event.System}, f); err != nil {
		g.t.Fatal(err)
	}
}

// admin is a browser in which a fresh admin is signed in.
func (g *gate) admin() *browser {
	g.t.Helper()
	b := g.browser()
	b.signIn("forge", "guest-1")
	if err := g.Accounts.Grant(context.Background(), db.Actor{Kind: event.CommandLine}, g.named("Guest 1").ID); err != nil {
		g.t.Fatal(err)
	}
	g.skip()
	return b
}

// logBook keeps every line of the log.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Options of gates.

func withConfig(change func(*Config)) func(*gateOptions) {
	return func(o *gateOptions) { o.change = change }
}

func withPolicy(p accounts.Policy) func(*gateOptions) {
	return withConfig(func(c *Config) { c.Policy = p })
}

func behindHTTPS(o *gateOptions) { o.url = "https://gate.example" }

func asDemo(o *gateOptions) { o.demo = true }

// behindProxy has the gate believe X-Forwarded-For, so that a test can come
// from anywhere.
func behindProxy(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

const staleAfter = 11 * time.Minute

func (g *gate) events() []db.Event {
	g.t.Helper()
	return dbtest.Events(g.t, g.Store)
}

// until waits for something that another goroutine is about to do.
func (g *gate) until(done func() bool) {
	g.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			g.t.Fatal("it never came about")
		case <-tick.C:
		}
	}
}

func practiceFault(name string) practice.Fault { return practice.Fault(name) }

// exported reads the lines of an export.
func exported(t *testing.T, ndjson string) (lines []exportedEvent) {
	t.Helper()
	for line := range strings.Lines(ndjson) {
		var e exportedEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		lines = append(lines, e)
	}
	return lines
}

func wordsOfEvent(e db.Event) string { return dbtest.Words([]db.Event{e})[0] }
