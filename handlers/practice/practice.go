// Package practice serves three small but real identity providers on one
// loopback port: Harbor and Meadow speak OpenID Connect, Forge speaks plain
// OAuth 2.0 in the shape of a GitHub Enterprise server. The demo and the tests
// sign in with them; whoever presses a button is that person, so it refuses to
// answer anything but this computer.
package practice

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Options say where the practice providers stand and whom they serve.
type Options struct {
	// Issuer is the base URL under which the Server is reached, such as
	// "http://localhost:8081": a loopback host, no path. Harbor's issuer is
	// Issuer + "/harbor".
	Issuer string
	// RedirectURIs lists the callback URLs registered at a provider. It is asked
	// at every authorization, by many goroutines at once, and compared exactly.
	RedirectURIs func(providerID string) []string
	// Now is the clock of codes and tokens; nil means time.Now.
	Now func() time.Time
}

// Practice is what a client needs to know to sign people in with one provider.
type Practice struct {
	ID, Label    string
	Kind         string // "oidc" or "github"
	ClientID     string
	ClientSecret string
	Issuer       string // of an "oidc" provider
	BaseURL      string // of a "github" provider
}

// Server is the http.Handler of the three providers. Clients, keys, codes and
// tokens live in its memory only and are new with every Server.
type Server struct {
	opts      Options
	base      string
	mux       *http.ServeMux
	providers []*provider
	ledger    *ledger
}

// provider is one practice provider of a Server. It is not written to after
// New, but for its fault and its counters.
type provider struct {
	brand
	srv          *Server
	base         string // URL of the provider, and the issuer of an OpenID one
	clientID     string
	clientSecret string
	key          func() (*signingKey, error) // nil at Forge
	check        func(url.Values) *refusal
	fault        atomic.Pointer[activeFault]
	hits         map[string]*atomic.Int64
}

// New makes the three providers with random clients. It fails where Issuer is
// not the bare URL of a loopback host or RedirectURIs is missing.
func New(o Options) (*Server, error) {
	base, err := checkIssuer(o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("practice: %w", err)
	}
	if o.RedirectURIs == nil {
		return nil, errors.New("practice: no redirect URIs")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{opts: o, base: base, mux: http.NewServeMux(), ledger: newLedger(o.Now)}
	for _, b := range brands {
		s.providers = append(s.providers, s.add(b))
	}
	return s, nil
}

func (s *Server) add(b brand) *provider {
	p := &provider{
		brand: b, srv: s, base: s.base + "/" + b.ID,
		clientID: b.ID + "-" + rand.Text()[:12], clientSecret: newSecret(),
		check: checkForge, hits: map[string]*atomic.Int64{},
	}
	if b.Kind == kindOIDC {
		p.check, p.key = checkOIDC, newSigningKey()
	}
	p.fault.Store(&activeFault{lifted: make(chan struct{})})
	p.mount(s.mux)
	return p
}

// newSecret is an unguessable text of 260 bits, for secrets, codes and tokens.
func newSecret() string { return rand.Text() + rand.Text() }

// Providers lists the three, in the order in which the demo shows them.
func (s *Server) Providers() []Practice {
	var list []Practice
	for _, p := range s.providers {
		about := Practice{ID: p.ID, Label: p.Label, Kind: p.Kind, ClientID: p.clientID, ClientSecret: p.clientSecret}
		if p.Kind == kindOIDC {
			about.Issuer = p.base
		} else {
			about.BaseURL = p.base
		}
		list = append(list, about)
	}
	return list
}

// Hits counts the requests that an endpoint of a provider has had: "authorize"
// (its page and its answer are one each), "token", "userinfo", and "discovery"
// and "jwks" at the OpenID ones, "emails" at Forge. A name that does not exist
// panics, lest a test count nothing.
func (s *Server) Hits(providerID, endpoint string) int {
	n, ok := s.provider(providerID).hits[endpoint]
	if !ok {
		panic(fmt.Sprintf("practice: %s has no endpoint %q", providerID, endpoint))
	}
	return int(n.Load())
}

// provider finds one by its id and panics for a wrong one.
func (s *Server) provider(id string) *provider {
	for _, p := range s.providers {
		if p.ID == id {
			return p
		}
	}
	panic(fmt.Sprintf("practice: no provider %q", id))
}

// ServeHTTP answers requests that come from this computer and ask for it by a
// loopback name; the second keeps out pages whose own name was made to resolve
// to 127.0.0.1. Everything else is 403.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || !loopbackHost(hostname(r.Host)) {
		http.Error(w, "practice providers answer this computer only", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func checkIssuer(issuer string) (string, error) {
	u, err := url.Parse(strings.TrimSuffix(issuer, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("issuer %q is not a web address", issuer)
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("issuer %q is more than scheme, host and port", issuer)
	}
	if !loopbackHost(u.Hostname()) {
		return "", fmt.Errorf("issuer %q is not on loopback", issuer)
	}
	return u.String(), nil
}

// hostname cuts the port off a Host header.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

func loopbackHost(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}
