package practice

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// callback is the registered address of every client in these tests. Nothing
// listens there: clients read the redirect instead of following it.
const callback = "http://127.0.0.1:9/cb?tenant=a%20b"

// clock is a hand-turned clock.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// rig is a Server that listens, with its clock.
type rig struct {
	*Server
	clock *clock
	web   *http.Client // follows no redirect
}

func newRig(t *testing.T) *rig {
	t.Helper()
	c := &clock{at: time.Now().Truncate(time.Second)}
	hs := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(hs.Listener.Addr().String(), ":")
	s, err := New(Options{
		Issuer:       "http://localhost:" + port,
		RedirectURIs: func(string) []string { return []string{"http://127.0.0.1:9/other", callback} },
		Now:          c.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	hs.Config.Handler = s
	hs.Start()
	t.Cleanup(hs.Close)
	web := &http.Client{
		Transport:     hs.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &rig{Server: s, clock: c, web: web}
}

func (g *rig) ctx(t *testing.T) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, g.web)
}

// practice finds one provider in the public list.
func (g *rig) practice(t *testing.T, id string) Practice {
	t.Helper()
	for _, p := range g.Providers() {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no provider %s", id)
	return Practice{}
}

// config is an x/oauth2 client of the provider, which knows only what Practice
// says and, at an OpenID one, what discovery says.
func (g *rig) config(t *testing.T, id string) *oauth2.Config {
	t.Helper()
	p := g.practice(t, id)
	cfg := &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: callback}
	if p.Kind == "oidc" {
		op, err := oidc.NewProvider(g.ctx(t), p.Issuer)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Endpoint, cfg.Scopes = op.Endpoint(), []string{"openid", "profile", "email"}
		return cfg
	}
	cfg.Endpoint = oauth2.Endpoint{AuthURL: p.BaseURL + "/login/oauth/authorize", TokenURL: p.BaseURL + "/login/oauth/access_token"}
	cfg.Scopes = []string{"read:user", "user:email"}
	return cfg
}

// trip is one authorization on its way.
type trip struct {
	cfg                    *oauth2.Config
	state, nonce, verifier string
}

func newTrip(cfg *oauth2.Config) trip {
	return trip{cfg: cfg, state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
}

// url is the authorization request with the button already pressed.
func (tr trip) url(persona string, more ...string) string {
	opts := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(tr.verifier),
		oauth2.SetAuthURLParam("nonce", tr.nonce),
		oauth2.SetAuthURLParam("persona", persona),
	}
	for i := 0; i+1 < len(more); i += 2 {
		opts = append(opts, oauth2.SetAuthURLParam(more[i], more[i+1]))
	}
	return tr.cfg.AuthCodeURL(tr.state, opts...)
}

// get returns a reply with its body.
func (g *rig) get(t *testing.T, target string) (*http.Response, string) {
	t.Helper()
	res, err := g.web.Get(target)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// back follows an authorization to its redirect and returns the parameters that
// the provider added to the callback.
func (g *rig) back(t *testing.T, target string) url.Values {
	t.Helper()
	res, body := g.get(t, target)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("authorize answered %d: %s", res.StatusCode, body)
	}
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	if to.Host != "127.0.0.1:9" || to.Path != "/cb" || q.Get("tenant") != "a b" {
		t.Fatalf("sent back to %s", to)
	}
	q.Del("tenant")
	return q
}

// code signs a persona in and returns the code.
func (g *rig) code(t *testing.T, tr trip, persona string) string {
	t.Helper()
	q := g.back(t, tr.url(persona))
	if q.Get("code") == "" || q.Get("state") != tr.state {
		t.Fatalf("no code or another state: %v", q)
	}
	return q.Get("code")
}
