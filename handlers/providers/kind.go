package providers

import (
	"net/http"
	"net/url"
	"time"

	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
)

// Tier says how far a kind can be relied on.
type Tier string

// The tiers: A is tried in every release, B is expected to work, C may need
// help.
const (
	TierA Tier = "A"
	TierB Tier = "B"
	TierC Tier = "C"
)

// EmailTrust says whether a provider's word on an address counts.
type EmailTrust string

// The two trusts. Under TrustVerified an address counts as verified when the
// provider says so of this very address; under TrustNever it never does.
const (
	TrustVerified EmailTrust = "verified"
	TrustNever    EmailTrust = "never"
)

// AuthStyle is how Gatebook proves itself to a token endpoint
// (RFC 6749 §2.3.1). It is fixed before the request, because trying both ways
// would send the same code twice.
type AuthStyle string

// The styles. AuthByMetadata follows the discovery document.
const (
	AuthByMetadata AuthStyle = ""
	AuthInHeader   AuthStyle = "header"
	AuthInParams   AuthStyle = "params"
)

// Needs says how a goth package reaches the network.
type Needs string

// The needs: most packages use the client that they are given; some only
// http.DefaultClient, some only http.DefaultTransport, which Install guards.
const (
	NeedsClient           Needs = "client"
	NeedsDefaultClient    Needs = "default client"
	NeedsDefaultTransport Needs = "default transport"
)

// Kind is one row of the catalogue: all that Gatebook knows of a sort of
// provider. Adding a kind is adding a row.
type Kind struct {
	ID, Label string
	Logo      string // asset name of the picture on the button, "" for none
	Tier      Tier
	Fields    []Field
	Scopes    []string // what is asked for, always explicitly
	PKCE      bool     // S256 unless the settings say otherwise
	Console   string   // where one registers an application, "" where it depends

	Package    string     // the package of goth that speaks to it, "" for Gatebook's own
	EmailTrust EmailTrust // whose word on an address counts by default
	EmailFlag  string     // the key of the verified flag, "" when the provider gives none
	EmailWhy   string     // why the default is what it is, "" where the flag says it all
	Subject    string     // what the subject is, in words
	Namespace  string     // what the namespace is, in words

	IDToken         bool // an ID token is required and verified
	FormPost        bool // the callback arrives as a POST
	StateInCallback bool // the state travels in the callback URL, not beside it
	Params          []string
	AuthStyle       AuthStyle
	Needs           Needs

	fresh, choose string   // parameters for step-up and for choosing an account
	extra         string   // further parameters of the address that people are sent to
	issAlias      string   // a second spelling of the issuer in ID tokens
	hosts         []string // hosts beside the issuer's that discovery may name; ".x" is any host below x
	issuer        string   // the issuer of discovery, where there is but one
	nonceless     bool     // ID tokens come without the nonce that was sent
	noProfile     bool     // the token reply says it all; no profile is asked for
	tokenInPath   bool     // the profile's address ends in the access token
	byToken       bool     // the package asks for the profile without the client, too
	returnTo      string   // the parameter with the callback, for StateInCallback
	trade         trade    // how a code becomes a token; RFC 6749's way when zero

	// endpoints are the fixed ones; nil when they come from discovery.
	endpoints func(Config) (endpoints, error)
	// construct makes goth's provider anew for every attempt.
	construct func(setup) (goth.Provider, error)
	// finishScopes narrows the scopes that goth knows of when it finishes.
	finishScopes func([]string) []string
	// mint makes the client secret of one attempt from the settings.
	mint func(Config, time.Time) (string, error)
	// issuerOf is the issuer that an ID token with these claims must have.
	issuerOf func(Config, claims) (string, error)
	// gate reads a callback that carries no code, and returns what stands for it.
	gate func(*Provider, url.Values) (string, error)
	// vet finds what is wrong with the kind's own settings.
	vet func(Config) []Problem
	// profile reads the identity out of what came back.
	profile func(*arrival) (accounts.Profile, error)
}

// setup is what a constructor of goth's provider needs.
type setup struct {
	cfg                  Config
	id, secret, callback string
	scopes               []string
	ends                 endpoints
	client               *http.Client
}
