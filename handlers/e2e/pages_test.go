//go:build e2e

package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// TestRefusals opens every page that says no, and the way on from it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "0")
	s := &story{tab: newTab(t, tabOptions{width: desk}), demo: demo, full: true}
	for _, tt := range []struct {
		name, path, heading string
		status              int
	}{
		{"refused-unknown", "/signin/nosuch", "There is no such way in", 404},
		{"refused-claim", "/claim/abcdefghij", "This link has had its time", 403},
		{"refused-method", "/signout", "That does not work this way", 405},
		{"refused-address", "/no/such/page", "There is no page here", 404},
		{"refused-no-cookie", "/signin/harbor/callback?state=forged&code=forged", "This sign-in cannot be finished here", 400},
	} {
		s.expect(tt.status)
		s.open(demo.URL + tt.path)
		s.see("h1", tt.heading)
		s.glance(tt.name)
		s.click("main .row a", "")
		s.at("/signin")
	}
	s.expired()
	s.forged()
	s.mayHaveAccount()
	s.othersIdentity()
}

// expired comes back after the ten minutes.
func (s *story) expired() {
	s.at("/signin")
	s.click("button", "Continue with Harbor")
	s.see("h1", "Who are you?")
	alter(s.t, s.demo.DB, "UPDATE attempts SET expires_at = 1")
	s.expect(400)
	s.persona("Ada Lovelace")
	s.see("h1", "That took too long")
	s.glance("refused-expired")
	s.click("button", "Try Harbor again")
	s.persona("Ada Lovelace")
	s.at("/account")
	s.signOut()
}

// forged is a callback that no sign-in of this browser asked for.
func (s *story) forged() {
	s.expect(400)
	s.open(s.demo.URL + "/signin/harbor/callback?state=forged&code=forged")
	s.see("h1", "This sign-in is not one that was started here")
	s.glance("refused-forged")
	s.click("a", "Choose another way in")
}

// mayHaveAccount meets somebody whose verified address is known already.
func (s *story) mayHaveAccount() {
	s.expect(403)
	s.signIn("Meadow", "Ada Lovelace")
	s.see("h1", "You may have an account here already")
	s.glance("refused-known")
	s.click("a", "Choose another way in")
}

// othersIdentity tries to link what is another's.
func (s *story) othersIdentity() {
	s.signIn("Forge", "Grace Hopper")
	s.at("/account")
	s.click("button", "Link Harbor")
	s.expect(409)
	s.persona("Ada Lovelace")
	s.see("h1", "That one belongs to another account")
	s.glance("refused-others")
	s.click("a", "Back to your account")
	s.at("/account")
	s.see("h1", "Grace Hopper")
}

// alter changes a database beside its server, as time would.
func alter(t *testing.T, file, statement string, args ...any) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TestCookiesOff is told what to do about it, in a browser that keeps none.
func TestCookiesOff(t *testing.T) {
	t.Parallel()
	ctx, stop, err := launch(`{"profile":{"default_content_setting_values":{"cookies":2}}}`)
	need(t, err)
	t.Cleanup(stop)
	demo := startDemo(t, "--events", "0")
	s := &story{tab: openTab(t, ctx, tabOptions{width: phone}), demo: demo}
	s.open(demo.URL + "/")
	s.expect(400)
	s.signIn("Harbor", "Ada Lovelace")
	s.see("h1", "This sign-in cannot be finished here")
	s.see("p", "allow cookies for this site")
	s.glance("refused-cookies-off")
}

// TestW06_Leaving sees the page that stays when the browser does not go on.
func TestW06_Leaving(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "0")
	b := newTab(t, tabOptions{width: desk})
	b.holdBack("http://localhost:*")
	b.open(demo.URL + "/signin/harbor")
	b.look("signin-one")
	b.click("button", "Continue with Harbor")
	b.see("h1", "Taking you to Harbor…")
	b.look("leaving")
	b.click("a", "Cancel")
	b.at("/signin")
	command(b, fetch.Disable, cdp.Empty{})
	b.click("button", "Continue with Harbor")
	b.see("h1", "Who are you?")
	b.survey("practice", view{desk, false}, view{phone, true})
}

// holdBack answers 204 for addresses of this pattern: the browser stays where
// it is.
func (b *tab) holdBack(pattern string) {
	b.t.Helper()
	requests := chromedp.Events(b.ctx, fetch.RequestPaused)
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			chromedp.Call(b.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: r.RequestID, ResponseCode: http.StatusNoContent})
		}
	}()
	command(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
}

// TestLongBook pages through a long past to its end: every event once, and as
// many as the page said.
func TestLongBook(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "3000")
	demo.waitPast(t)
	s := &story{tab: newTab(t, tabOptions{width: desk}), demo: demo}
	s.open(demo.URL + "/")
	s.signIn("Harbor", "Ada Lovelace")
	s.at("/account")
	s.open(demo.URL + "/admin/events")
	want := s.count("#events-title")
	var rows []string
	for {
		page := strings.Fields(s.rows())
		rows = append(rows, page...)
		if !s.has(".pager a", "Older") {
			break
		}
		s.click(".pager a", "Older")
		s.until(fmt.Sprintf("loaded() && find('#events .what a').getAttribute('href') !== %q", page[0]))
	}
	slices.Sort(rows)
	if unique := slices.Compact(slices.Clone(rows)); len(unique) != len(rows) || len(rows) != want {
		t.Errorf("%d rows, %d of them once, the page said %d", len(rows), len(unique), want)
	}
	if n := get[int](s.tab, "list('#events tbody tr').length"); n != (want-1)%50+1 {
		t.Errorf("the last page has %d rows of %d", n, want)
	}
	s.sound("the last page")
}
