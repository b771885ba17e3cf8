//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// story is one newcomer's evening with the demo.
type story struct {
	*tab
	demo *program
	full bool // every page is examined in all its looks; else only as it stands
}

// TestStory walks through the whole demo, on a desk and on a phone, with
// scripts and without.
func TestStory(t *testing.T) {
	for _, tt := range []struct {
		name string
		full bool
		look tabOptions
	}{
		{"desk", true, tabOptions{width: desk}},
		{"desk without scripts", false, tabOptions{width: desk, noScript: true}},
		{"phone", false, tabOptions{width: phone, dark: true}},
		{"phone without scripts", false, tabOptions{width: phone, noScript: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			demo := startDemo(t)
			demo.waitPast(t)
			s := &story{tab: newTab(t, tt.look), demo: demo, full: tt.full}
			s.arrive()
			s.linkMore()
			s.unlinkOne()
			s.keepTheLast()
			s.readTheBook()
			s.leave()
			s.second()
			s.cancel()
		})
	}
}

// examine looks at a page that every story passes.
func (s *story) examine(name string) {
	s.t.Helper()
	switch {
	case s.full && strings.HasPrefix(name, "refused-"):
		s.glance(name)
	case s.full:
		s.look(name)
	default:
		s.sound(name)
	}
}

// signIn goes from the sign-in page to a persona's button and presses it.
func (s *story) signIn(provider, persona string) {
	s.t.Helper()
	s.at("/signin")
	s.click("button", "Continue with "+provider)
	s.persona(persona)
}

// persona presses a button of a practice provider's page.
func (s *story) persona(name string) {
	s.t.Helper()
	s.see("h1", "Who are you?")
	s.click("button", name)
}

// flash waits for the message of the page after a form.
func (s *story) flash(text string) { s.t.Helper(); s.see(".flash[role=status]", text) }

func (s *story) arrive() {
	s.open(s.demo.URL + "/")
	s.at("/signin")
	if n := get[int](s.tab, "list('.provider').length"); n != 3 {
		s.t.Errorf("%d ways in, want 3", n)
	}
	s.examine("signin")
	s.signIn("Harbor", "Ada Lovelace")
	s.at("/account")
	s.see("h1", "Ada Lovelace")
	s.see(".sub", "administrator")
	s.see("nav a", "Audit")
	s.see("nav a", "People")
}

func (s *story) linkMore() {
	s.see(".rows .why", "Your last way in. Link another one first.")
	for _, provider := range []string{"Meadow", "Forge"} {
		s.click("button", "Link "+provider)
		s.persona("Ada Lovelace")
		s.at("/account")
		s.flash(provider + " is now a way in.")
		s.see(".rows li", provider+" · ada")
	}
	if n := get[int](s.tab, "list('.rows li').length"); n != 3 {
		s.t.Errorf("%d ways in, want 3", n)
	}
	s.examine("account-three")
}

// unlinkOne unlinks Forge, after thinking twice.
func (s *story) unlinkOne() {
	s.click(".rows a", "Unlink Forge")
	if s.noScript {
		s.see("h1", "Unlink Forge?")
		s.examine("unlink")
		s.click("a", "Cancel")
		s.at("/account")
		s.click(".rows a", "Unlink Forge")
		s.click("button", "Unlink")
	} else {
		s.dialog()
		s.click("dialog button", "Unlink")
	}
	s.flash("Forge is no longer a way in.")
	if s.has(".rows li", "Forge") {
		s.t.Error("Forge is still listed")
	}
}

// dialog checks that the question starts at the harmless answer, that Esc is
// one too, and that the focus returns to where it was.
func (s *story) dialog() {
	s.until("find('dialog[open]', 'Unlink Forge (ada)?') && words(document.activeElement) === 'Cancel'")
	s.examine("unlink-dialog")
	s.press("Escape")
	s.until("!find('dialog[open]') && words(document.activeElement) === 'Unlink Forge'")
	s.press("Enter")
	s.until("find('dialog[open]') && words(document.activeElement) === 'Cancel'")
	s.press("Enter")
	s.until("!find('dialog[open]') && words(document.activeElement) === 'Unlink Forge'")
	s.click(".rows a", "Unlink Forge")
	s.until("find('dialog[open]')")
}

