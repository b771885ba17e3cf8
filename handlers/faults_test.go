package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatebook/handlers/practice"
)

// TestO08to14_Faults has the provider misbehave in every way that matters, end
// to end: what the book says, and that the next endpoint was never asked.
func TestO08to14_Faults(t *testing.T) {
	g := openGate(t)
	for _, c := range []struct {
		fault  practice.Fault
		reason string
		check  string
		last   string // the last endpoint that may be asked
	}{
		{"iss-wrong", "iss_mismatch", "", "authorize"},
		{"iss-missing", "iss_mismatch", "", "authorize"},
		{"state-wrong", "state_mismatch", "", "authorize"},
		{"state-missing", "state_mismatch", "", "authorize"},
		{"nonce-invalid", "nonce_mismatch", "", "token"},
		{"nonce-missing", "nonce_mismatch", "", "token"},
		{"bad-sig", "id_token_invalid", "signature", "token"},
		{"alg-none", "id_token_invalid", "alg", "token"},
		{"alg-hs256", "id_token_invalid", "alg", "token"},
		{"kid-unknown", "id_token_invalid", "kid", "token"},
		{"invalid-iss", "id_token_invalid", "iss", "token"},
		{"missing-iss", "id_token_invalid", "iss", "token"},
		{"invalid-aud", "id_token_invalid", "aud", "token"},
		{"aud-extra-untrusted", "id_token_invalid", "aud", "token"},
		{"azp-wrong", "id_token_invalid", "azp", "token"},
		{"exp-past", "id_token_invalid", "exp", "token"},
		{"iat-future", "id_token_invalid", "iat", "token"},
		{"nbf-future", "id_token_invalid", "nbf", "token"},
		{"at-hash-wrong", "id_token_invalid", "at_hash", "token"},
		{"missing-sub", "subject_invalid", "", "token"},
		{"sub-empty", "subject_invalid", "", "token"},
		{"sub-300", "subject_invalid", "", "token"},
		{"id-token-missing", "id_token_missing", "", "token"},
		{"pkce-refuse", "provider_rejected_code", "", "token"},
		{"token-500", "provider_http_error", "", "token"},
		{"token-redirect", "provider_bad_response", "", "token"},
		{"token-html", "provider_bad_response", "", "token"},
		{"userinfo-sub-mismatch", "userinfo_subject_mismatch", "", "userinfo"},
		{"userinfo-sub-missing", "userinfo_subject_mismatch", "", "userinfo"},
		{"userinfo-500", "provider_http_error", "", "userinfo"},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			token, userinfo := g.peers.hits("harbor", "token"), g.peers.hits("harbor", "userinfo")
			g.peers.server.SetFault("harbor", c.fault)
			defer g.peers.server.SetFault("harbor", practice.FaultNone)
			b := g.browser()
			p := b.trip("/signin/harbor", "ada", nil)
			if p.reason() != c.reason || p.status < 400 || b.cookie(sessionCookie) != "" {
				t.Errorf("%d %q %s", p.status, p.reason(), p.location)
			}
			left := g.left("session.signin failure " + c.reason)
			if len(left) == 1 && c.check != "" && left[0].Detail.Check != c.check {
				t.Errorf("check %q, want %q", left[0].Detail.Check, c.check)
			}
			token, userinfo = g.peers.hits("harbor", "token")-token, g.peers.hits("harbor", "userinfo")-userinfo
			wantToken, wantUserinfo := 1, 1
			switch c.last {
			case "authorize":
				wantToken, wantUserinfo = 0, 0
			case "token":
				wantUserinfo = 0
			}
			if token != wantToken || userinfo != wantUserinfo {
				t.Errorf("token endpoint asked %d times, userinfo %d; want %d, %d", token, userinfo, wantToken, wantUserinfo)
			}
		})
		g.clock.Add(2 * time.Minute) // the keys may be asked for again
	}
	n, err := g.Store.CountAccounts(context.Background())
	if err != nil || n != 0 {
		t.Errorf("%d accounts were made, %v", n, err)
	}
}

