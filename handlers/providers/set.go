package providers

import (
	"log/slog"
	"slices"
	"strings"
	"time"
)

// shared is what all providers of a Set have in common.
type shared struct {
	url  string
	now  func() time.Time
	log  *slog.Logger
	wire *wire
	seen nonces // of assertions, each of which counts once

	changed Changed
}

// NewSet makes the providers of the settings. One that is not right is left
// out and named by its problems; the others are unaffected. It never touches
// the network: a provider that is down keeps nothing from starting.
func NewSet(cfgs []Config, o Options) (*Set, []Problem) {
	sh := &shared{url: strings.TrimSuffix(o.URL, "/"), now: o.Now, log: o.Log, wire: newWire(o.hooks), changed: o.Changed}
	if sh.now == nil {
		sh.now = time.Now
	}
	if sh.log == nil {
		sh.log = slog.New(slog.DiscardHandler)
	}
	set := &Set{byID: make(map[string]*Provider, len(cfgs))}
	var problems []Problem
	for _, c := range cfgs {
		p, found := newProvider(c, sh)
		if len(found) == 0 && set.byID[c.ID] != nil {
			found = []Problem{problem(c, "", "a provider of this id exists already", "choose another id")}
		}
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		set.list = append(set.list, p)
		set.byID[c.ID] = p
	}
	return set, problems
}

func newProvider(c Config, sh *shared) (*Provider, []Problem) {
	if c.Kind == "" {
		c.Kind = c.ID
	}
	kind, problems := checkConfig(c)
	if len(problems) > 0 {
		return nil, problems
	}
	p := &Provider{
		cfg: c, kind: kind, shared: sh,
		scopes: slices.Clone(kind.Scopes), pkce: kind.PKCE, trust: kind.EmailTrust,
	}
	if len(c.Scopes) > 0 {
		p.scopes = slices.Clone(c.Scopes)
	}
	if c.PKCE != nil {
		p.pkce = *c.PKCE
	}
	if c.EmailTrust != "" {
		p.trust = EmailTrust(c.EmailTrust)
	}
	if err := p.locate(); err != nil {
		return nil, []Problem{problem(c, "base_url", "base_url "+err.Error(), "")}
	}
	return p, nil
}

// locate finds the endpoints, or prepares to discover them.
func (p *Provider) locate() error {
	if p.kind.endpoints == nil {
		if p.kind.issuer != "" && p.cfg.Issuer == "" {
			p.cfg.Issuer = p.kind.issuer
		}
		p.disc = &discovery{
			issuer: p.cfg.Issuer, kind: p.kind, now: p.shared.now, beside: hostOf(p.cfg.BaseURL),
			lane: lane{wire: p.shared.wire, hosts: map[string]bool{hostOf(p.cfg.Issuer): true}, private: p.cfg.AllowPrivate},
		}
		return nil
	}
	ends, err := p.kind.endpoints(p.cfg)
	if err != nil {
		return err
	}
	ends.style = p.kind.AuthStyle
	if ends.jwks != "" {
		ends.keys = newKeyring(ends.jwks, p.lane(ends), p.shared.now)
	}
	p.fixed = &ends
	return nil
}

// finishScopes is what goth is told of the scopes when a trip ends.
func (p *Provider) finishScopes() []string {
	if p.kind.finishScopes == nil {
		return p.scopes
	}
	return p.kind.finishScopes(slices.Clone(p.scopes))
}
