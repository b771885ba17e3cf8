package providers

import (
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/bitbucket"
	"github.com/markbates/goth/providers/cloudfoundry"
	"github.com/markbates/goth/providers/digitalocean"
	"github.com/markbates/goth/providers/gitea"
	"github.com/markbates/goth/providers/gitlab"
	"github.com/markbates/goth/providers/heroku"
)

// gitlabKind asks API v4: the address that the package has by default is of
// version 3, which is gone. The kind gitlab-oidc does the same by OpenID Connect.
var gitlabKind = Kind{
	ID: "gitlab", Label: "GitLab", Package: "gitlab", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret,
		Field{Name: "base_url", Help: "the address of a self-managed GitLab; gitlab.com when left out"}),
	Scopes:  []string{"read_user"},
	PKCE:    true,
	Console: "https://gitlab.com/-/user_settings/applications",

	EmailTrust: TrustNever,
	EmailWhy:   "this reply has no flag; the kind gitlab-oidc has one",
	Subject:    "the numeric id of the account",
	Namespace:  "the server's host, gitlab.com by default",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: below("https://gitlab.com", "oauth/authorize", "oauth/token", "api/v4/user"),
	construct: func(s setup) (goth.Provider, error) {
		p := gitlab.NewCustomisedURL(s.id, s.secret, s.callback, s.ends.auth, s.ends.token, s.ends.userinfo, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", digits: true, email: "email", namespace: perServer("gitlab.com")}.profile,
}

// giteaKind is Gitea, or Forgejo by its base_url. The package shows the token in
// the query, which a server may refuse; the kind forgejo avoids that.
var giteaKind = Kind{
	ID: "gitea", Label: "Gitea", Package: "gitea", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret,
		Field{Name: "base_url", Help: "the address of the Gitea or Forgejo server; gitea.com when left out"}),
	Scopes:  []string{"read:user"},
	PKCE:    true,
	Console: "https://gitea.com/user/settings/applications",

	EmailTrust: TrustNever,
	EmailWhy:   "a server can be set not to verify addresses",
	Subject:    "the numeric id of the account",
	Namespace:  "the server's host, gitea.com by default",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: below("https://gitea.com", "login/oauth/authorize", "login/oauth/access_token", "api/v1/user"),
	construct: func(s setup) (goth.Provider, error) {
		p := gitea.NewCustomisedURL(s.id, s.secret, s.callback, s.ends.auth, s.ends.token, s.ends.userinfo, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", digits: true, email: "email", namespace: perServer("gitea.com")}.profile,
}

// bitbucketKind refuses PKCE, as others found.
var bitbucketKind = Kind{
	ID: "bitbucket", Label: "Bitbucket", Package: "bitbucket", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"account", "email"},
	Console: "https://bitbucket.org/account/settings/",

	EmailTrust: TrustVerified,
	EmailFlag:  "is_confirmed",
	Subject:    "the uuid of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			auth: "https://bitbucket.org/site/oauth2/authorize", token: "https://bitbucket.org/site/oauth2/access_token",
			userinfo: "https://api.bitbucket.org/2.0/user", emails: "https://api.bitbucket.org/2.0/user/emails",
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		p := bitbucket.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		return a.profile("", a.info.text("uuid"), a.bitbucketMail())
	},
}

// digitaloceanKind has a flag of its own for the address.
var digitaloceanKind = Kind{
	ID: "digitalocean", Label: "DigitalOcean", Package: "digitalocean", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"read"},
	Console: "https://cloud.digitalocean.com/account/api/applications",

	EmailTrust: TrustNever,
	EmailFlag:  "account.email_verified",
	Subject:    "the uuid of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://cloud.digitalocean.com/v1/oauth/authorize", "https://cloud.digitalocean.com/v1/oauth/token", "https://api.digitalocean.com/v2/account"),
	construct: func(s setup) (goth.Provider, error) {
		p := digitalocean.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "account.uuid", email: "account.email", name: "account.name"}.profile,
}

// herokuKind reads the flag that the package drops.
var herokuKind = Kind{
	ID: "heroku", Label: "Heroku", Package: "heroku", Tier: TierC,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"identity"},
	Console: "https://dashboard.heroku.com/account/applications",

	EmailTrust: TrustNever,
	EmailFlag:  "verified",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: fixed("https://id.heroku.com/oauth/authorize", "https://id.heroku.com/oauth/token", "https://api.heroku.com/account"),
	construct: func(s setup) (goth.Provider, error) {
		p := heroku.New(s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: person{id: "id", email: "email"}.profile,
}

// cloudfoundryKind is a UAA server; one with discovery is better configured as
// the kind oidc.
var cloudfoundryKind = Kind{
	ID: "cloudfoundry", Label: "Cloud Foundry UAA", Package: "cloudfoundry", Tier: TierC,
	Fields: fields(fieldClientID, fieldSecret, fieldBaseURL),
	Scopes: []string{"openid"},

	EmailTrust: TrustNever,
	EmailFlag:  "email_verified",
	Subject:    "the id of the account",
	Namespace:  "the server's host",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: below("", "oauth/authorize", "oauth/token", "userinfo"),
	construct: func(s setup) (goth.Provider, error) {
		p := cloudfoundry.New(s.cfg.BaseURL, s.id, s.secret, s.callback, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		a.user.NickName = "" // goth repeats the name here
		return person{id: "user_id", email: "email", namespace: perServer("")}.profile(a)
	},
}

// bitbucketMail reads the one address that is primary and confirmed.
func (a *arrival) bitbucketMail() mail {
	said, _ := decodeObject(a.back.reply(a.ends.emails))
	list, _ := said["values"].([]any)
	for _, item := range list {
		entry, _ := item.(map[string]any)
		if c := claims(entry); c["is_primary"] == true && a.flag(c) {
			return mail{address: c.text("email"), verified: true, by: "the address list of " + a.p.Host()}
		}
	}
	return mail{}
}
