// Package providers carries a visitor's trip to an external provider and back:
// the catalogue of kinds, the start and the finish of an attempt, the checks
// of what came back, and the one hardened transport under all of it. It is the
// only importer of goth, keeps no rows and answers no HTTP requests.
package providers

import (
	"net/url"
	"slices"
	"time"
)

// Set is the configured providers. It never changes after NewSet.
type Set struct {
	list []*Provider
	byID map[string]*Provider
}

// List is every provider, in the order of the settings.
func (s *Set) List() []*Provider { return slices.Clone(s.list) }

// Get finds a provider by its id.
func (s *Set) Get(id string) (*Provider, bool) {
	p, ok := s.byID[id]
	return p, ok
}

// Provider is one configured instance of a kind. Nothing of a single sign-in
// is ever written on it, but for how the provider itself did.
type Provider struct {
	cfg    Config
	kind   Kind
	scopes []string
	pkce   bool
	trust  EmailTrust
	fixed  *endpoints // nil when discovery says where things are
	disc   *discovery // nil when fixed
	shared *shared

	breaker breaker
}

// ID is the instance's id, as in the callback URL.
func (p *Provider) ID() string { return p.cfg.ID }

// Kind is the instance's row of the catalogue.
func (p *Provider) Kind() Kind { return p.kind }

// Label is the name on the button.
func (p *Provider) Label() string {
	if p.cfg.Label != "" {
		return p.cfg.Label
	}
	return p.kind.Label
}

// Logo is the asset name of the picture on the button, "" for none.
func (p *Provider) Logo() string { return p.kind.Logo }

// Icon is the operator's own picture, zero when there is none.
func (p *Provider) Icon() Icon { return p.cfg.Icon }

// CallbackURL is the redirect URI to register at the provider.
func (p *Provider) CallbackURL() string {
	return p.shared.url + "/signin/" + p.cfg.ID + "/callback"
}

// Scopes is what every attempt asks for.
func (p *Provider) Scopes() []string { return slices.Clone(p.scopes) }

// PKCE says whether a code is bound to its attempt by RFC 7636 (S256).
func (p *Provider) PKCE() bool { return p.pkce }

// EmailTrust says whether this instance's word on an address counts.
func (p *Provider) EmailTrust() EmailTrust { return p.trust }

// Host is where the person is sent: host, and port when it is unusual.
func (p *Provider) Host() string {
	where := p.cfg.Issuer
	if p.fixed != nil {
		where = p.fixed.auth
	}
	u, err := url.Parse(where)
	if err != nil {
		return ""
	}
	return u.Host
}

// StartOptions is what the caller wants of the trip beyond signing in.
type StartOptions struct {
	Fresh         bool // the person is to prove themselves again
	ChooseAccount bool // the person is to choose which account to use
}

// Trip is a started trip. State, Verifier, Nonce and Session belong into the
// attempt's row, URL into the visitor's browser; none of them into a log.
type Trip struct {
	State, Verifier, Nonce string
	Session                string // goth's session text
	URL                    string
	Fresh                  bool
}

// Return is what the consumed attempt's row held and what the callback brought.
type Return struct {
	Verifier, Nonce string
	Session         string
	Fresh           bool
	StartedAt       time.Time
	Query           url.Values
}
