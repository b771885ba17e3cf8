package practice

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"
	"golang.org/x/oauth2"
)

// gothClient is goth's own GitHub client, pointed at Forge as at any GitHub
// Enterprise server.
func (g *rig) gothClient(t *testing.T, scopes ...string) *github.Provider {
	t.Helper()
	p := g.practice(t, "forge")
	c := github.NewCustomisedURL(p.ClientID, p.ClientSecret, callback,
		p.BaseURL+"/login/oauth/authorize", p.BaseURL+"/login/oauth/access_token",
		p.BaseURL+"/api/v3/user", p.BaseURL+"/api/v3/user/emails", scopes...)
	c.HTTPClient = g.web
	return c
}

func (g *rig) gothSignIn(t *testing.T, c *github.Provider, persona string) (goth.User, error) {
	t.Helper()
	session, err := c.BeginAuth("a-state")
	if err != nil {
		t.Fatal(err)
	}
	target, err := session.GetAuthURL()
	if err != nil {
		t.Fatal(err)
	}
	back := g.back(t, edited(t, target, "persona", persona))
	if _, err := session.Authorize(c, back); err != nil {
		t.Fatal(err)
	}
	return c.FetchUser(session)
}

func TestForgeWithGoth(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	type told struct{ ID, Handle, Name, Email, Avatar string }
	avatar := g.practice(t, "forge").BaseURL + "/avatar/"
	tests := []struct {
		persona string
		scopes  []string
		want    told
		err     error
	}{
		{"ada", []string{"read:user", "user:email"}, told{"1815", "ada", "Ada Lovelace", "ada@example.org", avatar + "ada"}, nil},
		{"guest-7", []string{"user"}, told{"10000007", "guest-7", "Guest 7", "guest-7@example.test", avatar + "guest-7"}, nil},
		{"ada", []string{"read:user"}, told{"1815", "ada", "Ada Lovelace", "", avatar + "ada"}, nil},
		{"grace", []string{"user:email"}, told{"1906", "grace", "Grace Hopper", "", avatar + "grace"}, github.ErrNoVerifiedGitHubPrimaryEmail},
		{"mallory", []string{"user:email"}, told{"6664", "mallory", "Mallory", "", avatar + "mallory"}, github.ErrNoVerifiedGitHubPrimaryEmail},
		{"noemail", []string{"user:email"}, told{"4041", "noor", "Noor Quiet", "", avatar + "noor"}, github.ErrNoVerifiedGitHubPrimaryEmail},
	}
	for _, tt := range tests {
		t.Run(tt.persona+" "+strings.Join(tt.scopes, " "), func(t *testing.T) {
			u, err := g.gothSignIn(t, g.gothClient(t, tt.scopes...), tt.persona)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if d := cmp.Diff(tt.want, told{u.UserID, u.NickName, u.Name, u.Email, u.AvatarURL}); d != "" {
				t.Error(d)
			}
		})
	}
}

// forgeGet asks Forge's API with a token.
func (g *rig) forgeGet(t *testing.T, path, authorization string) (*http.Response, any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.base+"/forge/api/v3"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	res, err := g.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body any
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return res, body
}

// The shape of GitHub's replies, read with a token that x/oauth2 got with PKCE.
func TestForgeAPI(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	token := func(persona string, scopes ...string) string {
		tr := newTrip(g.config(t, "forge"))
		tr.cfg.Scopes = scopes
		tok, err := tr.cfg.Exchange(g.ctx(t), g.code(t, tr, persona), oauth2.VerifierOption(tr.verifier))
		if err != nil {
			t.Fatal(err)
		}
		if tok.Type() != "Bearer" || tok.Extra("scope") != strings.Join(scopes, ",") {
			t.Errorf("type %q, scope %v", tok.Type(), tok.Extra("scope"))
		}
		return tok.AccessToken
	}
	mail := func(address string, verified bool) any {
		return []any{map[string]any{"email": address, "primary": true, "verified": verified, "visibility": "private"}}
	}
	bad, missing := map[string]any{"message": "Bad credentials"}, map[string]any{"message": "Not Found"}
	tests := []struct {
		name, path, authorization string
		status                    int
		want                      any
	}{
		{"profile", "/user", "Bearer " + token("grace", "read:user"), 200, map[string]any{
			"id": 1906.0, "login": "grace", "name": "Grace Hopper", "email": nil, "type": "User", "site_admin": false,
			"avatar_url": g.base + "/forge/avatar/grace"}},
		{"verified", "/user/emails", "Bearer " + token("ada", "user:email"), 200, mail("ada@example.org", true)},
		{"unverified", "/user/emails", "token " + token("grace", "user"), 200, mail("grace@example.net", false)},
		{"claimed", "/user/emails", "Bearer " + token("mallory", "read:user", "user:email"), 200, mail("ada@example.org", false)},
		{"none", "/user/emails", "Bearer " + token("noemail", "user:email"), 200, []any{}},
		{"no scope for it", "/user/emails", "Bearer " + token("ada", "read:user"), 404, missing},
		{"wrong token", "/user", "Bearer x", 401, bad},
		{"no token", "/user/emails", "", 401, bad},
		{"basic", "/user", "Basic x", 401, bad},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, got := g.forgeGet(t, tt.path, tt.authorization)
			if d := cmp.Diff(tt.want, got); d != "" || res.StatusCode != tt.status {
				t.Errorf("%d %s", res.StatusCode, d)
			}
		})
	}
}

// GitHub answers with a form unless Accept asks for JSON, errors included.
func TestForgeReplyFormats(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for accept, want := range map[string]string{
		"":                 "application/x-www-form-urlencoded; charset=utf-8",
		"*/*":              "application/x-www-form-urlencoded; charset=utf-8",
		"application/json": "application/json; charset=utf-8",
	} {
		p := g.practice(t, "forge")
		form := url.Values{"client_id": {p.ClientID}, "client_secret": {p.ClientSecret}, "code": {"x"}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.BaseURL+"/login/oauth/access_token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", accept)
		res, err := g.web.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Content-Type"); got != want || res.StatusCode != http.StatusOK {
			t.Errorf("Accept %q: %d %s", accept, res.StatusCode, got)
		}
	}
}

// PKCE is a choice at Forge, but a verifier whose challenge got lost on the way
// is refused (RFC 9700 §2.1.1).
func TestForgePKCEDowngrade(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	bare := func(target string) string {
		return edited(t, edited(t, target, "code_challenge"), "code_challenge_method")
	}
	tr := newTrip(g.config(t, "forge"))
	code := g.back(t, bare(tr.url("ada"))).Get("code")
	if got := g.exchange(t, tr, code, with("code_verifier")); got.Error != "" || got.Access == "" {
		t.Errorf("without PKCE: %+v", got)
	}
	code = g.back(t, bare(tr.url("ada"))).Get("code")
	if got := g.exchange(t, tr, code, asIs); got.Error != "bad_verification_code" {
		t.Errorf("verifier without challenge: %+v", got)
	}
}
