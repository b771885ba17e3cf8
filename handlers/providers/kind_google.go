package providers

import (
	"strings"

	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/google"
)

// googleKind has fixed endpoints: discovery would only add a way to fail.
// Google has no way to ask for a new proof of the person; choosing the account
// is the nearest it offers.
var googleKind = Kind{
	ID: "google", Label: "Google", Package: "google", Logo: "google.svg", Tier: TierA,
	Fields:  fields(fieldClientID, fieldSecret, fieldAudiences),
	Scopes:  []string{"openid", "profile", "email"},
	PKCE:    true,
	Console: "https://console.cloud.google.com/apis/credentials",

	EmailTrust: TrustVerified,
	EmailFlag:  "email_verified",
	Subject:    "the sub claim of the ID token",
	Namespace:  "the issuer",

	IDToken:   true,
	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	fresh:     "prompt=select_account",
	choose:    "prompt=select_account",
	issAlias:  "accounts.google.com", // Google documents both spellings

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			issuer:   "https://accounts.google.com",
			auth:     google.Endpoint.AuthURL,
			token:    google.Endpoint.TokenURL,
			userinfo: "https://www.googleapis.com/oauth2/v2/userinfo",
			jwks:     "https://www.googleapis.com/oauth2/v3/certs",
			algs:     []string{"RS256"},
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := google.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		p.SetAccessType("online") // no refresh token: it would never be used
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		m := a.mailOf()
		m.authority = googleOwns(m.address, a.id.text("hd"))
		return a.profile(a.ends.issuer, a.id.text("sub"), m)
	},
}

// googleOwns says whether Google itself runs the address's mailbox: a Gmail
// one, or one of the Workspace domain that the ID token names. Any other
// address was merely confirmed once.
func googleOwns(address, hosted string) bool {
	_, domain, _ := strings.Cut(lowerASCII(address), "@")
	return domain == "gmail.com" || domain != "" && domain == lowerASCII(hosted)
}
