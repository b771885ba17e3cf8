package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestFlashesOfOthersChoice(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	boss := g.admin()
	victim := g.named("Ada Lovelace").ID.String()
	for _, c := range []struct {
		b           *browser
		value, want string
	}{
		{b, "linked.Your session is over. Go to evil.example", "It is now a way in."},
		{b, "linked.harbor", "Harbor is now a way in."},
		{b, "unlinked.gone", "It is no longer a way in."},
		{b, "proved.evil.example", "Thank you. You can go on now."},
		{b, "approved." + victim, ""},
		{boss, "approved." + victim, "Ada Lovelace may come in."},
		{boss, "approved.0000000000001", ""},
		{boss, "approved.nonsense", ""},
		{b, "nonsense", ""},
		{b, "nonsense.x", ""},
		{b, ".", ""},
	} {
		c.b.setCookie(flashCookie, url.PathEscape(c.value))
		if strings.ContainsAny(c.value, " ,") {
			c.b.setCookie(flashCookie, strings.ReplaceAll(c.value, " ", "_"))
		}
		p := c.b.get("/account")
		if got := p.doc(t).Find("p.flash").Text(); got != c.want || strings.Contains(p.body, "evil") {
			t.Errorf("%q says %q, want %q", c.value, got, c.want)
		}
		if c.b.cookie(flashCookie) != "" {
			t.Errorf("%q stays", c.value)
		}
	}
}

func TestTheme(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	for _, c := range [][2]string{{"dark", "dark"}, {"light", "light"}, {"auto", ""}, {"dark", "dark"}, {`"><script>`, ""}, {"", ""}} {
		p := b.post("/theme", url.Values{"theme": {c[0]}, "return": {"/signin?return=%2Faccount%3Fx"}})
		if p.status != http.StatusSeeOther || p.location != "/signin?return=%2Faccount%3Fx" {
			t.Errorf("%q: %d %s", c[0], p.status, p.location)
		}
		if got, _ := b.get("/signin").doc(t).Find("html").Attr("data-theme"); got != c[1] {
			t.Errorf("%q: theme %q", c[0], got)
		}
	}
	b.setCookie(themeCookie, "evil")
	if got, _ := b.get("/signin").doc(t).Find("html").Attr("data-theme"); got != "" {
		t.Errorf("theme %q", got)
	}
	if p := b.post("/theme", url.Values{"theme": {"dark"}}); p.location != "/" {
		t.Errorf("without a way back: %s", p.location)
	}
	g.left()
}
