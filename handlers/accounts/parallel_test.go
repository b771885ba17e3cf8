package accounts_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// atOnce runs n acts at the same time.
func atOnce(n int, act func(n int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	all.Wait()
}

// TestL07_FirstSignIns: fifty first sign-ins of one person make one account
// and one identity, and each has a session.
func TestL07_FirstSignIns(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	browsers := make([]*browser, accounts.SessionsPerAccount)
	attempts := make([]db.Attempt, len(browsers))
	for n := range browsers {
		browsers[n] = w.browser()
		a, err := browsers[n].use("github", browsers[n].start(accounts.IntentSignIn, "github"))
		if err != nil {
			t.Fatal(err)
		}
		attempts[n] = a
	}
	atOnce(len(browsers), func(n int) {
		if _, err := browsers[n].complete(attempts[n], nil, ada("github")); err != nil {
			t.Error(err)
		}
	})
	if a, i := w.count("accounts"), w.count("identities"); a != 1 || i != 1 {
		t.Errorf("%d accounts, %d identities", a, i)
	}
	for _, b := range browsers {
		if b.session() == nil {
			t.Error("somebody has no session")
		}
	}
	created, known := 0, 0
	for _, e := range w.all() {
		switch {
		case e.Kind == event.KindAccountCreate:
			created++
		case e.Kind == event.KindSessionSignin && e.Outcome == event.Success:
			known++
		}
	}
	if created != 1 || known != len(browsers) {
		t.Errorf("%d created, %d signed in", created, known)
	}
	w.verified()
}

// TestL07_LinkTwice: two people link one identity at the same time; one has it
// and the other hears so.
func TestL07_LinkTwice(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	one, _ := w.in(ada("github"))
	two, _ := w.in(person("github", "Bob"))
	errs := make([]error, 2)
	tries := []func(){}
	for n, b := range []*browser{one, two} {
		a, err := b.use("forge", b.start(accounts.IntentLink, "forge"))
		if err != nil {
			t.Fatal(err)
		}
		session := b.session()
		tries = append(tries, func() { _, errs[n] = b.complete(a, session, person("forge", "Kim")) })
	}
	w.forget()
	atOnce(2, func(n int) { tries[n]() })
	lost := errs[0]
	if lost == nil {
		lost = errs[1]
	}
	refused(t, lost, event.ReasonIdentityInUse)
	if (errs[0] == nil) == (errs[1] == nil) || w.count("identities") != 3 {
		t.Errorf("got %v, %d identities", errs, w.count("identities"))
	}
}

// TestParallel_LinkAndUnlink: a link that comes back while the only other way
// in is removed; somebody with no way in is never left.
func TestParallel_LinkAndUnlink(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		w := open(t, openPolicy)
		b, first := w.in(ada("github"))
		linked := b.does(accounts.IntentLink, ada("forge"))
		other, _ := w.in(ada("github"))
		errs := make([]error, 2)
		sessions := []db.Session{*b.session(), *other.session()}
		targets := []db.ID{first.Identity.ID, linked.Identity.ID}
		atOnce(2, func(n int) {
			renew, _ := renewal()
			errs[n] = w.Unlink(ctx, db.Actor{}, sessions[n], targets[n], renew)
		})
		// The second finds its session ended, or only one way in left.
		var denied *accounts.Denied
		lost := errors.Join(errs...)
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(lost, db.ErrEnded) && !errors.As(lost, &denied) {
			t.Errorf("round %d: %v", round, errs)
		}
		if own := w.identities(first.Account.ID); len(own) != 1 {
			t.Errorf("round %d: %d ways in are left", round, len(own))
		}
		w.verified()
	}
}

// TestParallel_SignOut: signing out and in again at once; what was signed out
// stays so, and each attempt is told once.
func TestParallel_SignOut(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		w := open(t, openPolicy)
		b, first := w.in(ada("github"))
		old := b.token
		intent := []accounts.Intent{accounts.IntentSignIn, accounts.IntentStepUp}[round%2]
		a, err := b.use("github", b.start(intent, "github"))
		if err != nil {
			t.Fatal(err)
		}
		session := *b.session()
		w.forget()
		var in, out error
		atOnce(2, func(n int) {
			if n == 0 {
				out = w.SignOut(ctx, db.Actor{}, first.Session)
				return
			}
			_, in = b.complete(a, &session, ada("github"))
		})
		w.dead(old)
		terminals := 0
		for _, e := range w.all() {
			if e.Attempt == a.ID && e.Kind == terminal(intent) {
				terminals++
			}
		}
		if out != nil || terminals != 1 || intent == accounts.IntentSignIn && (in != nil || b.session() == nil) {
			t.Errorf("round %d: out %v, in %v, %d terminal events", round, out, in, terminals)
		}
		if in != nil {
			refused(t, in, event.ReasonSessionChanged)
		}
	}
}

// TestO22_ManyAtOnce: two hundred people at once, each becomes themselves.
func TestO22_ManyAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	atOnce(200, func(n int) {
		p := person("github", fmt.Sprint("p", n))
		renew, token := renewal()
		in := accounts.Return{Attempt: db.Attempt{ID: w.store.NewID(), Provider: "github", Intent: "signin"}, Profile: p}
		result, err := w.Complete(ctx, db.Actor{}, in, renew)
		if err != nil {
			t.Error(err)
			return
		}
		s, err := w.store.Session(ctx, db.TokenHash(token))
		if err != nil || s.AccountID != result.Account.ID || result.Account.Name != p.Name || result.Identity.Key.Subject != p.Subject {
			t.Errorf("%s became %+v, %v", p.Name, result.Account, err)
		}
	})
	w.verified()
}
