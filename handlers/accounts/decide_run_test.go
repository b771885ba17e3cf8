package accounts_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// TestDecide_Carried carries cells drawn from the table out through the real
// service: each does what the table says, leaves exactly one terminal event,
// and a refusal changes no row. No claim is open here and nobody is first.
func TestDecide_Carried(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{})
	random := rand.New(rand.NewPCG(1, 2)) // the same cells each time
	acts := map[accounts.Act]int{}
	for n := range 160 {
		var c cell
		for d := range c {
			c[d] = uint8(random.IntN(len(dimensions[d])))
		}
		for _, often := range []struct{ every, dimension, value int }{
			{2, dOwner, 0}, {3, dIn, 0}, {5, dIntent, 0}, {7, dOwner, 1}, {14, dIn, 1},
			{9, dEmail, 2}, {9, dMatch, 1}, {9, dLink, 1}, {9, dAuthority, 1},
		} {
			if n%often.every == 0 { // what most trips are like
				c[often.dimension] = uint8(often.value)
			}
		}
		if c[dClaim], c[dFirst] = 0, 0; c.is(dOwner) == "self" && c.is(dIn) == "none" {
			continue
		}
		acts[carry(w, c, n)]++
	}
	w.verified()
	for act := accounts.ActRefuse; act <= accounts.ActTest; act++ {
		if acts[act] == 0 {
			t.Errorf("no cell was drawn that does act %d", act)
		}
	}
}

// scene is a cell in rows: the accounts of its facts, under ids of their own.
type scene struct {
	real    map[db.ID]db.ID // of the cell's ids
	session *db.Session
	profile accounts.Profile
	attempt db.Attempt
}

// stage makes the rows of a cell. Everybody in it is called after the cell's
// number, so that cells share a store and never meet.
func stage(w *world, c cell, n int) (s scene) {
	w.t.Helper()
	s.real = map[db.ID]db.ID{}
	s.profile = c.profile()
	s.profile.Subject = fmt.Sprint("cell-", n)
	if s.profile.Email != "" {
		s.profile.Email = fmt.Sprintf("Cell-%d@example.org", n)
	}
	f := c.facts()
	w.set(func(ctx context.Context, tx *db.Tx) (err error) {
		for _, w := range append([]accounts.Who{deref(f.SignedIn), deref(f.Owner)}, f.Matches...) {
			if w.ID == 0 || s.real[w.ID] != 0 {
				continue
			}
			a, err := tx.InsertAccount(db.Account{Name: "cell", Status: w.Status, Admin: w.Admin})
			if err != nil {
				return err
			}
			s.real[w.ID] = a.ID
			i := db.Identity{AccountID: a.ID, Key: db.Key{Provider: "old", Subject: a.ID.String()}}
			if w.ID == idMatch || w.ID == idSecond {
				i.Email, i.EmailKey = "c", fmt.Sprintf("cell-%d@example.org", n)
				i.EmailState = uint8(accounts.EmailVerified)
			}
			if f.Owner != nil && w.ID == f.Owner.ID {
				i.Key = db.Key{Provider: "github", Subject: s.profile.Subject}
			}
			if _, err := tx.InsertIdentity(i); err != nil {
				return err
			}
		}
		if f.SignedIn != nil {
			s.session, err = stageSession(ctx, tx, s.real[idIn], f.Fresh)
		}
		return err
	})
	s.attempt = db.Attempt{ID: w.store.NewID(), Provider: "github", Intent: string(f.Intent), CreatedAt: w.clock.Now()}
	w.intents[s.attempt.ID] = f.Intent
	return s
}

func stageSession(_ context.Context, tx *db.Tx, account db.ID, fresh bool) (*db.Session, error) {
	session := db.Session{AccountID: account, ProvedAt: tx.Now(), ExpiresAt: tx.Now().Add(lifetime)}
	if !fresh {
		session.ProvedAt = tx.Now().Add(-freshFor)
	}
	session, err := tx.StartSession(db.NewToken(), session)
	return &session, err
}

func deref(w *accounts.Who) accounts.Who {
	if w == nil {
		return accounts.Who{}
	}
	return *w
}

// carry runs one cell and says which act it was.
func carry(w *world, c cell, n int) accounts.Act {
	w.t.Helper()
	s := stage(w, c, n)
	want := oracle[rowOf(&c)].says(c)
	w.clock.Add(time.Second)
	identities, people := w.count("identities"), w.count("accounts")

	service := accounts.New(w.store, accounts.Options{Policy: ruleOf(c, s), FreshFor: freshFor, SessionLifetime: lifetime})
	renew, token := renewal()
	result, err := service.Complete(ctx, db.Actor{}, accounts.Return{Attempt: s.attempt, Session: s.session, Profile: s.profile}, renew)

	events := w.of(s.attempt.ID)
	terminals := 0
	kind := event.KindSessionSignin // where an intent has none of its own
	if k := terminal(s.intent()); k != 0 {
		kind = k
	}
	for _, e := range events {
		if e.Kind == kind {
			terminals++
			if e.Account != s.real[want.Account] && (want.Account != 0 || want.Act == accounts.ActRefuse) {
				w.t.Errorf("%s: the event is about %s", c, e.Account)
			}
		}
	}
	if terminals != 1 {
		w.t.Errorf("%s: %d terminal events in %v", c, terminals, dbtest.Words(events))
	}
	_, lost := w.store.Session(ctx, db.TokenHash(token))
	grown := w.count("identities") - identities
	if want.Act == accounts.ActRefuse {
		denied := refused(w.t, err, want.Reason)
		if lost == nil || grown != 0 || w.count("accounts") != people || denied.Ended != want.EndSession {
			w.t.Errorf("%s: the refusal changed something", c)
		}
		return want.Act
	}
	// Every act but a test leaves a session under the new token.
	if err != nil || (lost == nil) == (want.Act == accounts.ActTest) || result.Decision.Act != want.Act || result.Decision.Reason != want.Reason {
		w.t.Errorf("%s: %v, %v, %+v", c, err, lost, result.Decision)
	}
	if makes := want.Act == accounts.ActSignUp || want.Act == accounts.ActQueue || want.Act == accounts.ActLink ||
		want.Act == accounts.ActLinkAndSignIn; (grown == 1) != makes {
		w.t.Errorf("%s: %d new identities", c, grown)
	}
	if w.account(result.Account.ID).Admin != result.Account.Admin {
		w.t.Errorf("%s: the result is not what is stored", c)
	}
	return want.Act
}

// of are the events of one attempt.
func (w *world) of(attempt db.ID) []db.Event {
	w.t.Helper()
	found, err := w.store.Events(ctx, db.EventFilter{Attempt: attempt}, db.EventPage{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (s scene) intent() accounts.Intent { return accounts.Intent(s.attempt.Intent) }

// ruleOf is the cell's policy about the scene's own person.
func ruleOf(c cell, s scene) accounts.Policy {
	p := c.policy()
	if c.is(dAllow) == "subject" {
		p.Allow = []accounts.AllowRule{{Provider: "github", Subject: s.profile.Subject}}
	}
	return p
}
