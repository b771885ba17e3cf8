package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

func TestO03_OneCallbackFiftyTimes(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	callback := b.choose(b.start("/signin/harbor", nil), "ada")
	var sessions, redirected, consumed int
	var mu sync.Mutex
	inParallel(t, 50, func(int) error {
		p, err := b.copyOf().send(http.MethodGet, callback, nil)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case p.status == http.StatusSeeOther && strings.Contains(strings.Join(p.header.Values("Set-Cookie"), ";"), sessionCookie+"="):
			sessions++
		case p.status == http.StatusSeeOther:
			redirected++
		case p.status == http.StatusBadRequest && p.reason() == "attempt_consumed":
			consumed++
		default:
			t.Errorf("%d %s", p.status, p.reason())
		}
		return nil
	})
	if err := g.Accounts.FlushFolds(context.Background()); err != nil {
		t.Fatal(err)
	}
	live, err := g.Store.CountSessions(context.Background())
	if err != nil || live != 1 || sessions != 1 || redirected+consumed != 49 {
		t.Errorf("live sessions %d (%v), given %d, redirected %d, consumed %d", live, err, sessions, redirected, consumed)
	}
	if n := g.count("session.signin failure attempt_consumed"); n != 49 {
		t.Errorf("attempt_consumed counted %d times", n)
	}
	if n := g.count("session.signin success signup"); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	if n := g.peers.hits("harbor", "token"); n != 1 {
		t.Errorf("token endpoint asked %d times", n)
	}
}

// inParallel runs f n times at once and reports every error.
func inParallel(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := f(i); err != nil {
				t.Errorf("number %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestO03_DoubleClickOfOneSignedIn(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	callback := b.choose(b.start("/signin/harbor", nil), "ada")
	b.get(callback)
	if p := b.get(callback); p.status != http.StatusSeeOther || p.location != "/" {
		t.Errorf("again: %d %s %s", p.status, p.location, p.reason())
	}
	g.left(append(several(signedUp), "session.signin failure attempt_consumed")...)
	if who := b.whoami(); who != "Ada Lovelace" {
		t.Errorf("signed in as %q", who)
	}
}

func TestO19_TwoTabs(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	one, two := b.start("/signin/harbor", url.Values{"return": {"/account?one"}}), b.start("/signin/forge", url.Values{"return": {"/account?two"}})
	if p := b.get(b.choose(two, "ada")); p.location != "/account?two" {
		t.Errorf("second tab: %d %s %s", p.status, p.location, p.reason())
	}
	g.left(several(signedUp)...)
	// The first tab knows nothing of it, and links nothing by the way.
	if p := b.get(b.choose(one, "guest-3")); p.reason() != "link_required" {
		t.Errorf("first tab: %d %s %s", p.status, p.location, p.reason())
	}
	g.left("session.signin failure link_required")
}

func TestO19_TheOldestOfManyGivesWay(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	var trips []*url.URL
	for range accounts.AttemptsPerBrowser + 2 {
		trips = append(trips, b.start("/signin/harbor", nil))
	}
	n, err := g.Store.CountAttempts(context.Background())
	if err != nil || n != accounts.AttemptsPerBrowser {
		t.Errorf("%d attempts, %v", n, err)
	}
	for i, want := range map[int]string{0: "state_mismatch", 1: "state_mismatch", 2: "", 6: ""} {
		c := b.copyOf()
		if p := c.get(c.choose(trips[i], "ada")); p.reason() != want {
			t.Errorf("attempt %d: %d %s, want %q", i, p.status, p.reason(), want)
		}
	}
}

func TestO22_HundredPeopleAtOnce(t *testing.T) {
	g := openGate(t)
	inParallel(t, 100, func(i int) error {
		b := g.browser()
		provider := []string{"harbor", "meadow", "forge"}[i%3]
		p, err := b.send(http.MethodPost, "/signin/"+provider, url.Values{})
		if err != nil {
			return err
		}
		at, err := url.Parse(strings.ReplaceAll(refresh.FindStringSubmatch(p.body)[1], "&amp;", "&"))
		if err != nil {
			return err
		}
		back, err := answerOf(at, "guest-"+strconv.Itoa(i+1))
		if err != nil {
			return err
		}
		if _, err := b.send(http.MethodGet, back, nil); err != nil {
			return err
		}
		p, err = b.send(http.MethodGet, "/account", nil)
		if err == nil && !strings.Contains(p.body, "<bdi>Guest "+strconv.Itoa(i+1)+"</bdi></h1>") {
			t.Errorf("guest %d: %d %s", i+1, p.status, p.location)
		}
		return err
	})
	if n := g.count("session.signin success signup"); n != 100 {
		t.Errorf("%d sign-ins", n)
	}
	if _, err := g.Store.VerifyChain(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestSessionEndsWhileTheProviderIsAsked: the whole act is undone, and the
// attempt has its one event all the same.
func TestSessionEndsWhileTheProviderIsAsked(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("forge", "ada")
	g.skip()
	callback := b.choose(b.start("/account/link/harbor", nil), "guest-7")
	other := b.copyOf()
	signOut := func() { other.post("/signout", nil) }
	g.peers.onNow.Store(&signOut) // while the code is exchanged
	p := b.get(callback)
	if p.status != http.StatusBadRequest || p.reason() != "session_changed" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signout success account_request", "identity.link failure session_changed")
	if n := g.peers.hits("harbor", "userinfo"); n != 1 {
		t.Errorf("userinfo was asked %d times", n)
	}
}

func TestL04_LinkAfterSignOut(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("forge", "ada")
	g.skip()
	callback := b.choose(b.start("/account/link/harbor", nil), "guest-7")
	b.post("/signout", nil)
	if p := b.get(callback); p.reason() != "session_changed" || p.status != http.StatusBadRequest {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signout success account_request", "identity.link failure session_changed")
	var owned []db.Identity
	owned, err := g.Store.IdentitiesOf(context.Background(), g.only().ID)
	if err != nil || len(owned) != 1 {
		t.Errorf("%d identities, %v", len(owned), err)
	}
}
