package practice

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func none(string) []string { return nil }

// Only this computer is answered, and only under a loopback name.
func TestLoopbackGuard(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Issuer: "http://localhost:1", RedirectURIs: none})
	if err != nil {
		t.Fatal(err)
	}
	const allowed, refused = http.StatusOK, http.StatusForbidden
	tests := []struct {
		peer, host string
		want       int
	}{
		{"127.0.0.1:5", "localhost:1", allowed},
		{"127.8.8.8:5", "127.0.0.1:1", allowed},
		{"[::1]:5", "[::1]:1", allowed},
		{"[::ffff:127.0.0.1]:5", "LocalHost", allowed},
		{"192.0.2.1:5", "localhost:1", refused},
		{"10.0.0.1:5", "localhost:1", refused},
		{"0.0.0.0:5", "localhost:1", refused},
		{"[2001:db8::1]:5", "localhost:1", refused},
		{"[::ffff:10.0.0.1]:5", "localhost:1", refused},
		{"", "localhost:1", refused},
		{"@", "localhost:1", refused},
		{"127.0.0.1", "localhost:1", refused},
		{"127.0.0.1:5", "rebound.evil.example:1", refused},
		{"127.0.0.1:5", "localhost.evil.example", refused},
		{"127.0.0.1:5", "", refused},
	}
	for _, tt := range tests {
		for _, path := range []string{"/harbor/.well-known/openid-configuration", "/forge/style.css"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = tt.peer, tt.host
			r.Header.Set("X-Forwarded-For", "127.0.0.1")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%q asks %q for %s: %d", tt.peer, tt.host, path, w.Code)
			}
		}
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"", "localhost:1", "ftp://localhost", "http://", "http://192.0.2.1:1", "http://example.org",
		"http://localhost:1/path", "http://localhost:1?q", "http://localhost:1#f", "http://x@localhost:1", "http://local host"} {
		if _, err := New(Options{Issuer: issuer, RedirectURIs: none}); err == nil {
			t.Errorf("issuer %q was taken", issuer)
		}
	}
	if _, err := New(Options{Issuer: "http://localhost:1"}); err == nil {
		t.Error("no redirect URIs were taken")
	}
	if _, err := New(Options{Issuer: "http://127.0.0.1:1/", RedirectURIs: none}); err != nil {
		t.Error(err)
	}
}

func TestProvidersAreNewWithEveryServer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2 {
		s, err := New(Options{Issuer: "http://localhost:1", RedirectURIs: none})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range s.Providers() {
			want := [...]Practice{
				{ID: "harbor", Label: "Harbor", Kind: "oidc", Issuer: "http://localhost:1/harbor"},
				{ID: "meadow", Label: "Meadow", Kind: "oidc", Issuer: "http://localhost:1/meadow"},
				{ID: "forge", Label: "Forge", Kind: "github", BaseURL: "http://localhost:1/forge"},
			}[i]
			if seen[p.ClientID] || seen[p.ClientSecret] || len(p.ClientSecret) < 32 {
				t.Errorf("%s: credentials are short or were given before", p.ID)
			}
			seen[p.ClientID], seen[p.ClientSecret] = true, true
			want.ClientID, want.ClientSecret = p.ClientID, p.ClientSecret
			if p != want {
				t.Errorf("got %+v, want %+v", p, want)
			}
		}
	}
}

func TestHits(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor")) // discovery
	g.get(t, tr.url(""))
	if _, err := g.signIn(g.ctx(t), tr, g.practice(t, "harbor").Issuer, g.code(t, tr, "ada")); err != nil {
		t.Fatal(err)
	}
	for endpoint, want := range map[string]int{"discovery": 2, "authorize": 2, "token": 1, "userinfo": 1, "jwks": 1} {
		if got := g.Hits("harbor", endpoint); got != want {
			t.Errorf("%s: %d hits, want %d", endpoint, got, want)
		}
		if endpoint != "discovery" && endpoint != "jwks" && g.Hits("forge", endpoint) != 0 {
			t.Errorf("forge's %s was hit", endpoint)
		}
	}
}

// A slip of the pen in a test must not pass for a result.
func TestWrongNamesPanic(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for name, slip := range map[string]func(){
		"provider of Hits":     func() { g.Hits("nobody", "token") },
		"endpoint":             func() { g.Hits("harbor", "emails") },
		"provider of SetFault": func() { g.SetFault("nobody", FaultNone) },
		"fault":                func() { g.SetFault("harbor", "nonsense") },
		"OpenID fault":         func() { g.SetFault("forge", "bad-sig") },
		"endpoint's fault":     func() { g.SetFault("forge", "jwks-500") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			slip()
		})
	}
}