// keepTheLast unlinks Meadow too and is refused for Harbor.
func (s *story) keepTheLast() {
	confirm := get[string](s.tab, "find('.rows a', 'Unlink Harbor').href")
	s.open(get[string](s.tab, "find('.rows a', 'Unlink Meadow').href"))
	s.see("h1", "Unlink Meadow?")
	s.see(".points", "One way in will be left.")
	s.examine("unlink")
	s.click("button", "Unlink")
	s.flash("Meadow is no longer a way in.")
	s.see(".rows .why", "Your last way in. Link another one first.")
	held := get[bool](s.tab, "(b => b.disabled && words(document.getElementById(b.getAttribute('aria-describedby'))).startsWith('Your last'))(find('.rows button', 'Unlink'))")
	if !held {
		s.t.Error("the last way in can be pressed away, or does not say why not")
	}
	s.examine("account-one")
	s.expect(409)
	s.open(confirm)
	s.see("h1", "It is your last way in")
	s.examine("refused-last")
	s.click("a", "Back to your account")
	s.at("/account")
}

// leave signs out; then the Back button shows nothing private.
func (s *story) leave() {
	s.open(s.demo.URL + "/account")
	s.signOut()
	s.back()
	s.until("at('/signin') && location.search.includes('return=%2Faccount') && find('h1', 'Sign in')")
	if s.has("body", "Ada Lovelace") {
		s.t.Error("Back shows who was signed in")
	}
}

func (s *story) signOut() {
	s.t.Helper()
	s.click(".menu summary", "")
	s.see(".menu", "Sign out")
	s.click(".menu button", "Sign out")
	s.at("/signin")
}

// second signs a second person in, who is no admin.
func (s *story) second() {
	s.open(s.demo.URL + "/")
	s.signIn("Harbor", "Grace Hopper")
	s.at("/account")
	s.see("h1", "Grace Hopper")
	s.see(".rows", "unverified")
	if s.has("nav a", "Audit") || s.has("nav a", "People") || s.has(".sub", "administrator") {
		s.t.Error("the second person is an admin")
	}
	for _, path := range []string{"/admin/events", "/admin/accounts"} {
		s.expect(403)
		s.open(s.demo.URL + path)
		s.see("h1", "This page is for admins")
	}
	s.examine("refused-admin")
	s.click("a", "Back to your account")
	s.at("/account")
	s.signOut()
}

// cancel says no at the provider and finds a way on from there.
func (s *story) cancel() {
	s.expect(400)
	s.signIn("Forge", "Deny")
	s.see("h1", "You cancelled")
	s.examine("cancelled")
	s.click("button", "Try Forge again")
	s.persona("Noor Quiet")
	s.at("/account")
	s.see("h1", "Noor Quiet")
	s.click(".brand", "Gatebook")
	s.at("/account")
	s.judge()
}

// rows are the addresses of the events shown, in their order.
func (s *story) rows() string {
	s.t.Helper()
	return get[string](s.tab, shownRows)
}

// rowsAre waits until the events shown are these.
func (s *story) rowsAre(want string) {
	s.t.Helper()
	s.until(fmt.Sprintf("loaded() && %s === %q", shownRows, want))
}

const shownRows = "list('#events .what a').map(a => a.getAttribute('href')).join(' ')"

// count is the number in a heading such as "1,234 events".
func (b *tab) count(css string) (n int) {
	b.t.Helper()
	text := get[string](b, fmt.Sprintf("words(find(%q))", css))
	if _, err := fmt.Sscan(strings.ReplaceAll(text, ",", ""), &n); err != nil {
		b.t.Fatalf("no number in %q", text)
	}
	return n
}
