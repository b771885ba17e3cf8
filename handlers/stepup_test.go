package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestS09_StepUp walks from a stale session over the proof to the confirm
// page; the form is never sent for the person.
func TestS09_StepUp(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	b.trip("/account/link/forge", "ada", nil)
	href := unlinkHref(t, b, "Forge")
	g.clock.Add(staleAfter)
	g.skip()
	for _, p := range []*page{b.get(href), b.post(href, nil)} {
		if p.location != "/stepup?return="+url.QueryEscape(href) {
			t.Fatalf("%d %s", p.status, p.location)
		}
	}
	d := b.get("/stepup?return=" + url.QueryEscape(href)).doc(t)
	var ways []string
	d.Find("main form").Each(func(_ int, f *goquery.Selection) {
		action, _ := f.Attr("action")
		back, _ := f.Find(`input[name="return"]`).Attr("value")
		ways = append(ways, action+" "+back)
	})
	if strings.Join(ways, ", ") != "/stepup/harbor "+href+", /stepup/forge "+href {
		t.Fatalf("ways: %v", ways)
	}
	at := b.start("/stepup/harbor", url.Values{"return": {href}})
	if at.Query().Get("max_age") != "0" && at.Query().Get("prompt") != "login" {
		t.Errorf("no renewed sign-in is asked for: %s", at.RawQuery)
	}
	p := b.get(b.choose(at, "ada"))
	if p.location != href {
		t.Fatalf("%d %s %s", p.status, p.location, p.reason())
	}
	if e := g.left("session.stepup success known_identity")[0]; e.Detail.Reauth != "proved" {
		t.Errorf("reauth %q", e.Detail.Reauth)
	}
	if d := b.get(href).doc(t); d.Find("main form button").Text() != "Unlink" || d.Find("p.flash").Text() != "Thank you. You can go on now." {
		t.Errorf("landed on %q", d.Find("h1").Text())
	}
	g.left()
	if p := b.get("/stepup?return=" + url.QueryEscape(href)); p.location != href {
		t.Errorf("a fresh session: %d %s", p.status, p.location)
	}
}

func TestS09_StepUpAsAnother(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.browser().signIn("forge", "guest-2")
	g.clock.Add(staleAfter)
	g.skip()
	p := b.trip("/stepup/forge", "guest-2", nil)
	if p.reason() != "session_changed" || b.cookie(sessionCookie) != "" || b.whoami() != "" {
		t.Errorf("%d %s, signed in as %q", p.status, p.reason(), b.whoami())
	}
	g.left("session.stepup failure session_changed", "session.end success session_changed")
}

func TestS09_StepUpByAStranger(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.clock.Add(staleAfter)
	g.skip()
	if p := b.trip("/stepup/forge", "guest-2", nil); p.reason() != "session_changed" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	g.left("session.stepup failure session_changed")
	if p := b.post("/account/link/forge", nil); p.location != "/stepup?return=%2Faccount" {
		t.Errorf("a stranger's identity made the session fresh: %d %s", p.status, p.location)
	}
}

func TestS09_StaleAuthTime(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.clock.Add(staleAfter)
	g.skip()
	g.peers.server.SetFault("harbor", "auth-time-stale")
	if p := b.trip("/stepup/harbor", "ada", nil); p.status < 400 {
		t.Errorf("an old proof passed: %d %s", p.status, p.location)
	}
	if p := b.post("/account/link/forge", nil); p.location != "/stepup?return=%2Faccount" {
		t.Errorf("the session is fresh: %d %s", p.status, p.location)
	}
}

func TestStepUpWithoutUsableWays(t *testing.T) {
	g := openGate(t)
	token, _ := hostilePerson(t, g) // their identity is at harbor; take it away
	b := g.browser()
	b.setCookie(sessionCookie, token)
	g.clock.Add(staleAfter)
	if n := b.get("/stepup").doc(t).Find("main form").Length(); n != 1 {
		t.Errorf("%d ways", n)
	}
	if _, err := openRaw(t, g).Exec("UPDATE identities SET provider = 'gone'"); err != nil {
		t.Fatal(err)
	}
	p := b.get("/stepup")
	if p.status != http.StatusOK || p.doc(t).Find("main form").Length() != 0 || !strings.Contains(p.body, "None of the accounts") {
		t.Errorf("%d", p.status)
	}
	if p := b.get("/account"); !strings.Contains(p.body, "switched off here") {
		t.Error("a provider that is no more is not named so")
	}
}
