package practice

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

// How x/oauth2 and go-oidc, which know nothing of faults, take each of them.
// "" is a sign-in; what they let pass by their own rules is marked.
func TestO09_FaultsSeenByAnIndependentClient(t *testing.T) {
	t.Parallel()
	const passes = ""
	tests := map[Fault]string{
		FaultNone: passes, "token-type-case": passes, "expires-missing": passes, "kid-absent": passes, "aud-array-ok": passes, "pkce-skip": passes,
		"discovery-issuer-mismatch": "issuer", "discovery-500": "500", "discovery-garbage": "decode",
		"jwks-500": "fetching keys", "jwks-empty": "failed to verify signature",
		"token-500": "500", "token-redirect": "307", "token-garbage": "invalid character", "token-html": "cannot parse json", "token-huge": "JSON",
		"id-token-missing": "malformed", "id-token-number": "malformed", "id-token-garbage": "malformed", "pkce-refuse": "invalid_grant",
		"bad-sig": "failed to verify signature", "alg-none": "unexpected signature algorithm", "alg-hs256": "unexpected signature algorithm", "kid-unknown": "failed to verify signature",
		"invalid-iss": "different provider", "missing-iss": "different provider",
		"invalid-aud": "audience", "missing-aud": "audience",
		"nonce-invalid": "nonce", "nonce-missing": "nonce",
		"exp-missing": "expired", "exp-past": "expired", "nbf-future": "before the nbf",
		"at-hash-wrong": "access token hash", "auth-time-stale": "auth_time", "auth-time-missing": "auth_time",
		"sub-number": "sub", "email-array": "email", "email-verified-string": "email_verified",
		"missing-sub": "userinfo differs", "sub-empty": "userinfo differs", "sub-300": "userinfo differs",
		"userinfo-sub-mismatch": "userinfo differs", "userinfo-sub-missing": "userinfo differs", "userinfo-email-lifted": "userinfo differs",
		"userinfo-500": "500", "userinfo-garbage": "decode", "userinfo-array": "decode", "userinfo-html": "decode", "userinfo-redirect": "307", "userinfo-empty": "userinfo differs",
		// go-oidc leaves these to its caller.
		"aud-extra-untrusted": passes, "azp-wrong": passes, "exp-string": passes, "iat-missing": passes, "iat-future": passes,
	}
	g := newRig(t)
	for fault, want := range tests {
		t.Run("fault "+string(fault), func(t *testing.T) {
			g.SetFault("harbor", FaultNone)
			tr := newTrip(g.config(t, "harbor"))
			tr.cfg.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
			code := g.code(t, tr, "ada")
			g.SetFault("harbor", fault)
			_, err := g.signIn(g.ctx(t), tr, g.practice(t, "harbor").Issuer, code)
			if want == passes && err != nil || want != passes && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("want %q, got %v", want, err)
			}
		})
	}
}

// Held requests end when the fault is lifted, and when the client leaves.
func TestHeldRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault          Fault
		method, target string
		endpoint       string
	}{
		{"token-slow", http.MethodPost, "/harbor/token", "token"},
		{"userinfo-slow", http.MethodGet, "/harbor/userinfo", "userinfo"},
	} {
		g := newRig(t)
		g.SetFault("harbor", tt.fault)
		ask := func(ctx context.Context, done chan<- int) {
			req, err := http.NewRequestWithContext(ctx, tt.method, g.base+tt.target, strings.NewReader("a=b"))
			if err != nil {
				t.Error(err)
			}
			res, err := g.web.Do(req)
			if err != nil {
				done <- 0
				return
			}
			res.Body.Close()
			done <- res.StatusCode
		}
		arrived := func(n int) {
			for g.Hits("harbor", tt.endpoint) < n {
				runtime.Gosched()
			}
		}
		lifted, left := make(chan int, 1), make(chan int, 1)
		go ask(t.Context(), lifted)
		arrived(1)
		g.SetFault("harbor", FaultNone)
		if status := <-lifted; status != http.StatusServiceUnavailable {
			t.Errorf("%s: lifted with %d", tt.fault, status)
		}
		g.SetFault("harbor", tt.fault)
		ctx, leave := context.WithCancel(t.Context())
		go ask(ctx, left)
		arrived(2)
		leave()
		if status := <-left; status != 0 {
			t.Errorf("%s: left with %d", tt.fault, status)
		} // closing the server waits for the handler
	}
}

// A client that follows redirects at the token endpoint is found by its hits.
func TestRedirectingTokenEndpointCountsFollowers(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.SetFault("harbor", "token-redirect")
	follower := &http.Client{Transport: g.web.Transport}
	if res, err := follower.Post(g.base+"/harbor/token", "text/plain", strings.NewReader("a")); err == nil {
		res.Body.Close()
		t.Error("the redirects ended")
	}
	if n := g.Hits("harbor", "token"); n < 2 {
		t.Errorf("%d hits", n)
	}
}

// Faults may come and go among running requests.
func TestFaultsUnderLoad(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				g.SetFault("harbor", []Fault{FaultNone, "discovery-500"}[i%2])
				res, err := g.web.Get(g.base + "/harbor/.well-known/openid-configuration")
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
				if res.StatusCode != 200 && res.StatusCode != 500 {
					t.Errorf("status %d", res.StatusCode)
				}
			}
		})
	}
	wg.Wait()
}
