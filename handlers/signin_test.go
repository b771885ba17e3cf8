package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"gatebook/handlers/accounts"
)

func TestSignInPage(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	d := b.get("/signin?return=%2Fadmin%2Fevents").doc(t)
	if n := d.Find(`main form input[name="return"][value="/admin/events"]`).Length(); n != 3 || d.Find("main form").Length() != 3 {
		t.Errorf("%d forms carry the way back", n)
	}
	if d.Find(".badge").Length() != 0 {
		t.Error("one was used last, by nobody")
	}
	b.signIn("meadow", "ada")
	p := b.get("/signin")
	if d := p.doc(t); d.Find(".badge").Length() != 1 || !strings.Contains(d.Find("main").Text(), "You are signed in as Ada Lovelace") {
		t.Errorf("signed in: %s", d.Find("main").Text())
	}
	b.setCookie(lastCookie, "nobody")
	if n := b.get("/signin").doc(t).Find(".badge").Length(); n != 0 {
		t.Errorf("%d badges for an unknown provider", n)
	}
	for who, want := range map[*browser]string{b: "/account", g.browser(): "/signin"} {
		if p := who.get("/"); p.location != want {
			t.Errorf("/ leads to %q, want %q", p.location, want)
		}
	}
	none := openGate(t, withConfig(func(c *Config) { c.Providers = nil }))
	if p := none.browser().get("/signin"); p.status != http.StatusOK || !strings.Contains(p.body, "Nobody can sign in yet") {
		t.Errorf("without a provider: %d", p.status)
	}
}

func TestLeavingPage(t *testing.T) {
	g := openGate(t)
	p := g.browser().post("/signin/harbor", nil)
	d := p.doc(t)
	content, _ := d.Find(`meta[http-equiv="refresh"]`).Attr("content")
	link, _ := d.Find("main a.primary").Attr("href")
	if content != "0;url="+link || !strings.HasPrefix(link, "http://localhost:") || !strings.Contains(d.Find("main strong").Text(), "localhost") {
		t.Errorf("refresh %q, link %q", content, link)
	}
	if strings.Contains(p.body, "\""+link) || !strings.Contains(p.body, strings.ReplaceAll(link, "&", "&amp;")) {
		t.Error("the address is not escaped")
	}
	if rel, _ := d.Find("main a.primary").Attr("rel"); rel != "noreferrer" {
		t.Errorf("rel %q", rel)
	}
	for _, param := range []string{"code_challenge", "nonce", "state", "redirect_uri", "scope"} {
		if mustURL(t, link).Query().Get(param) == "" {
			t.Errorf("no %s", param)
		}
	}
	g.left()
}

func TestEmailNeverSignsIn(t *testing.T) {
	g := openGate(t, withPolicy(accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk}))
	g.browser().signIn("harbor", "ada")
	g.skip()
	b := g.browser()
	p := b.trip("/signin/meadow", "ada", nil)
	if p.reason() != "link_required" || b.whoami() != "" {
		t.Errorf("the same verified address: %d %s", p.status, p.reason())
	}
	g.left("session.signin failure link_required")
	b.signIn("meadow", "mallory") // the same address, unverified: a stranger, and no hint
	g.left(several(signedUp)...)
	n, err := g.Store.CountAccounts(context.Background())
	if err != nil || n != 2 {
		t.Errorf("%d accounts, %v", n, err)
	}
}
