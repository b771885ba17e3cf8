package handlers

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

const fapi = "fapi2-security-profile-final-client-test-"

// The two conformance modules that are decided before a provider is asked: a
// callback whose state is not this browser's finds no attempt, and the token
// endpoint is never called (RFC 9700 §4.7).
func TestConformanceState(t *testing.T) {
	for _, tt := range []struct {
		module, variant, reason string
		stranger                bool // another browser brings the callback
		change                  func(url.Values)
		tokens                  int
	}{
		{module: "control", reason: "provider_rejected_code", tokens: 1, change: func(url.Values) {}},
		{module: fapi + "ensure-authorization-response-with-invalid-state-fails", variant: "changed", reason: "state_mismatch",
			change: func(q url.Values) { q.Set("state", q.Get("state")+"1") }},
		{module: fapi + "ensure-authorization-response-with-invalid-state-fails", variant: "twice", reason: "state_mismatch",
			change: func(q url.Values) { q.Add("state", q.Get("state")) }},
		{module: fapi + "ensure-authorization-response-with-invalid-state-fails", variant: "of another browser", reason: "attempt_missing",
			stranger: true, change: func(url.Values) {}},
		{module: fapi + "ensure-authorization-response-with-invalid-missing-state-fails", variant: "absent", reason: "state_mismatch",
			change: func(q url.Values) { q.Del("state") }},
		{module: fapi + "ensure-authorization-response-with-invalid-missing-state-fails", variant: "empty", reason: "state_mismatch",
			change: func(q url.Values) { q.Set("state", "") }},
	} {
		t.Run(tt.module+"/"+tt.variant, func(t *testing.T) {
			g := newStateGate(t)
			q := g.begin()
			tt.change(q)
			if tt.stranger {
				g.browser = g.newBrowser()
			}
			status, page, cookies := g.get("/signin/op/callback?" + q.Encode())
			if status < 400 || status >= 600 || !strings.Contains(page, tt.reason) {
				t.Errorf("status %d, and the page does not say %s", status, tt.reason)
			}
			if slices.ContainsFunc(cookies, func(c *http.Cookie) bool { return strings.HasSuffix(c.Name, sessionCookie) && c.Value != "" }) {
				t.Error("a session was given")
			}
			if got := g.asked("/token"); got != tt.tokens {
				t.Errorf("the token endpoint was asked %d times, want %d", got, tt.tokens)
			}
			if g.asked("/jwks")+g.asked("/userinfo") != 0 {
				t.Errorf("the provider was asked on: %q", g.hits)
			}
		})
	}
}

// stateGate is a whole Gatebook before a provider that counts its requests and
// refuses every code.
type stateGate struct {
	t       *testing.T
	url     string
	issuer  string
	browser *http.Client

	mu   sync.Mutex
	hits []string
}

func newStateGate(t *testing.T) *stateGate {
	g := &stateGate{t: t}
	op := httptest.NewServer(http.HandlerFunc(g.provider))
	t.Cleanup(op.Close)
	g.issuer = op.URL
	front := httptest.NewUnstartedServer(nil)
	t.Cleanup(front.Close)
	g.url = "http://" + front.Listener.Addr().String()
	front.Config.Handler = g.server()
	front.Start()
	g.browser = g.newBrowser()
	return g
}

func (g *stateGate) server() *Server {
	store, err := db.Open(g.t.Context(), filepath.Join(g.t.TempDir(), "gatebook.db"), db.Options{})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { store.Close() })
	set, problems := providers.NewSet([]providers.Config{{
		ID: "op", Kind: "oidc", ClientID: "client", ClientSecret: "secret", Issuer: g.issuer, AllowPrivate: true,
	}}, providers.Options{URL: g.url})
	if len(problems) > 0 {
		g.t.Fatal(problems)
	}
	where, _ := url.Parse(g.url)
	s, err := New(Options{
		URL: where, Site: "Gatebook", Store: store, Providers: set, SessionLifetime: time.Hour,
		Accounts: accounts.New(store, accounts.Options{
			Policy: accounts.Policy{Signup: accounts.SignupOpen}, FreshFor: time.Hour, SessionLifetime: time.Hour,
		}),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func (g *stateGate) provider(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.hits = append(g.hits, r.URL.Path)
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/.well-known/openid-configuration" {
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/token",`+
			`"userinfo_endpoint":"%[1]s/userinfo","jwks_uri":"%[1]s/jwks"}`, g.issuer)
		return
	}
	w.WriteHeader(http.StatusBadRequest)
	io.WriteString(w, `{"error":"invalid_grant"}`)
}

func (g *stateGate) asked(path string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(g.hits), func(h string) bool { return h != path }))
}

func (g *stateGate) newBrowser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

var authorizeAddress = regexp.MustCompile(`http://[^"'\s]*/authorize\?[^"'\s]*`)

// begin starts a trip and returns what an honest provider would send back.
func (g *stateGate) begin() url.Values {
	g.t.Helper()
	resp, err := g.browser.PostForm(g.url+"/signin/op", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	body := g.read(resp)
	to, err := url.Parse(html.UnescapeString(authorizeAddress.FindString(body)))
	if err != nil || to.Query().Get("state") == "" {
		g.t.Fatalf("status %d, and the page leads to %q", resp.StatusCode, to)
	}
	return url.Values{"code": {"a-code"}, "state": {to.Query().Get("state")}}
}

func (g *stateGate) get(path string) (status int, page string, cookies []*http.Cookie) {
	g.t.Helper()
	resp, err := g.browser.Get(g.url + path)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, g.read(resp), resp.Cookies()
}

func (g *stateGate) read(resp *http.Response) string {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		g.t.Fatal(err)
	}
	return string(body)
}
