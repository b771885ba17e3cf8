package handlers

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{1}}' ` + "\u202egnp.exe\u200b𝔸"

// TestW04_HostileProfiles writes a person whose every text is an attack, and
// reads every page on which it is shown.
func TestW04_HostileProfiles(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	token, id := hostilePerson(t, g)
	victim := g.browser()
	victim.setCookie(sessionCookie, token)
	pages := map[string]*page{
		"account":  victim.get("/account"),
		"sign-in":  victim.get("/signin"),
		"events":   boss.get("/admin/events"),
		"filtered": boss.get("/admin/events?account=" + id.String() + "&q=" + url.QueryEscape(`"><script>`)),
		"bad":      boss.get("/admin/events?ip=" + url.QueryEscape(hostile) + "&kind=" + url.QueryEscape(hostile)),
		"people":   boss.get("/admin/accounts"),
		"404":      victim.get("/" + url.PathEscape(hostile)),
	}
	for _, e := range g.events() {
		if e.Account == id {
			pages["event "+e.ID.String()] = boss.get("/admin/events/" + e.ID.String())
		}
	}
	for name, p := range pages {
		d := p.doc(t)
		if n := d.Find("img[src=x], [onerror], script:not([src]), iframe, a[href^='javascript']").Length(); n > 0 || p.status >= 500 {
			t.Errorf("%s: %d, %d elements of the attacker's", name, p.status, n)
		}
		if title := d.Find("title").Text(); d.Find("title").Length() != 1 || title == "" {
			t.Errorf("%s: title %q", name, title)
		}
		d.Find("img").Each(func(_ int, img *goquery.Selection) {
			if src, _ := img.Attr("src"); !strings.HasPrefix(src, "/assets/") {
				t.Errorf("%s: an image of %q (W18)", name, src)
			}
		})
	}
	if !strings.Contains(pages["people"].body, "&lt;script&gt;") {
		t.Error("the name is not shown at all")
	}
}

// hostilePerson signs somebody in whose provider says terrible things.
func hostilePerson(t *testing.T, g *gate) (token string, id db.ID) {
	t.Helper()
	ctx := context.Background()
	a, err := g.Accounts.StartAttempt(ctx, db.Actor{}, db.Attempt{
		Provider: "harbor", Intent: string(accounts.IntentSignIn),
		StateHash: accounts.HashSecret("state"), BrowserHash: accounts.HashSecret("browser"), ReturnPath: "/account",
	})
	if err != nil {
		t.Fatal(err)
	}
	renew, made := g.Server.renewal()
	result, err := g.Accounts.Complete(ctx, db.Actor{IP: netip.MustParseAddr("203.0.113.9"), UserAgent: hostile, RequestID: "r"}, accounts.Return{
		Attempt: a,
		Profile: accounts.Profile{
			Provider: "harbor", Namespace: hostile, Subject: "hostile", Name: hostile, Handle: hostile, Email: hostile + "@x",
			EmailState: accounts.EmailUnverified, AvatarURL: "javascript:alert(3)", VerifiedBy: hostile, Checks: []string{hostile},
		},
	}, renew)
	if err != nil {
		t.Fatal(err)
	}
	return *made, result.Account.ID
}
