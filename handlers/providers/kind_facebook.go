package providers

import (
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/facebook"
)

// facebookKind gives an id that is the person's within one application only:
// another Facebook application is another provider to Gatebook.
var facebookKind = Kind{
	ID: "facebook", Label: "Facebook", Package: "facebook", Logo: "facebook.svg", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"email", "public_profile"},
	PKCE:    true,
	Console: "https://developers.facebook.com/apps/",

	EmailTrust: TrustNever, // Facebook does not say whether an address is verified
	Subject:    "the id of the person within the application",
	Namespace:  "the client id: ids differ from one application to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	fresh:     "auth_type=reauthenticate",

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			auth:     "https://www.facebook.com/dialog/oauth",
			token:    "https://graph.facebook.com/oauth/access_token",
			userinfo: "https://graph.facebook.com/me",
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := facebook.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p.SetCustomFields([]string{"id", "name", "email", "picture"}), nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here; Facebook gives no handle
		return a.profile(a.p.cfg.ClientID, a.info.text("id"), a.mailOf())
	},
}
