package providers

import (
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/openidConnect"
)

// oidcKind is any OpenID Connect provider that can be discovered. A client
// without a secret is a public one, which PKCE alone binds to its attempt.
var oidcKind = Kind{
	ID: "oidc", Label: "OpenID Connect", Package: "openidConnect", Logo: "openid.svg", Tier: TierA,
	Fields: fields(fieldClientID,
		Field{Name: "client_secret", Secret: true, Help: "leave out for a public client, which needs PKCE"},
		Field{Name: "issuer", Required: true, Help: "the issuer exactly as the provider writes it, a trailing slash included"},
		fieldAudiences),
	Scopes: []string{"openid", "profile", "email"},
	PKCE:   true,

	EmailTrust: TrustVerified,
	EmailFlag:  "email_verified",
	Subject:    "the sub claim of the ID token",
	Namespace:  "the issuer",

	IDToken:   true,
	Params:    []string{"code"},
	AuthStyle: AuthByMetadata,
	Needs:     NeedsClient,
	fresh:     "max_age=0&prompt=login",
	choose:    "prompt=select_account",

	construct: func(s setup) (goth.Provider, error) {
		p, err := openidConnect.NewCustomisedURL(s.id, s.secret, s.callback,
			s.ends.auth, s.ends.token, s.ends.issuer, s.ends.userinfo, "", s.scopes...)
		if err != nil {
			return nil, err
		}
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		return a.profile(a.ends.issuer, a.id.text("sub"), a.mailOf())
	},
}
