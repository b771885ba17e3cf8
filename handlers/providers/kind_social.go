package providers

import (
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/discord"
	"github.com/markbates/goth/providers/mailru"
	"github.com/markbates/goth/providers/mastodon"
	"github.com/markbates/goth/providers/nextcloud"
	"github.com/markbates/goth/providers/patreon"
	"github.com/markbates/goth/providers/reddit"
	"github.com/markbates/goth/providers/vk"
	"github.com/markbates/goth/providers/yandex"
)

// discordKind reads the flag that the package ignores.
var discordKind = Kind{
	ID: "discord", Label: "Discord", Package: "discord", Tier: TierA,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"identify", "email"},
	PKCE:    true,
	Console: "https://discord.com/developers/applications",

	EmailTrust: TrustVerified,
	EmailFlag:  "verified",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,

	endpoints: fixed("https://discord.com/api/oauth2/authorize", "https://discord.com/api/oauth2/token", "https://discord.com/api/users/@me"),
	construct: func(s setup) (goth.Provider, error) {
		p := discord.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email", name: "global_name", handle: "username"}.profile,
}

// redditKind has a package that gives a value where others give a pointer, and
// that no client can be set on.
var redditKind = Kind{
	ID: "reddit", Label: "Reddit", Package: "reddit", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"identity"},
	Console: "https://www.reddit.com/prefs/apps",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsDefaultTransport,
	byToken:   true,

	endpoints: fixed("https://www.reddit.com/api/v1/authorize", "https://www.reddit.com/api/v1/access_token", "https://oauth.reddit.com/api/v1/me"),
	construct: func(s setup) (goth.Provider, error) {
		p := reddit.New(s.id, s.secret, s.callback, "temporary", s.ends.token, s.ends.userinfo, s.scopes...)
		return &p, nil
	},
	profile: person{id: "id", handle: "name"}.profile,
}

// mastodonKind is one Mastodon server: ids and applications are per server.
var mastodonKind = Kind{
	ID: "mastodon", Label: "Mastodon", Package: "mastodon", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret,
		Field{Name: "base_url", Help: "the address of the Mastodon server; mastodon.social when left out"}),
	Scopes:  []string{"read:accounts"},
	PKCE:    true,
	Console: "https://mastodon.social/settings/applications",

	EmailTrust: TrustNever,
	Subject:    "the id of the account on its server",
	Namespace:  "the server's host, mastodon.social by default",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: below("https://mastodon.social", "oauth/authorize", "oauth/token", "api/v1/accounts/verify_credentials"),
	construct: func(s setup) (goth.Provider, error) {
		server := s.cfg.BaseURL
		if server == "" {
			server = "https://mastodon.social"
		}
		p := mastodon.NewCustomisedURL(s.id, s.secret, s.callback, server, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", namespace: perServer("mastodon.social")}.profile,
}

// nextcloudKind is one Nextcloud server. Its subject is the login id, which never
// changes, but which an administrator can give to another person after deletion.
var nextcloudKind = Kind{
	ID: "nextcloud", Label: "Nextcloud", Package: "nextcloud", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret, fieldBaseURL),
	PKCE:   true,

	EmailTrust: TrustNever,
	Subject:    "the login id of the account on its server",
	Namespace:  "the server's host",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: below("", "apps/oauth2/authorize", "apps/oauth2/api/v1/token", "ocs/v2.php/cloud/user"),
	construct: func(s setup) (goth.Provider, error) {
		p := nextcloud.NewCustomisedURL(s.id, s.secret, s.callback,
			s.ends.auth, s.ends.token, s.ends.userinfo+"?format=json", s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "ocs.data.id", email: "ocs.data.email", namespace: perServer("")}.profile,
}

// patreonKind asks for the flag beside what the package asks for.
var patreonKind = Kind{
	ID: "patreon", Label: "Patreon", Package: "patreon", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"identity", "identity[email]"},
	PKCE:    true,
	Console: "https://www.patreon.com/portal/registration/register-clients",

	EmailTrust: TrustNever,
	EmailFlag:  "data.attributes.is_email_verified",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://www.patreon.com/oauth2/authorize", "https://www.patreon.com/api/oauth2/token", "https://www.patreon.com/api/oauth2/v2/identity"),
	construct: func(s setup) (goth.Provider, error) {
		p := patreon.NewCustomisedURL(s.id, s.secret, s.callback, s.ends.auth, s.ends.token,
			s.ends.userinfo+"?fields%5Buser%5D=created,email,full_name,image_url,is_email_verified,vanity", s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "data.id", email: "data.attributes.email"}.profile,
}

// vkKind speaks to the older of VK's two services. The address comes in the token
// reply; a person without one cannot sign in, because the package insists on it.
// VK answers with an error where PKCE is sent.
var vkKind = Kind{
	ID: "vk", Label: "VK", Package: "vk", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"email"},
	Console: "https://vk.com/apps?act=manage",

	EmailTrust: TrustNever,
	Subject:    "the numeric id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://oauth.vk.com/authorize", "https://oauth.vk.com/access_token", "https://api.vk.com/method/users.get"),
	construct: func(s setup) (goth.Provider, error) {
		p := vk.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		return a.profile("", a.info.digitsAt("response.0.id"),
			mail{address: a.back.token.said.text("email"), by: "the token reply of " + a.p.Host()})
	},
}

// yandexKind sends people to one domain and codes to another.
var yandexKind = Kind{
	ID: "yandex", Label: "Yandex", Package: "yandex", Tier: TierA,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"login:email", "login:info", "login:avatar"},
	PKCE:    true,
	Console: "https://oauth.yandex.com/client/new",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsDefaultClient,

	endpoints: fixed("https://oauth.yandex.ru/authorize", "https://oauth.yandex.com/token", "https://login.yandex.ru/info"),
	construct: func(s setup) (goth.Provider, error) {
		p := yandex.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "default_email"}.profile,
}

// mailruKind has a package that no client can be set on.
var mailruKind = Kind{
	ID: "mailru", Label: "Mail.ru", Package: "mailru", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"userinfo"},
	PKCE:    true,
	Console: "https://oauth.mail.ru/app/",

	EmailTrust: TrustNever,
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsDefaultClient,
	byToken:   true,

	endpoints: fixed("https://oauth.mail.ru/login", "https://oauth.mail.ru/token", "https://oauth.mail.ru/userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		return mailru.New(s.id, s.secret, s.callback, s.scopes...), nil
	},
	profile: person{id: "id", email: "email"}.profile,
}
