package providers

import (
	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/paypal"
	"github.com/markbates/goth/providers/yahoo"
	"github.com/markbates/goth/providers/zoom"
)

// yahooKind reads the flag that the package drops.
var yahooKind = Kind{
	ID: "yahoo", Label: "Yahoo", Package: "yahoo", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"openid", "email", "profile"},
	PKCE:    true,
	Console: "https://developer.yahoo.com/apps/",

	EmailTrust: TrustNever,
	EmailFlag:  "email_verified",
	Subject:    "the sub of the profile",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token", "https://api.login.yahoo.com/openid/v1/userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		p := yahoo.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "sub", email: "email"}.profile,
}

// zoomKind has a flag that is a number, which is no word on the address.
var zoomKind = Kind{
	ID: "zoom", Label: "Zoom", Package: "zoom", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"user:read"},
	PKCE:    true,
	Console: "https://marketplace.zoom.us/",

	EmailTrust: TrustNever,
	EmailWhy:   "the flag of the reply is a number and speaks of the account",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://zoom.us/oauth/authorize", "https://zoom.us/oauth/token", "https://zoom.us/v2/users/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := zoom.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email"}.profile,
}

// paypalKind names its addresses itself: by default the package takes them from
// the environment of the process.
var paypalKind = Kind{
	ID: "paypal", Label: "PayPal", Package: "paypal", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"openid", "profile", "email"},
	Console: "https://developer.paypal.com/dashboard/applications",

	EmailTrust: TrustNever,
	Subject:    "the user_id, which is an address",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://www.paypal.com/webapps/auth/protocol/openidconnect/v1/authorize", "https://www.paypal.com/webapps/auth/protocol/openidconnect/v1/tokenservice", "https://www.paypal.com/webapps/auth/protocol/openidconnect/v1/userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		p := paypal.NewCustomisedURL(s.id, s.secret, s.callback, s.ends.auth, s.ends.token, s.ends.userinfo, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "user_id", email: "email"}.profile,
}
