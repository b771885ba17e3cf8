package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// TestV01_ProviderDownAndUp: a provider that cannot be asked rests, with words
// on its button and in the book, others work meanwhile, and the first trip that
// ends well tells that it is back.
func TestV01_ProviderDownAndUp(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	g.left()
	g.peers.server.SetFault("meadow", "discovery-500")
	for range 5 {
		if p := g.browser().post("/signin/meadow", nil); p.status != http.StatusBadGateway || p.reason() != "provider_http_error" {
			t.Fatalf("%d %s", p.status, p.reason())
		}
	}
	if p := g.browser().post("/signin/meadow", nil); p.status != http.StatusServiceUnavailable || p.reason() != "provider_circuit_open" {
		t.Errorf("while it rests: %d %s", p.status, p.reason())
	}
	if n := g.kinds("provider.down failure provider_http_error"); n != 1 {
		t.Errorf("%d events tell that it is down", n)
	}
	button := g.browser().get("/signin").doc(t).Find(`li:has(form[action="/signin/meadow"])`).Text()
	if !strings.Contains(button, "Not answering just now") {
		t.Errorf("the button says %q", button)
	}
	if page := boss.get("/admin/providers").doc(t).Find("section:has(#provider-meadow)").Text(); !strings.Contains(page, "down") ||
		!strings.Contains(page, adminWords(event.ReasonProviderHTTPError)) {
		t.Errorf("the admin reads %q", page)
	}
	if p := g.browser().trip("/signin/harbor", "grace", nil); p.location != "/account" {
		t.Errorf("another provider: %d %s", p.status, p.reason())
	}

	g.peers.server.SetFault("meadow", "")
	g.clock.Add(time.Minute)
	if p := g.browser().trip("/signin/meadow", "noemail", nil); p.location != "/account" {
		t.Fatalf("after the rest: %d %s", p.status, p.reason())
	}
	if n := g.kinds("provider.up success"); n != 1 {
		t.Errorf("%d events tell that it is back", n)
	}
}

// kinds counts the events that read so.
func (g *gate) kinds(words string) (n int) {
	for _, e := range g.events() {
		if wordsOfEvent(e) == words {
			n++
		}
	}
	return n
}

// TestProviderTestSignsNobodyIn: an admin sees what a provider says of whoever
// signs in there; the book has the test, and nobody new.
func TestProviderTestSignsNobodyIn(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	before := boss.whoami()
	g.left()
	p := boss.trip("/admin/providers/forge/test", "mallory", nil)
	if p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/admin/providers/forge/test?result=") {
		t.Fatalf("%d %s %s", p.status, p.location, p.reason())
	}
	text := boss.get(p.location).doc(t).Find("main").Text()
	for _, want := range []string{"6664", "Mallory", "Nobody was signed in", "A sign-in would have made a new account", "PKCE"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if e := g.left("provider.test success")[0]; e.Name+e.Email+e.Handle != "" {
		t.Errorf("written down: %+v", e)
	}
	if boss.whoami() != before {
		t.Error("the test signed somebody in")
	}
	if denied := boss.trip("/admin/providers/forge/test", "deny", nil); !strings.Contains(denied.body, "The test of Forge did not work") {
		t.Errorf("denied: %s", denied.body)
	}
	g.clock.Add(testLife)
	if later := boss.get(p.location); later.status != http.StatusSeeOther || !strings.HasPrefix(later.location, "/admin/events/") {
		t.Errorf("ten minutes later: %d %s", later.status, later.location)
	}
}

// A mistake of one provider costs that provider alone, where another is well.
func TestLeftOut(t *testing.T) {
	mistake := Problem{Setting: "providers.home.kind", Message: "no kind"}
	global := Problem{Setting: "url", Message: "is missing"}
	warning := Problem{Setting: "providers.home.client_secret", Warning: true}
	well := Config{Providers: []providers.Config{{ID: "github"}}}
	for name, c := range map[string]struct {
		cfg       Config
		all       Problems
		out, rest int
	}{
		"one beside another":    {well, Problems{mistake, warning}, 1, 1},
		"and something for all": {well, Problems{mistake, global}, 1, 1},
		"the only one":          {Config{}, Problems{mistake}, 0, 1},
		"nothing but a warning": {well, Problems{warning}, 0, 1},
	} {
		out, rest := c.all.LeftOut(c.cfg)
		if len(out) != c.out || len(rest) != c.rest {
			t.Errorf("%s: %v left out, rest %v", name, out, rest)
		}
	}
	g := openGate(t, withConfig(func(c *Config) {
		c.LeftOut = Problems{mistake}
		c.Policy = accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk}
	}))
	if text := g.admin().get("/admin/providers").doc(t).Find("main").Text(); !strings.Contains(text, "home is left out") {
		t.Errorf("the admin reads %q", text)
	}
}
