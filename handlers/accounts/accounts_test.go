package accounts_test

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

type ctxT = context.Context

var ctx = context.Background()

const (
	freshFor = 10 * time.Minute
	lifetime = 30 * 24 * time.Hour
)

// world is a store of its own, its clock and a service on it.
type world struct {
	*accounts.Service
	t       testing.TB
	store   *db.Store
	clock   *dbtest.Clock
	path    string
	other   *sql.DB                   // a second connection, for raw
	read    int                       // events that leaves has compared
	intents map[db.ID]accounts.Intent // of the attempts that were started
	ended   map[db.ID]int             // terminal events of each attempt
}

// open makes a world. Provider "gone" is one that nobody can use any more.
func open(t testing.TB, policy accounts.Policy) *world {
	t.Helper()
	return openWith(t, accounts.Options{Policy: policy})
}

func openWith(t testing.TB, o accounts.Options) *world {
	t.Helper()
	w := &world{t: t, clock: dbtest.NewClock(), path: filepath.Join(t.TempDir(), "gatebook.db")}
	w.store = dbtest.OpenFile(t, w.path, w.clock.Now)
	o.FreshFor, o.SessionLifetime = freshFor, lifetime
	o.Usable = func(provider string) bool { return provider != "gone" }
	w.Service = accounts.New(w.store, o)
	w.intents, w.ended = map[db.ID]accounts.Intent{}, map[db.ID]int{}
	return w
}

var openPolicy = accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk}

// leaves compares the events since its last call, and looks that each attempt
// has left no more than one terminal event so far.
func (w *world) leaves(want ...string) []db.Event {
	w.t.Helper()
	all := dbtest.Events(w.t, w.store)
	fresh := all[w.read:]
	w.read = len(all)
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, dbtest.Words(fresh)); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, e := range fresh {
		if e.Attempt == 0 || e.Kind != terminal(w.intents[e.Attempt]) {
			continue
		}
		if w.ended[e.Attempt]++; w.ended[e.Attempt] > 1 {
			w.t.Errorf("attempt %s has %d terminal events", e.Attempt, w.ended[e.Attempt])
		}
	}
	return fresh
}

func terminal(i accounts.Intent) event.Kind {
	return map[accounts.Intent]event.Kind{
		accounts.IntentSignIn: event.KindSessionSignin,
		accounts.IntentClaim:  event.KindSessionSignin,
		accounts.IntentLink:   event.KindIdentityLink,
		accounts.IntentStepUp: event.KindSessionStepup,
		accounts.IntentTest:   event.KindProviderTest,
	}[i]
}

// forget takes the events so far as read.
func (w *world) forget() { w.read = len(dbtest.Events(w.t, w.store)) }

// verified looks that the chain holds.
func (w *world) verified() {
	w.t.Helper()
	if _, err := w.store.VerifyChain(ctx); err != nil {
		w.t.Error(err)
	}
}

// set runs statements behind the service's back.
func (w *world) set(act func(context.Context, *db.Tx) error) {
	w.t.Helper()
	if err := w.store.InTx(ctx, db.Actor{Kind: event.System}, act); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) setStatus(id db.ID, s db.Status) {
	w.t.Helper()
	w.set(func(_ context.Context, tx *db.Tx) error { return tx.SetStatus(id, s) })
}

func (w *world) account(id db.ID) db.Account {
	w.t.Helper()
	a, err := w.store.Account(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) identities(account db.ID) []db.Identity {
	w.t.Helper()
	own, err := w.store.IdentitiesOf(ctx, account)
	if err != nil {
		w.t.Fatal(err)
	}
	return own
}

// raw is another connection to the file, for what no method does.
func (w *world) raw(statements ...string) *sql.DB {
	w.t.Helper()
	if w.other == nil {
		other, err := sql.Open("sqlite", "file:"+(&url.URL{Path: w.path}).EscapedPath()+"?_pragma=busy_timeout(5000)")
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { other.Close() })
		w.other = other
	}
	for _, text := range statements {
		if _, err := w.other.Exec(text); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.other
}

// count is the number of rows of a table.
func (w *world) count(table string) (n int) {
	w.t.Helper()
	if err := w.raw().QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// ada is a person at a provider, with a verified address.
func ada(provider string) accounts.Profile { return person(provider, "Ada") }

func person(provider, name string) accounts.Profile {
	return accounts.Profile{
		Provider: provider, Subject: name, Name: name, Handle: name + "-at-" + provider,
		Email: name + "@example.org", EmailState: accounts.EmailVerified, VerifiedBy: provider,
	}
}

// unverified is a profile whose address nobody vouches for.
func unverified(p accounts.Profile) accounts.Profile {
	p.EmailState = accounts.EmailUnverified
	return p
}

// browser is a browser: its binding and its session cookie.
type browser struct {
	w       *world
	ip      netip.Addr
	binding string
	token   string
}

func (w *world) browser() *browser {
	return &browser{w: w, ip: netip.MustParseAddr("192.0.2.7"), binding: db.NewToken()}
}

// session is the live session of the cookie, as a request would load it.
func (b *browser) session() *db.Session {
	b.w.t.Helper()
	s, err := b.w.store.Session(ctx, db.TokenHash(b.token))
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	return &s
}

func (b *browser) actor() db.Actor {
	a := db.Actor{IP: b.ip, UserAgent: "test", RequestID: "r"}
	if s := b.session(); s != nil {
		a.Kind, a.Account, a.Session = event.Account, s.AccountID, s.ID
	}
	return a
}

// linked is every identity as text, to see that nothing was linked or moved.
func (w *world) linked() string {
	w.t.Helper()
	var text string
	err := w.raw().QueryRow(`
		SELECT coalesce(group_concat(id || ' ' || account_id || ' ' || provider || ' ' || subject || ' ' || email, char(10)), '')
		FROM (SELECT * FROM identities ORDER BY id)`).Scan(&text)
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func (w *world) all() []db.Event { return dbtest.Events(w.t, w.store) }
