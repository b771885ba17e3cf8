package providers

import (
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/amazon"
	"github.com/markbates/goth/providers/box"
	"github.com/markbates/goth/providers/classlink"
	"github.com/markbates/goth/providers/dropbox"
	"github.com/markbates/goth/providers/hubspot"
	"github.com/markbates/goth/providers/intercom"
	"github.com/markbates/goth/providers/uber"
)

// amazonKind is Login with Amazon.
var amazonKind = Kind{
	ID: "amazon", Label: "Amazon", Package: "amazon", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"profile"},
	PKCE:    true,
	Console: "https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://www.amazon.com/ap/oa", "https://api.amazon.com/auth/o2/token", "https://api.amazon.com/user/profile"),
	construct: func(s setup) (goth.Provider, error) {
		p := amazon.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here
		return person{id: "user_id", email: "email"}.profile(a)
	},
}

// boxKind takes its scope from the application as registered, too.
var boxKind = Kind{
	ID: "box", Label: "Box", Package: "box", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"root_readonly"},
	PKCE:    true,
	Console: "https://app.box.com/developers/console",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://app.box.com/api/oauth2/authorize", "https://app.box.com/api/oauth2/token", "https://api.box.com/2.0/users/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := box.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here
		return person{id: "id", email: "login"}.profile(a)
	},
}

// classlinkKind is for schools in the United States.
var classlinkKind = Kind{
	ID: "classlink", Label: "ClassLink", Package: "classlink", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"profile"},
	Console: "https://launchpad.classlink.com/",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://launchpad.classlink.com/oauth2/v2/auth", "https://launchpad.classlink.com/oauth2/v2/token", "https://nodeapi.classlink.com/v2/my/info"),
	construct: func(s setup) (goth.Provider, error) {
		p := classlink.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "UserId", digits: true, email: "Email"}.profile,
}

// dropboxKind asks for the profile by POST. Its package sends no scopes: those of
// the application as registered hold.
var dropboxKind = Kind{
	ID: "dropbox", Label: "Dropbox", Package: "dropbox", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	PKCE:    true,
	Console: "https://www.dropbox.com/developers/apps",

	EmailTrust: TrustNever,
	EmailFlag:  "email_verified",
	Subject:    "the account_id",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: func(Config) (endpoints, error) {
		me := "https://api.dropbox.com/2/users/get_current_account"
		return endpoints{
			auth: "https://www.dropbox.com/oauth2/authorize", token: "https://api.dropbox.com/oauth2/token",
			userinfo: me, posts: []string{me},
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := dropbox.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth puts the address here
		return person{id: "account_id", email: "email", name: "name.display_name"}.profile(a)
	},
}

// hubspotKind asks about the token itself, in the path of the address.
var hubspotKind = Kind{
	ID: "hubspot", Label: "HubSpot", Package: "hubspot", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"oauth"},
	Console: "https://developers.hubspot.com/",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:      []string{"code"},
	AuthStyle:   AuthInParams,
	Needs:       NeedsClient,
	tokenInPath: true,

	endpoints: fixed("https://app.hubspot.com/oauth/authorize", "https://api.hubapi.com/oauth/v1/token", "https://api.hubapi.com/oauth/v1/access-tokens/"),
	construct: func(s setup) (goth.Provider, error) {
		p := hubspot.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "user_id", digits: true, email: "user"}.profile,
}

// intercomKind signs in the people who work with Intercom. Its package puts the
// client secret into the address of the token request; the transport sends it in
// the body.
var intercomKind = Kind{
	ID: "intercom", Label: "Intercom", Package: "intercom", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Console: "https://app.intercom.com/a/developer-signup",

	EmailTrust: TrustNever,
	EmailFlag:  "email_verified",
	Subject:    "the id of the admin",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,

	endpoints: fixed("https://app.intercom.io/oauth", "https://api.intercom.io/auth/eagle/token", "https://api.intercom.io/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := intercom.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email"}.profile,
}

// uberKind needs an application that Uber has approved.
var uberKind = Kind{
	ID: "uber", Label: "Uber", Package: "uber", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"profile"},
	Console: "https://developer.uber.com/dashboard",

	EmailTrust: TrustNever,
	Subject:    "the uuid of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://login.uber.com/oauth/authorize", "https://login.uber.com/oauth/token", "https://api.uber.com/v1/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := uber.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "uuid", email: "email"}.profile,
}
