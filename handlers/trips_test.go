package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatebook/handlers/accounts"
)

const signedUp = "account.create success signup, identity.link success signup, session.signin success signup"

func several(words string) []string { return strings.Split(words, ", ") }

func TestSignInUpAndAgain(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	for _, provider := range []string{"harbor", "forge"} {
		persona := map[string]string{"harbor": "ada", "forge": "guest-9"}[provider]
		b = g.browser()
		if p := b.trip("/signin/"+provider, persona, url.Values{"return": {"/account?x=1"}}); p.status != http.StatusSeeOther || p.location != "/account?x=1" {
			t.Fatalf("%s: %d %s %s", provider, p.status, p.location, p.reason())
		}
		g.left(several(signedUp)...)
	}
	if who := b.whoami(); who != "Guest 9" {
		t.Errorf("signed in as %q", who)
	}
	b.signIn("forge", "guest-9")
	g.left("session.signin success known_identity")
}

func TestO01_StateOfTheRequestIsIgnored(t *testing.T) {
	g := openGate(t)
	victim, attacker := g.browser(), g.browser()
	at := victim.start("/signin/harbor?state=KNOWN", url.Values{"state": {"KNOWN"}, "nonce": {"KNOWN"}})
	if s := at.Query().Get("state"); s == "KNOWN" || len(s) < 43 {
		t.Errorf("state %q", s)
	}
	stolen, err := url.Parse(attacker.choose(attacker.start("/signin/harbor", nil), "mallory"))
	if err != nil {
		t.Fatal(err)
	}
	q := stolen.Query()
	q.Set("state", "KNOWN")
	p := victim.get("/signin/harbor/callback?" + q.Encode())
	if p.status != http.StatusBadRequest || p.reason() != "state_mismatch" || victim.cookie(sessionCookie) != "" {
		t.Errorf("%d %s, session %q", p.status, p.reason(), victim.cookie(sessionCookie))
	}
	g.left("session.signin failure state_mismatch")
	if n := g.peers.hits("harbor", "token"); n != 0 {
		t.Errorf("token endpoint asked %d times", n)
	}
}

func TestO02_AnotherBrowser(t *testing.T) {
	g := openGate(t)
	callback := g.browser().choose(g.browser().start("/signin/harbor", nil), "mallory")
	without := g.browser().get(callback)
	other := g.browser()
	other.start("/signin/harbor", nil)
	withOwn := other.get(callback)
	for name, p := range map[string]*page{"no cookie": without, "its own cookie": withOwn} {
		if p.status != http.StatusBadRequest || p.reason() != "attempt_missing" {
			t.Errorf("%s: %d %s", name, p.status, p.reason())
		}
	}
	g.left("session.signin failure attempt_missing", "session.signin failure attempt_missing")
	if n := g.peers.hits("harbor", "token"); n != 0 {
		t.Errorf("token endpoint asked %d times", n)
	}
}

func TestL04_CallbackInTheVictimsBrowser(t *testing.T) {
	g := openGate(t)
	victim, attacker := g.browser(), g.browser()
	victim.signIn("harbor", "ada")
	attacker.signIn("forge", "mallory")
	g.skip()
	callback := attacker.choose(attacker.start("/account/link/meadow", nil), "mallory")
	if p := victim.get(callback); p.reason() != "attempt_missing" || p.status != http.StatusBadRequest {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signin failure attempt_missing")
	if who := victim.whoami(); who != "Ada Lovelace" {
		t.Errorf("the victim is now %q", who)
	}
}

func TestO05_FinishedWithAnotherProvider(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	callback := b.choose(b.start("/signin/harbor", nil), "ada")
	p := b.get(strings.Replace(callback, "/harbor/", "/meadow/", 1) + "&provider=harbor")
	if p.status != http.StatusBadRequest || p.reason() != "provider_mismatch" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signin failure provider_mismatch")
	if n := g.peers.hits("harbor", "token") + g.peers.hits("meadow", "token"); n != 0 {
		t.Errorf("token endpoints asked %d times", n)
	}
	if p := b.trip("/signin/harbor?provider=meadow", "ada", url.Values{"provider": {"meadow"}}); p.status != http.StatusSeeOther {
		t.Errorf("a parameter named the provider: %d %s", p.status, p.reason())
	}
	g.left(several(signedUp)...)
}

func TestO07_InjectedParametersOfTheExchange(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	one, two := b.start("/signin/harbor", nil).Query(), b.start("/signin/harbor", nil)
	if one.Get("code_challenge") == two.Query().Get("code_challenge") || one.Get("code_challenge_method") != "S256" {
		t.Errorf("challenges %v", one)
	}
	inject := "&code_verifier=x&redirect_uri=" + url.QueryEscape("http://evil.example/") + "&client_id=evil&grant_type=password&nonce=x"
	if p := b.get(b.choose(two, "ada") + inject); p.status != http.StatusSeeOther {
		t.Errorf("%d %s: the practice provider asks for the right verifier and address", p.status, p.reason())
	}
	g.left(several(signedUp)...)
}

func TestO17_LookingStartsNothing(t *testing.T) {
	g := openGate(t)
	for _, path := range []string{"/signin", "/signin/harbor", "/signin/harbor?return=/account"} {
		p := g.browser().get(path)
		if p.status != http.StatusOK || refresh.MatchString(p.body) || len(p.header.Values("Set-Cookie")) > 0 {
			t.Errorf("GET %s: %d, cookies %v", path, p.status, p.header.Values("Set-Cookie"))
		}
		if n := p.doc(t).Find(`main form[method="post"][action="/signin/harbor"]`).Length(); n != 1 {
			t.Errorf("GET %s: %d forms", path, n)
		}
	}
	n, err := g.Store.CountAttempts(context.Background())
	if err != nil || n != 0 || g.peers.hits("harbor", "discovery") != 0 {
		t.Errorf("%d attempts, %v", n, err)
	}
	g.left()
}

func TestAttemptExpires(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	at := b.start("/signin/forge", nil)
	g.clock.Add(accounts.AttemptLife)
	if p := b.get(b.choose(at, "ada")); p.status != http.StatusBadRequest || p.reason() != "attempt_expired" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signin failure attempt_expired")
}
