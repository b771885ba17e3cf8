package providers

import (
	"strings"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"
)

// tiktokKind is Login Kit in its second version, which calls the client id
// client_key and writes commas between scopes. It has PKCE for desktop
// programs only, in a form of its own.
var tiktokKind = Kind{
	ID: "tiktok", Label: "TikTok", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"user.info.basic"},
	Console: "https://developers.tiktok.com/apps/",

	EmailTrust: TrustNever,
	EmailWhy:   "TikTok gives no address",
	Subject:    "the open_id of the person within the application",
	Namespace:  "the client key: ids differ from one application to the next",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,

	endpoints: func(Config) (endpoints, error) {
		return endpoints{
			auth: "https://www.tiktok.com/v2/auth/authorize/", token: "https://open.tiktokapis.com/v2/oauth/token/",
			userinfo: "https://open.tiktokapis.com/v2/user/info/", clientKey: "client_key",
		}, nil
	},
	construct: func(s setup) (goth.Provider, error) {
		return &tiktokProvider{ownProvider: newOwn("tiktok", s), profile: s.ends.userinfo}, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		if a.info.textAt("error.code") != "ok" {
			return accounts.Profile{}, fail(event.ReasonProviderBadResponse, "the profile reply says that it failed")
		}
		return person{id: "data.user.open_id", namespace: perClient}.profile(a)
	},
}

type tiktokProvider struct {
	ownProvider
	profile string
}

// BeginAuth starts a trip, in TikTok's own spelling.
func (p *tiktokProvider) BeginAuth(state string) (goth.Session, error) {
	config := p.config
	config.Scopes = []string{strings.Join(config.Scopes, ",")}
	return &ownSession{AuthURL: config.AuthCodeURL(state, oauth2.SetAuthURLParam("client_key", config.ClientID))}, nil
}

// FetchUser asks who the token is of.
func (p *tiktokProvider) FetchUser(s goth.Session) (goth.User, error) {
	var reply struct {
		Data struct {
			User struct {
				OpenID  string `json:"open_id"`
				Name    string `json:"display_name"`
				Picture string `json:"avatar_url"`
			}
		}
	}
	err := p.ask(s, p.profile+"?fields=open_id,display_name,avatar_url", &reply)
	u := reply.Data.User
	return goth.User{Provider: p.Name(), UserID: u.OpenID, Name: u.Name, AvatarURL: u.Picture}, err
}
