//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"sync"
	"sync/atomic"

	"gatebook/db"
)

// act is what a visitor did.
type act string

const (
	actSignIn  act = "sign-in"
	actLink    act = "link"
	actUnlink  act = "unlink"
	actSignOut act = "sign-out"
)

// acknowledged is one act whose whole answer arrived: from then on the visitor
// may rely on it.
type acknowledged struct {
	act      act
	state    string // of the trip, for a sign-in and a link
	token    string // the session that the answer gave; a sign-out's, which it ended
	before   string // the session that gave way to it, "" for none
	identity db.ID  // an unlink's
}

// guest is one of the practice providers' many people, in one browser.
type guest struct {
	name   string
	token  string // the session last given, "" for none
	unsure bool   // an act got no answer: it may have happened or not
}

// ledger is what the visitors know, to be held against what the server kept.
type ledger struct {
	mu       sync.Mutex
	acts     []acknowledged
	guests   []*guest
	failures []string // answers that nobody should get
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acts)
}

func (l *ledger) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, fmt.Sprintf(format, args...))
}

// crowd is a number of browsers that sign in, link, unlink and sign out without
// a pause, as one guest after another.
type crowd struct {
	base    string
	apart   bool // each guest has an address of its own, which a proxy tells
	ledger  ledger
	guests  atomic.Int64 // the number of the guest last made
	ending  atomic.Bool  // the server is being ended: it need not answer any more
	running sync.WaitGroup
	shared  http.RoundTripper
}

// newCrowd sends nobody yet. Guests are numbered from first on.
func newCrowd(base string, first int64) *crowd {
	c := &crowd{base: base, shared: &http.Transport{MaxIdleConnsPerHost: 64}}
	c.guests.Store(first)
	return c
}

// enter lets browsers in; leave waits until all of them have met the end of
// the server.
func (c *crowd) enter(ctx context.Context, browsers int) {
	for range browsers {
		c.running.Go(func() {
			for c.visit(ctx) {
			}
		})
	}
}

func (c *crowd) leave() { c.running.Wait() }

// visits are what guests do after they have signed in, in turn.
var visits = [][]func(*walker, context.Context) error{
	{},
	{(*walker).linkMeadow, (*walker).linkForge},
	{(*walker).linkMeadow, (*walker).unlinkMeadow, (*walker).signOut},
	{(*walker).signOut, (*walker).signIn, (*walker).signIn},
}

// visit is the whole visit of a new guest. It is false when the server is gone.
func (c *crowd) visit(ctx context.Context) bool {
	n := c.guests.Add(1)
	w := &walker{c, &guest{name: "guest-" + strconv.FormatInt(n, 10)}, newVisitor(c.base, c.shared)}
	if c.apart {
		w.v.from = fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	}
	c.ledger.mu.Lock()
	c.ledger.guests = append(c.ledger.guests, w.g)
	c.ledger.mu.Unlock()
	err := w.signIn(ctx)
	for _, next := range visits[n%int64(len(visits))] {
		if err == nil {
			err = next(w, ctx)
		}
	}
	if err != nil && !c.ending.Load() {
		c.ledger.fail("%s: %v", w.g.name, err)
	}
	return err == nil
}

// walker is a guest at a browser.
type walker struct {
	c *crowd
	g *guest
	v *visitor
}

func (w *walker) signIn(ctx context.Context) error { return w.trip(ctx, actSignIn, "/signin/harbor") }
func (w *walker) linkMeadow(ctx context.Context) error {
	return w.trip(ctx, actLink, "/account/link/meadow")
}
func (w *walker) linkForge(ctx context.Context) error {
	return w.trip(ctx, actLink, "/account/link/forge")
}

// trip goes to a practice provider and back.
func (w *walker) trip(ctx context.Context, what act, button string) error {
	to, _, err := w.v.depart(ctx, button)
	if err != nil {
		return err
	}
	q := to.Query()
	q.Set("persona", w.g.name)
	to.RawQuery = q.Encode()
	sent, err := w.v.get(ctx, to.String())
	if err != nil {
		return err
	}
	return w.try(acknowledged{act: what, state: q.Get("state")}, "/account", func() (reply, error) {
		return w.v.get(ctx, sent.location())
	})
}

func (w *walker) signOut(ctx context.Context) error {
	return w.try(acknowledged{act: actSignOut}, "/signin", func() (reply, error) {
		return w.v.post(ctx, "/signout", nil)
	})
}

// unlinkMeadow presses the button that the account page leads to.
func (w *walker) unlinkMeadow(ctx context.Context) error {
	account, err := w.v.get(ctx, "/account")
	if err != nil {
		return err
	}
	form := unlinkPath(account, "Meadow")
	id, err := db.ParseID(path.Base(path.Dir(form)))
	if err != nil {
		return fmt.Errorf("no way to unlink at %v", account)
	}
	return w.try(acknowledged{act: actUnlink, identity: id}, "/account", func() (reply, error) {
		return w.v.post(ctx, form, nil)
	})
}

// try does what changes something, and writes it down if the answer came: 303
// to where it should lead, with a session or without.
func (w *walker) try(a acknowledged, leads string, do func() (reply, error)) error {
	w.g.unsure = true
	answer, err := do()
	if err != nil {
		return err
	}
	to, err := url.Parse(answer.location())
	given := answer.session()
	if err != nil || answer.status != http.StatusSeeOther || to.Path != leads || (given == "") != (a.act == actSignOut) {
		w.c.ledger.fail("%s: %s: %v", w.g.name, a.act, answer)
		return fmt.Errorf("no %s", a.act)
	}
	a.token, a.before, w.g.token = given, w.g.token, given
	if a.act == actSignOut {
		a.token, a.before = a.before, ""
	}
	w.g.unsure = false
	w.c.ledger.mu.Lock()
	defer w.c.ledger.mu.Unlock()
	w.c.ledger.acts = append(w.c.ledger.acts, a)
	return nil
}