func TestO14_UserinfoCannotLiftAnAddress(t *testing.T) {
	g := openGate(t)
	g.browser().signIn("meadow", "ada")
	g.skip()
	g.peers.server.SetFault("harbor", "userinfo-email-lifted")
	g.browser().signIn("harbor", "mallory")
	left := g.left(several(signedUp)...)
	if e := left[2]; e.Detail.Email != "unverified" {
		t.Errorf("the address is %s", e.Detail.Email)
	}
}

func TestO15_DiscoveryOfAnotherIssuer(t *testing.T) {
	g := openGate(t)
	g.peers.server.SetFault("harbor", "discovery-issuer-mismatch")
	b := g.browser()
	p := b.post("/signin/harbor", nil)
	if p.status != http.StatusServiceUnavailable || p.reason() != "provider_misconfigured" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.signin failure provider_misconfigured")
	if p := b.trip("/signin/meadow", "ada", nil); p.status != http.StatusSeeOther {
		t.Errorf("the other provider: %d %s", p.status, p.reason())
	}
}

func TestO16_ErrorAnswers(t *testing.T) {
	g := openGate(t)
	const script = `<script>alert("described")</script>`
	answer := "error=access_denied&error_uri=http://evil.example/described&error_description=" + url.QueryEscape(script)
	b := g.browser()
	state := b.start("/signin/forge", nil).Query().Get("state")
	p := b.get("/signin/forge/callback?" + answer + "&state=" + state)
	if p.status != http.StatusBadRequest || p.reason() != "denied_by_user" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	if strings.Contains(p.body, "described") || strings.Contains(g.log.text(), "described") {
		t.Error("the provider's own text is shown or logged")
	}
	if !strings.Contains(p.body, "Use another account") && !strings.Contains(p.body, "again") {
		t.Error("there is no way on")
	}
	if strings.Contains(g.log.text(), "level=WARN") || strings.Contains(g.log.text(), "level=ERROR") {
		t.Errorf("somebody who cancels is nothing to warn of:\n%s", g.log.text())
	}
	g.left("session.signin failure denied_by_user")
	if p := b.get("/signin/forge/callback?" + answer); p.reason() != "state_mismatch" {
		t.Errorf("without state: %s", p.reason())
	}
	if p := g.browser().get("/signin/forge/callback?" + answer); p.reason() != "attempt_missing" {
		t.Errorf("without cookie: %s", p.reason())
	}
	g.left("session.signin failure state_mismatch", "session.signin failure attempt_missing")
}

func TestDenyAtTheProvider(t *testing.T) {
	g := openGate(t)
	p := g.browser().trip("/signin/harbor", "deny", url.Values{"return": {"/account?x"}})
	again := p.doc(t).Find(`main form[action="/signin/harbor"]`)
	if p.reason() != "denied_by_user" || again.Length() != 1 {
		t.Fatalf("%d %s, %d ways to try again", p.status, p.reason(), again.Length())
	}
	if to, _ := again.Find(`input[name="return"]`).Attr("value"); to != "/account?x" {
		t.Errorf("trying again forgets the way: %q", to)
	}
	g.left("session.signin failure denied_by_user")
}

// providerFailuresAreNoErrors: the book has them, and nothing is broken here.
func TestProviderFailuresAreNoErrorsOfOurs(t *testing.T) {
	g := openGate(t)
	g.peers.server.SetFault("harbor", "token-500")
	p := g.browser().trip("/signin/harbor", "ada", nil)
	if p.status != http.StatusBadGateway || strings.Contains(g.log.text(), "level=ERROR") || !strings.Contains(g.log.text(), "level=WARN") {
		t.Errorf("%d, log:\n%s", p.status, g.log.text())
	}
	g.left("session.signin failure provider_http_error")
}
