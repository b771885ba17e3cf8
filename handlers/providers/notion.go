package providers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"
)

// notionKind is a public integration of Notion. The token reply says who the
// person is; the exchange is JSON. PKCE is not documented.
var notionKind = Kind{
	ID: "notion", Label: "Notion", Tier: TierB,
	Fields:  fields(fieldClientID, fieldSecret),
	Console: "https://www.notion.so/profile/integrations",

	EmailTrust: TrustNever,
	Subject:    "the id of the person",
	Namespace:  "none: the id is unique among all people there",

	Params:    []string{"code"},
	AuthStyle: AuthInHeader,
	Needs:     NeedsClient,
	noProfile: true,
	trade: trade{
		method: http.MethodPost,
		code:   formTrade.code,
		send:   notionRequest,
		read:   readToken,
	},

	endpoints: fixed("https://api.notion.com/v1/oauth/authorize", "https://api.notion.com/v1/oauth/token", ""),
	construct: func(s setup) (goth.Provider, error) {
		return &notionProvider{newOwn("notion", s)}, nil
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		if a.back.token.said.textAt("owner.type") != "user" {
			a.back.token.said = nil // the integration belongs to a workspace, which is nobody
		}
		a.user.AvatarURL = a.back.token.said.textAt("owner.user.avatar_url")
		return person{id: "owner.user.id", name: "owner.user.name", email: "owner.user.person.email", token: true}.profile(a)
	},
}

type notionProvider struct{ ownProvider }

// BeginAuth starts a trip that asks for a person's own consent.
func (p *notionProvider) BeginAuth(state string) (goth.Session, error) {
	return &ownSession{AuthURL: p.config.AuthCodeURL(state, oauth2.SetAuthURLParam("owner", "user"))}, nil
}

// FetchUser knows no more than the token reply said.
func (p *notionProvider) FetchUser(goth.Session) (goth.User, error) {
	return goth.User{Provider: p.Name()}, nil
}

// notionRequest is the standard's request with its parameters as JSON.
func notionRequest(ctx context.Context, b *backTrip, _ *http.Request, body []byte) *http.Request {
	form, _ := url.ParseQuery(string(body)) // read before, for the code
	req := b.tokenRequest(ctx, form)
	text, _ := json.Marshal(map[string]string{ // texts always marshal
		"grant_type": "authorization_code", "code": b.code, "redirect_uri": form.Get("redirect_uri"),
	})
	req.Header.Set("Content-Type", "application/json")
	req.Body, req.ContentLength = bodyOf(text), int64(len(text))
	return req
}
