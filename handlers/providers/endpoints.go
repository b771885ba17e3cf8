package providers

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// endpoints is where a provider's parts are, and what it promises of them:
// from the kind's row or from discovery. The URLs are in the spelling that
// net/url prints, so that they can be compared with a request's.
type endpoints struct {
	issuer                string // "" where the kind has no ID tokens
	auth, token, userinfo string
	emails                string   // where the list of addresses is, "" for none
	more                  []string // further addresses that the back channel may GET
	posts                 []string // those that it may POST to beside the token request
	upgrade               bool     // plain http to these hosts is sent as https
	clientKey             string   // what the client id is called, client_id when ""
	jwks                  string
	algs                  []string // asymmetric algorithms of ID tokens
	promisesIss           bool     // every callback carries iss (RFC 9207 §3)
	noChooser             bool     // the document does not list prompt=select_account
	style                 AuthStyle
	keys                  *keyring // nil where the kind has no ID tokens
}

// hosts is every host that the back channel may ask: those of the endpoints.
// Discovery has already tied each of them to the issuer's.
func (e endpoints) hosts() map[string]bool {
	hosts := make(map[string]bool)
	for _, address := range slices.Concat([]string{e.token, e.userinfo, e.emails, e.jwks}, e.more, e.posts) {
		if address != "" {
			hosts[hostOf(address)] = true
		}
	}
	return hosts
}

// idName is the parameter that carries the client id.
func (e endpoints) idName() string {
	if e.clientKey != "" {
		return e.clientKey
	}
	return "client_id"
}

// fixed are endpoints that do not depend on the settings: where people are
// sent, where codes are exchanged, and where the profile is.
func fixed(auth, token, userinfo string, more ...string) func(Config) (endpoints, error) {
	return func(Config) (endpoints, error) {
		return endpoints{auth: auth, token: token, userinfo: userinfo, more: more}, nil
	}
}

// below are endpoints below the configured base_url, or below the standard
// server where none is configured.
func below(standard, auth, token, userinfo string) func(Config) (endpoints, error) {
	return func(c Config) (endpoints, error) {
		if c.BaseURL == "" {
			c.BaseURL = standard
		}
		base, err := checkURL(c.BaseURL, c.AllowPrivate)
		if err != nil {
			return endpoints{}, err
		}
		at := func(path string) string { return base.JoinPath(path).String() }
		return endpoints{auth: at(auth), token: at(token), userinfo: at(userinfo)}, nil
	}
}

func (p *Provider) lane(e endpoints) lane {
	return lane{wire: p.shared.wire, hosts: e.hosts(), private: p.cfg.AllowPrivate}
}

// checkURL reads an absolute web address and returns it as net/url prints it.
// Plain http needs private, and a host that can be on a private network: a
// name is given the benefit of the doubt, because the dial guard judges the
// address it leads to.
func checkURL(raw string, private bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("is not a web address")
	case u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("is not a full web address")
	case u.User != nil:
		return nil, errors.New("holds a user name or password")
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return nil, errors.New("holds a fragment")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme != "http":
		return nil, errors.New("does not start with https://")
	case !private:
		return nil, errors.New("is not https")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !reachPrivateOnly.allows(ip) {
		return nil, fmt.Errorf("is plain http to an address outside private networks")
	}
	return u, nil
}
