package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatebook/db"
	"gatebook/db/event"
)

func TestAccountPage(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	d := b.get("/account").doc(t)
	if d.Find("ul.rows > li").Length() != 1 || !strings.Contains(d.Find("ul.rows").Text(), "ada@example.org") {
		t.Errorf("ways in: %s", d.Find("ul.rows").Text())
	}
	if d.Find("ul.rows button[disabled]").Length() != 1 || !strings.Contains(d.Find("ul.rows .why").Text(), "last way in") {
		t.Error("the last way in can be unlinked")
	}
	var actions []string
	d.Find("ul.providers form").Each(func(_ int, f *goquery.Selection) { a, _ := f.Attr("action"); actions = append(actions, a) })
	if strings.Join(actions, " ") != "/account/link/meadow /account/link/forge /account/link/harbor" {
		t.Errorf("links offered: %v", actions)
	}
	if n := d.Find("table.ledger tbody tr").Length(); n != 3 {
		t.Errorf("%d events of one's own", n)
	}
}

func TestLinkAndUnlink(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.skip()
	if p := b.trip("/account/link/forge", "ada", nil); p.location != "/account" {
		t.Fatalf("link: %d %s", p.status, p.reason())
	}
	g.left("identity.link success signed_in")
	p := b.get("/account")
	if d := p.doc(t); d.Find("p.flash.ok").Text() != "Forge is now a way in." || d.Find("ul.rows > li").Length() != 2 {
		t.Errorf("flash %q", d.Find("p.flash").Text())
	}
	if d := b.get("/account").doc(t); d.Find("p.flash").Length() != 0 {
		t.Error("the message is shown twice")
	}
	// Another browser came in by forge: unlinking forge ends its session.
	other := g.browser()
	other.signIn("forge", "ada")
	g.skip()
	href := unlinkHref(t, b, "Forge")
	d := b.get(href).doc(t)
	if action, _ := d.Find("main form").Attr("action"); action != href || !strings.Contains(d.Find("main").Text(), "ada") {
		t.Errorf("the confirm page's form leads to %q: %s", action, d.Find("main").Text())
	}
	g.left()
	if p := b.post(href, nil); p.location != "/account" {
		t.Fatalf("unlink: %d %s", p.status, p.reason())
	}
	g.left("identity.unlink success account_request", "session.end success identity_unlinked")
	if flash := b.get("/account").doc(t).Find("p.flash").Text(); flash != "Forge is no longer a way in." {
		t.Errorf("flash %q", flash)
	}
	if who := other.whoami(); who != "" {
		t.Errorf("the session by the unlinked identity is %q", who)
	}
	if p := b.get(href); p.status != http.StatusNotFound {
		t.Errorf("once unlinked: %d", p.status)
	}
}

// unlinkHref is where the button of a provider's identity leads.
func unlinkHref(t *testing.T, b *browser, provider string) (href string) {
	t.Helper()
	b.get("/account").doc(t).Find("ul.rows > li").Each(func(_ int, row *goquery.Selection) {
		if strings.Contains(row.Find("strong").Text(), provider) {
			href, _ = row.Find("a.btn").Attr("href")
		}
	})
	if href == "" {
		t.Fatalf("%s cannot be unlinked", provider)
	}
	return href
}

func TestL10_LastWayIn(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	own, err := g.Store.IdentitiesOf(context.Background(), g.only().ID)
	if err != nil {
		t.Fatal(err)
	}
	g.skip()
	path := "/account/identities/" + own[0].ID.String() + "/unlink"
	if p := b.get(path); p.reason() != "last_identity" {
		t.Errorf("asking: %d %s", p.status, p.reason())
	}
	g.left()
	if p := b.post(path, nil); p.reason() != "last_identity" || p.status != http.StatusConflict {
		t.Errorf("unlinking: %d %s", p.status, p.reason())
	}
	g.left("identity.unlink failure last_identity")
}

func TestUnlinkOfAnothersIdentity(t *testing.T) {
	g := openGate(t)
	b, other := g.browser(), g.browser()
	b.signIn("harbor", "ada")
	other.signIn("forge", "guest-2")
	own, err := g.Store.IdentitiesOf(context.Background(), g.named("Guest 2").ID)
	if err != nil {
		t.Fatal(err)
	}
	g.skip()
	for _, id := range []string{own[0].ID.String(), "0000000000001", "nonsense", "%00", strings.Repeat("z", 13)} {
		path := "/account/identities/" + id + "/unlink"
		if p, q := b.get(path), b.post(path, nil); p.status != http.StatusNotFound || q.status != http.StatusNotFound {
			t.Errorf("%s: %d, %d", id, p.status, q.status)
		}
	}
	g.left()
	if own, err := g.Store.IdentitiesOf(context.Background(), g.named("Guest 2").ID); err != nil || len(own) != 1 {
		t.Errorf("%d identities, %v", len(own), err)
	}
}

func TestL06_IdentityOfAnotherAccount(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	g.browser().signIn("forge", "guest-2")
	b.signIn("harbor", "ada")
	g.skip()
	if p := b.trip("/account/link/forge", "guest-2", nil); p.reason() != "identity_in_use" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("identity.link failure identity_in_use")
	if who := b.whoami(); who != "Ada Lovelace" {
		t.Errorf("signed in as %q", who)
	}
}

func TestGuardsSeeTheAccountAsItIs(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	for status, want := range map[db.Status]string{
		db.StatusPending:  "/waiting",
		db.StatusDisabled: "/signin?return=%2Faccount",
		db.StatusMerged:   "/signin?return=%2Faccount",
		db.StatusDeleted:  "/signin?return=%2Faccount",
	} {
		g.status(g.only().ID, status)
		if p := b.get("/account"); p.location != want {
			t.Errorf("%s: %d %s, want %s", status, p.status, p.location, want)
		}
	}
	if shortReason(event.ReasonSignedIn) != "" {
		t.Error("a plain link needs no reason")
	}
}
