package providers

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"
)

// githubKind is github.com, or a GitHub Enterprise server by its base_url. The
// namespace is the server's address without scheme: ids are numbers that every
// server counts from one, so an instance that is pointed at another server
// must not recognise the first one's people.
var githubKind = Kind{
	ID: "github", Label: "GitHub", Package: "github", Logo: "github.svg", Tier: TierA,
	Fields: fields(fieldClientID, fieldSecret,
		Field{Name: "base_url", Help: "the address of a GitHub Enterprise server; github.com when left out"}),
	Scopes:  []string{"read:user", "user:email"},
	PKCE:    true,
	Console: "https://github.com/settings/developers",

	EmailTrust: TrustVerified,
	EmailFlag:  "verified",
	Subject:    "the numeric id of the account",
	Namespace:  "the server's host, github.com by default",

	Params:    []string{"code"},
	AuthStyle: AuthInParams,
	Needs:     NeedsClient,
	fresh:     "prompt=select_account",
	choose:    "prompt=select_account",

	endpoints: githubEndpoints,
	construct: func(s setup) (goth.Provider, error) {
		p := github.NewCustomisedURL(s.id, s.secret, s.callback,
			s.ends.auth, s.ends.token, s.ends.userinfo, s.ends.emails, s.scopes...)
		p.HTTPClient = s.client
		return p, nil
	},
	finishScopes: func(scopes []string) []string {
		// goth reads the addresses only when it knows of these scopes, and then
		// fails for a person without a verified one. Gatebook reads them itself.
		return slices.DeleteFunc(scopes, githubMailScope)
	},
	profile: func(a *arrival) (accounts.Profile, error) {
		m, err := a.githubMail()
		if err != nil {
			return accounts.Profile{}, err
		}
		return a.profile(githubNamespace(a.p.cfg), a.info.digitsAt("id"), m)
	},
}

func githubEndpoints(c Config) (endpoints, error) {
	if c.BaseURL == "" {
		return endpoints{
			auth: github.AuthURL, token: github.TokenURL,
			userinfo: github.ProfileURL, emails: github.EmailURL,
		}, nil
	}
	base, err := checkURL(c.BaseURL, c.AllowPrivate)
	if err != nil {
		return endpoints{}, err
	}
	at := func(path ...string) string { return base.JoinPath(path...).String() }
	return endpoints{
		auth: at("login/oauth/authorize"), token: at("login/oauth/access_token"),
		userinfo: at("api/v3/user"), emails: at("api/v3/user/emails"),
	}, nil
}

func githubNamespace(c Config) string { return serverOf(c, "github.com") }

func githubMailScope(s string) bool { return s == "user" || s == "user:email" }

// githubMail reads the one address that GitHub calls primary and verified. The
// address in the profile is whatever the person chose to show, and is never
// used.
func (a *arrival) githubMail() (mail, error) {
	if !slices.ContainsFunc(a.p.scopes, githubMailScope) {
		return mail{}, nil
	}
	by := "the address list of " + a.p.Host()
	list, err := a.githubAddresses()
	if err != nil {
		return mail{}, err
	}
	for _, item := range list {
		entry, _ := item.(map[string]any)
		if c := claims(entry); c["primary"] == true && a.flag(c) {
			return mail{address: c.text("email"), verified: true, by: by}, nil
		}
	}
	return mail{}, nil
}

// githubAddresses asks for the list. A server that will not show it, as GitHub
// Apps without the permission meet, gives none; one that cannot is a failure,
// because the same person would look different the next time.
func (a *arrival) githubAddresses() ([]any, error) {
	req, err := http.NewRequestWithContext(a.back.ctx, http.MethodGet, a.ends.emails, nil)
	if err != nil {
		return nil, fail(event.ReasonProviderMisconfigured, "the address list has no address")
	}
	req.Header.Set("Authorization", "Bearer "+a.back.token.access)
	req.Header.Set("Accept", "application/json")
	resp, err := a.back.lane.do(a.back.ctx, req, profileBytes)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden, http.StatusNotFound:
		a.check("the provider does not show e-mail addresses to this client")
		return nil, nil
	default:
		f := fail(event.ReasonProviderHTTPError, "the provider did not give the address list")
		f.Status = resp.StatusCode
		return nil, f
	}
	var list []any
	if err := json.NewDecoder(io.LimitReader(resp.Body, profileBytes)).Decode(&list); err != nil {
		return nil, fail(event.ReasonProviderBadResponse, "the address list is not a list")
	}
	return list, nil
}
