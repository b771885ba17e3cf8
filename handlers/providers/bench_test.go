package providers

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// world are the fixed hosts of the kinds; the bench leads them all to the fake.
var world = []string{
	"github.com", "api.github.com", "accounts.google.com", "oauth2.googleapis.com",
	"www.googleapis.com", "www.facebook.com", "graph.facebook.com",
}

// bench is one configured provider and the fake behind it.
type bench struct {
	*fake
	p       *Provider
	set     *Set
	opts    Options
	browser *http.Client
	skip    atomic.Int64 // how far the clock was moved on
	log     bytes.Buffer
}

// newBench configures a provider of the kind, "ghe" being GitHub's by base_url.
func newBench(t *testing.T, kind string, change ...func(*Config, *Options)) *bench {
	t.Helper()
	b := &bench{fake: newFake(t)}
	b.opts = Options{URL: "https://gate.test", Now: func() time.Time { return time.Now().Add(time.Duration(b.skip.Load())) }}
	b.opts.Log = slog.New(slog.NewTextHandler(&b.log, nil))
	c := Config{ID: "one", Kind: kind, ClientID: "client", ClientSecret: canary + "-secret"}
	b.connect(kind, &c)
	for _, f := range change {
		f(&c, &b.opts)
	}
	b.configure(c)
	return b
}

func (b *bench) connect(kind string, c *Config) {
	pool := &http.Transport{}
	switch kind {
	case "oidc":
		b.server.Start()
		b.issuer, c.Issuer, c.AllowPrivate = b.server.URL, b.server.URL, true
	case "ghe":
		b.server.Start()
		c.Kind, c.BaseURL, c.AllowPrivate = "github", b.server.URL, true
	default:
		roots := b.startTLS()
		b.opts.hooks = hooks{roots: roots, dial: b.dial}
		pool = &http.Transport{DialContext: b.dial, TLSClientConfig: &tls.Config{RootCAs: roots}}
	}
	if kind == "google" {
		b.issuer = "https://accounts.google.com"
	}
	if c.Kind == "github" {
		b.profile = func(sub string) any {
			return map[string]any{"id": 1000 + len(sub), "login": sub, "name": "Ada " + sub, "email": "shown@mail.test"}
		}
		b.emails = func(sub string) any {
			return []any{
				map[string]any{"email": "other@mail.test", "primary": false, "verified": true},
				map[string]any{"email": sub + "@mail.test", "primary": true, "verified": true},
			}
		}
	}
	b.browser = client(pool)
	b.t.Cleanup(pool.CloseIdleConnections)
}

func (b *bench) configure(c Config) {
	b.t.Helper()
	set, problems := NewSet([]Config{c}, b.opts)
	if len(problems) > 0 {
		b.t.Fatal(problems)
	}
	b.set = set
	b.p, _ = set.Get(c.ID)
	b.t.Cleanup(func() {
		for _, pool := range b.p.shared.wire.pools {
			pool.CloseIdleConnections()
		}
	})
}

func (b *bench) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, b.server.Listener.Addr().String())
}

var testCertificate = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key := testKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: world,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
})

func (b *bench) startTLS() *x509.CertPool {
	cert, pool := testCertificate()
	b.server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	b.server.StartTLS()
	return pool
}

// start begins a trip that must begin.
func (b *bench) start(o StartOptions) Trip {
	b.t.Helper()
	trip, err := b.p.Start(context.Background(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return trip
}

// follow is the browser's part: it signs in as sub and brings the callback's
// parameters.
func (b *bench) follow(trip Trip, sub string) url.Values {
	b.t.Helper()
	resp, err := b.browser.Get(trip.URL + "&as=" + sub)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	q := to.Query()
	if q.Get("state") != trip.State || !strings.HasPrefix(to.String(), b.p.CallbackURL()+"?") {
		b.t.Fatalf("the provider sent the browser to %s", to)
	}
	if b.callback != nil {
		b.callback(q)
	}
	return q
}

// came is what the handlers hand to Finish.
func came(trip Trip, q url.Values, started time.Time) Return {
	return Return{
		Verifier: trip.Verifier, Nonce: trip.Nonce, Session: trip.Session,
		Fresh: trip.Fresh, StartedAt: started, Query: q,
	}
}

// run makes a whole trip.
func (b *bench) run(sub string) (accounts.Profile, error) {
	b.t.Helper()
	started := time.Now()
	trip := b.start(StartOptions{})
	return b.p.Finish(context.Background(), came(trip, b.follow(trip, sub), started))
}

// refused asserts that a trip ends in this failure, that its text tells no
// secret, and which routes were asked how often: those not named, never.
func (b *bench) refused(reason event.Reason, check string, asked map[string]int) {
	b.t.Helper()
	b.mu.Lock()
	b.hits, b.forms = nil, nil
	b.mu.Unlock()
	profile, err := b.run("ada")
	wantFailure(b.t, err, reason, check)
	if profile.Subject != "" {
		b.t.Errorf("a refused trip gave the subject %q", profile.Subject)
	}
	for _, route := range []string{"token", "profile", "emails"} {
		if got := b.count(route); got != asked[route] {
			b.t.Errorf("%s was asked %d times, want %d", route, got, asked[route])
		}
	}
}

func wantFailure(t *testing.T, err error, reason event.Reason, check string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("error %v is no *Failure, want %v", err, reason)
	}
	if f.Reason != reason || check != "" && f.Check != check {
		t.Errorf("failure %q (%v, check %q), want %v, check %q", f, f.Reason, f.Check, reason, check)
	}
	if strings.Contains(f.Error(), canary) || strings.Contains(f.Error(), "?") || strings.Contains(f.Error(), "://") {
		t.Errorf("A11: the failure's text tells too much: %q", f)
	}
}
