package handlers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cookieWords are a Set-Cookie header without what differs from run to run.
func cookieWords(set string) string {
	set = regexp.MustCompile(`=[^;]+`).ReplaceAllStringFunc(set, func(v string) string {
		for _, known := range []string{"=/", "=Lax", "=0", "=3600", "=31536000", "=60", "=harbor", "=dark"} {
			if v == known {
				return v
			}
		}
		return "=…"
	})
	return set
}

func TestS04_CookieAttributes(t *testing.T) {
	for name, c := range map[string]struct {
		options []func(*gateOptions)
		prefix  string
		secure  string
	}{
		"https":         {[]func(*gateOptions){behindHTTPS}, "__Host-", "; Secure"},
		"loopback http": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := openGate(t, c.options...)
			b := g.browser()
			p := b.post("/signin/harbor", nil)
			at := refresh.FindStringSubmatch(p.body)[1]
			compareCookies(t, p, c.prefix+"gatebook_attempt=…; Path=/; Max-Age=3600; HttpOnly"+c.secure+"; SameSite=Lax")
			p = b.get(b.choose(mustURL(t, at), "ada"))
			compareCookies(t, p, c.prefix+"gatebook_session=…; Path=/; Expires=…; Max-Age=…; HttpOnly"+c.secure+"; SameSite=Lax",
				c.prefix+"gatebook_last=harbor; Path=/; Max-Age=31536000; HttpOnly"+c.secure+"; SameSite=Lax")
			p = b.post("/theme", map[string][]string{"theme": {"dark"}})
			compareCookies(t, p, c.prefix+"gatebook_theme=dark; Path=/; Max-Age=31536000; HttpOnly"+c.secure+"; SameSite=Lax")
			p = b.trip("/account/link/harbor", "ada", nil)
			if p.status != http.StatusSeeOther || !strings.Contains(strings.Join(p.header.Values("Set-Cookie"), "\n"), c.prefix+"gatebook_flash=already.harbor; Path=/; Max-Age=60; HttpOnly"+c.secure) {
				t.Errorf("link: %d %v", p.status, p.header.Values("Set-Cookie"))
			}
			b.get("/account")
			p = b.post("/signout", nil)
			compareCookies(t, p, c.prefix+"gatebook_session=; Path=/; Expires=…; Max-Age=0; HttpOnly"+c.secure+"; SameSite=Lax")
		})
	}
}

func compareCookies(t *testing.T, p *page, want ...string) {
	t.Helper()
	var got []string
	for _, set := range p.header.Values("Set-Cookie") {
		got = append(got, cookieWords(set))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cookies (-want +got):\n%s", diff)
	}
}

// TestS04_TossedCookies has two cookies of one name: never a mixture.
func TestS04_TossedCookies(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	real := b.cookie(sessionCookie)
	for _, order := range []string{"tossed; gatebook_session=" + real, real + "; gatebook_session=tossed"} {
		p := g.browser().get("/account", with("Cookie", "gatebook_session="+order))
		if p.status != http.StatusSeeOther && !strings.Contains(p.body, "Ada Lovelace") {
			t.Errorf("%d %s", p.status, p.location)
		}
	}
	// Over http the secure name is nobody's, and the other way round.
	p := g.browser().get("/account", with("Cookie", "__Host-gatebook_session="+real))
	if p.status != http.StatusSeeOther {
		t.Errorf("the prefixed name opens a plain site: %d", p.status)
	}
}
