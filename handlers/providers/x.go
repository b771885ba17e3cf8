package providers

import "github.com/markbates/goth"

// xKind is X by OAuth 2.0 with PKCE, which X requires; both of goth's packages
// for it speak OAuth 1.0a.
var xKind = Kind{
	ID: "x", Label: "X", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Scopes:  []string{"users.read", "tweet.read"},
	PKCE:    true,
	Console: "https://developer.x.com/en/portal/dashboard",

	EmailTrust: TrustNever,
	EmailWhy:   "X gives no address under these scopes",
	Subject:    "the id of the account",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,

	endpoints: fixed("https://x.com/i/oauth2/authorize", "https://api.x.com/2/oauth2/token", "https://api.x.com/2/users/me"),
	construct: func(s setup) (goth.Provider, error) {
		return &xProvider{ownProvider: newOwn("x", s), profile: s.ends.userinfo}, nil
	},
	profile: person{id: "data.id"}.profile,
}

type xProvider struct {
	ownProvider
	profile string
}

// FetchUser asks who the token is of.
func (p *xProvider) FetchUser(s goth.Session) (goth.User, error) {
	var reply struct {
		Data struct {
			ID, Name, Username string
			Picture            string `json:"profile_image_url"`
		}
	}
	err := p.ask(s, p.profile+"?user.fields=profile_image_url", &reply)
	d := reply.Data
	return goth.User{Provider: p.Name(), UserID: d.ID, Name: d.Name, NickName: d.Username, AvatarURL: d.Picture}, err
}
