package practice

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// claims is what an independent client learns from an ID token or from userinfo.
type claims struct {
	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified *bool  `json:"email_verified"`
	Name          string `json:"name"`
	Handle        string `json:"preferred_username"`
	Picture       string `json:"picture"`
}

// signIn is a whole trip with x/oauth2 and go-oidc: exchange, signature, nonce,
// at_hash, auth_time, userinfo.
func (g *rig) signIn(ctx context.Context, tr trip, issuer, code string) (claims, error) {
	var said, shown claims
	tok, err := tr.cfg.Exchange(ctx, code, oauth2.VerifierOption(tr.verifier))
	if err != nil {
		return said, err
	}
	op, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return said, err
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := op.Verifier(&oidc.Config{ClientID: tr.cfg.ClientID, Now: g.clock.now}).Verify(ctx, raw)
	if err != nil {
		return said, err
	}
	if id.Nonce != tr.nonce {
		return said, fmt.Errorf("nonce differs")
	}
	if err := id.VerifyAccessToken(tok.AccessToken); err != nil {
		return said, err
	}
	var when struct {
		AuthTime int64 `json:"auth_time"`
	}
	if err := id.Claims(&when); err != nil || when.AuthTime != g.clock.now().Unix() {
		return said, fmt.Errorf("auth_time %d, %v", when.AuthTime, err)
	}
	if err := id.Claims(&said); err != nil {
		return said, err
	}
	info, err := op.UserInfo(ctx, oauth2.StaticTokenSource(tok))
	if err != nil {
		return said, err
	}
	if err := info.Claims(&shown); err != nil {
		return said, err
	}
	if d := cmp.Diff(said, shown); d != "" {
		return said, fmt.Errorf("userinfo differs: %s", d)
	}
	return said, nil
}

func TestOIDCRoundTrip(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	yes, no := true, false
	for _, id := range []string{"harbor", "meadow"} {
		tests := []struct {
			persona string
			want    claims
		}{
			{"ada", claims{Email: "ada@example.org", EmailVerified: &yes, Name: "Ada Lovelace", Handle: "ada"}},
			{"grace", claims{Email: "grace@example.net", EmailVerified: &no, Name: "Grace Hopper", Handle: "grace"}},
			{"mallory", claims{Email: "ada@example.org", EmailVerified: &no, Name: "Mallory", Handle: "mallory"}},
			{"noemail", claims{Name: "Noor Quiet", Handle: "noor"}},
			{"guest-1", claims{Email: "guest-1@example.test", EmailVerified: &yes, Name: "Guest 1", Handle: "guest-1"}},
			{"guest-1000000", claims{Email: "guest-1000000@example.test", EmailVerified: &yes, Name: "Guest 1000000", Handle: "guest-1000000"}},
		}
		for _, tt := range tests {
			t.Run(id+"/"+tt.persona, func(t *testing.T) {
				issuer := g.practice(t, id).Issuer
				tr := newTrip(g.config(t, id))
				got, err := g.signIn(g.ctx(t), tr, issuer, g.code(t, tr, tt.persona))
				if err != nil {
					t.Fatal(err)
				}
				tt.want.Subject, tt.want.Picture = got.Subject, issuer+"/avatar/"+tt.want.Handle
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Error(d)
				}
				if res, body := g.get(t, got.Picture); res.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(body, "<svg") {
					t.Errorf("picture: %d %s", res.StatusCode, body)
				}
			})
		}
	}
}

// Subjects are golden: identities linked in one run of the demo must be found
// again in the next, and no two people or providers may share one.
func TestSubjectsAreStableAndDistinct(t *testing.T) {
	t.Parallel()
	ada, _ := findPerson("ada")
	if got, want := ada.subject("harbor"), "ystt6ggtibld5auqw52vq3dk"; got != want {
		t.Errorf("ada at harbor is %q, was %q", got, want)
	}
	seen, numbers := map[string]string{}, map[int]string{}
	for _, key := range []string{"ada", "grace", "mallory", "noemail", "guest-1", "guest-2", "guest-11", "guest-1000000"} {
		who, ok := findPerson(key)
		if !ok || numbers[who.number] != "" {
			t.Fatalf("%s: known %v, number shared with %q", key, ok, numbers[who.number])
		}
		numbers[who.number] = key
		for _, provider := range []string{"harbor", "meadow"} {
			sub := who.subject(provider)
			if other := seen[sub]; other != "" || len(sub) != 24 {
				t.Errorf("%s at %s is %q, as is %q", key, provider, sub, other)
			}
			seen[sub] = provider + key
		}
	}
}

func TestUnknownPersonas(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "Ada", "deny", "guest-", "guest-0", "guest-1000001", "guest-01", "guest-+1", "guest--1", "guest-1 ", "guest-99999999999999999999"} {
		if who, ok := findPerson(key); ok {
			t.Errorf("%q is %+v", key, who)
		}
	}
}

func TestScopesDecideClaims(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor"))
	tr.cfg.Scopes = []string{"openid"}
	got, err := g.signIn(g.ctx(t), tr, g.practice(t, "harbor").Issuer, g.code(t, tr, "ada"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(claims{Subject: got.Subject}, got); d != "" {
		t.Error(d)
	}
}

// Both ways of client authentication that the metadata promise.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for name, style := range map[string]oauth2.AuthStyle{"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams} {
		t.Run(name, func(t *testing.T) {
			tr := newTrip(g.config(t, "meadow"))
			tr.cfg.Endpoint.AuthStyle = style
			if _, err := g.signIn(g.ctx(t), tr, g.practice(t, "meadow").Issuer, g.code(t, tr, "ada")); err != nil {
				t.Error(err)
			}
		})
	}
}

// Many people at once, each of whom must come back as themselves.
func TestO22_ParallelSignIns(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for i := 1; i <= 50; i++ {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			id := []string{"harbor", "meadow"}[i%2]
			persona := fmt.Sprintf("guest-%d", i)
			tr := newTrip(g.config(t, id))
			got, err := g.signIn(g.ctx(t), tr, g.practice(t, id).Issuer, g.code(t, tr, persona))
			if err != nil || got.Email != persona+"@example.test" {
				t.Errorf("%s came back as %q: %v", persona, got.Email, err)
			}
		})
	}
}
