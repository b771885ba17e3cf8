package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

func claimPath(t *testing.T, g *gate) string {
	t.Helper()
	claim, err := g.ClaimURL(context.Background())
	if err != nil || claim == "" {
		t.Fatalf("claim %q, %v", claim, err)
	}
	return strings.TrimPrefix(claim, g.cfg.URL.String())
}

func TestL15_ClaimLink(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("forge", "guest-5") // whoever comes first is no admin
	if g.only().Admin {
		t.Error("the first to sign in is an admin")
	}
	path := claimPath(t, g)
	g.skip()
	for range 3 { // looking changes nothing
		p := g.browser().get(path)
		if p.status != http.StatusOK || p.doc(t).Find("main form").Length() != 3 || len(p.header.Values("Set-Cookie")) > 0 {
			t.Fatalf("GET: %d", p.status)
		}
		if back, _ := p.doc(t).Find(`form.theme input[name="return"]`).Attr("value"); strings.Contains(back, "claim") {
			t.Errorf("the theme's form carries the code: %q", back)
		}
	}
	g.left()
	boss := g.browser()
	p := boss.trip(path+"/harbor", "ada", nil)
	if p.location != "/admin/events" {
		t.Fatalf("%d %s %s", p.status, p.location, p.reason())
	}
	g.left("account.create success claimed", "identity.link success claimed", "account.promote success claimed", "session.signin success claimed")
	if d := boss.get("/admin/events").doc(t); d.Find("p.flash").Text() != "You are the first admin." {
		t.Errorf("flash %q", d.Find("p.flash").Text())
	}
	for _, p := range []*page{g.browser().get(path), g.browser().post(path+"/harbor", nil)} {
		if p.status != http.StatusForbidden || p.reason() != "claim_invalid" {
			t.Errorf("again: %d %s", p.status, p.reason())
		}
	}
	if claim, err := g.ClaimURL(context.Background()); claim != "" || err != nil {
		t.Errorf("a claim while there is an admin: %q, %v", claim, err)
	}
	if code := strings.TrimPrefix(path, "/claim/"); strings.Contains(g.log.text(), code) {
		t.Error("the code is in the log")
	}
}

func TestL15_ClaimLinksEnd(t *testing.T) {
	g := openGate(t)
	first := claimPath(t, g)
	second := claimPath(t, g)
	if p := g.browser().get(first); p.status != http.StatusForbidden {
		t.Errorf("a replaced link: %d", p.status)
	}
	if p := g.browser().get("/claim/nonsense"); p.reason() != "claim_invalid" {
		t.Errorf("an invented link: %d %s", p.status, p.reason())
	}
	g.clock.Add(24 * time.Hour)
	if p := g.browser().get(second); p.reason() != "claim_invalid" {
		t.Errorf("a day later: %d %s", p.status, p.reason())
	}
}

// TestL15_TwoClaimants start with one link; only one of them may be first.
func TestL15_TwoClaimants(t *testing.T) {
	g := openGate(t)
	path := claimPath(t, g)
	one, two := g.browser(), g.browser()
	atOne, atTwo := one.start(path+"/harbor", nil), two.start(path+"/forge", nil)
	if p := one.get(one.choose(atOne, "ada")); p.location != "/admin/events" {
		t.Fatalf("%d %s", p.status, p.reason())
	}
	g.skip()
	if p := two.get(two.choose(atTwo, "mallory")); p.reason() != "claim_invalid" || two.whoami() != "" {
		t.Errorf("the second: %d %s", p.status, p.reason())
	}
	g.left("session.signin failure claim_invalid")
	if admins, err := g.Store.Admins(context.Background()); err != nil || len(admins) != 1 {
		t.Errorf("%d admins, %v", len(admins), err)
	}
}

func TestClaimByGrantIsOver(t *testing.T) {
	g := openGate(t)
	path := claimPath(t, g)
	g.browser().signIn("harbor", "ada")
	if err := g.Accounts.Grant(context.Background(), db.Actor{Kind: event.CommandLine}, g.only().ID); err != nil {
		t.Fatal(err)
	}
	if p := g.browser().get(path); p.reason() != "claim_invalid" {
		t.Errorf("%d %s", p.status, p.reason())
	}
}
