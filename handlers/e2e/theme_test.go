//go:build e2e

package e2e

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
)

const (
	paperLight = "rgb(250, 248, 243)"
	paperDark  = "rgb(20, 22, 27)"
)

// TestTheme chooses dark in a light system, and it stays so from the first
// byte of the next page: the server writes it, no script repaints.
func TestTheme(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "0")
	for _, o := range []tabOptions{{width: desk}, {width: phone, noScript: true}} {
		b := newTab(t, o)
		b.open(demo.URL + "/signin?return=%2Fadmin%2Fevents")
		b.painted(paperLight)
		b.click(".theme button", "Dark")
		b.painted(paperDark)
		b.see(".theme [aria-pressed=true]", "Dark")
		if at := get[string](b, "location.pathname + location.search"); at != "/signin?return=%2Fadmin%2Fevents" {
			t.Errorf("the choice leads to %s", at)
		}
		b.themed("dark")
		b.open(demo.URL + "/signin")
		b.painted(paperDark)
		if tag := b.rootTag(demo.URL + "/signin"); !strings.Contains(tag, `data-theme="dark"`) {
			t.Errorf("the server wrote %s", tag)
		}
		b.click(".theme button", "Auto")
		b.painted(paperLight)
		b.themed("")
		b.emulate(o.width, true)
		b.open(demo.URL + "/signin")
		b.painted(paperDark)
	}
}

func (b *tab) painted(paper string) {
	b.t.Helper()
	b.until("loaded() && getComputedStyle(document.body).backgroundColor === '" + paper + "'")
}

// themed waits until the browser keeps this choice.
func (b *tab) themed(want string) {
	b.t.Helper()
	b.wait("the theme cookie is "+want, func() bool { return b.cookies()["gatebook_theme"] == want })
}

// cookies are the browser's, also those that no script may read.
func (b *tab) cookies() map[string]string {
	b.t.Helper()
	jar := map[string]string{}
	for _, c := range command(b, network.GetCookies, network.GetCookiesParams{}).Cookies {
		jar[c.Name] = c.Value
	}
	return jar
}

// fetch asks for an address with the browser's cookies.
func (b *tab) fetch(url string) *http.Response {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range b.cookies() {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { res.Body.Close() })
	return res
}

// rootTag is the <html> of a page as the server wrote it.
func (b *tab) rootTag(url string) string {
	b.t.Helper()
	page, _, _ := strings.Cut(read(b.t, b.fetch(url)), "<head>")
	return page
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	var text strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
	}
	return text.String()
}

// TestReducedMotion holds still for those who ask for it.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "0")
	s := &story{tab: newTab(t, tabOptions{width: desk}), demo: demo}
	s.open(demo.URL + "/")
	s.signIn("Harbor", "Ada Lovelace")
	s.at("/account")
	s.open(demo.URL + "/admin/events")
	for value, want := range map[string]string{"no-preference": "0.1s", "reduce": "0s"} {
		command(s.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: value}},
		})
		if got := get[string](s.tab, "(e => { e.classList.add('htmx-request'); return getComputedStyle(e).transitionDuration; })(find('#events'))"); got != want {
			t.Errorf("prefers-reduced-motion %s: a swap takes %s, want %s", value, got, want)
		}
	}
}
