//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestTrips does at the provider what people do who are not patient: it clicks
// twice, goes back, opens tabs and loads again. Each ends on a sane page.
func TestTrips(t *testing.T) {
	for _, tt := range []struct {
		name string
		look tabOptions
	}{
		{"scripts", tabOptions{width: desk}},
		{"no scripts", tabOptions{width: desk, noScript: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			demo := startDemo(t, "--events", "0")
			s := &story{tab: newTab(t, tt.look), demo: demo, full: !tt.look.noScript}
			s.doubleClick()
			s.backFromProvider()
			s.twoTabs()
			s.twoPeople()
			s.callbackAgain()
		})
	}
}

func (s *story) doubleClick() {
	s.open(s.demo.URL + "/")
	s.at("/signin")
	s.clicks("button", "Continue with Harbor", 2)
	s.persona("Ada Lovelace")
	s.at("/account")
	s.see("h1", "Ada Lovelace")
	s.signOut()
}

func (s *story) backFromProvider() {
	s.click("button", "Continue with Meadow")
	s.see("h1", "Who are you?")
	s.back()
	s.at("/signin")
	s.click("button", "Continue with Harbor")
	s.see("h1", "Who are you?")
	s.back()
	s.signIn("Harbor", "Ada Lovelace")
	s.at("/account")
	s.see("h1", "Ada Lovelace")
	s.signOut()
}

// twoTabs finishes two sign-ins of one person, begun side by side, and then one
// sign-in in two tabs.
func (s *story) twoTabs() {
	other := &story{tab: s.beside(), demo: s.demo, full: s.full}
	s.bothAway(other)
	for _, one := range []*story{s, other} {
		one.persona("Ada Lovelace")
		one.at("/account")
		one.see("h1", "Ada Lovelace")
	}
	s.open(s.demo.URL + "/account")
	s.see("h1", "Ada Lovelace")
	s.signOut()
	s.click("button", "Continue with Harbor")
	s.see("h1", "Who are you?")
	other.open(get[string](s.tab, "location.href"))
	for _, one := range []*story{s, other} {
		one.persona("Ada Lovelace")
		one.at("/account")
		one.see("h1", "Ada Lovelace")
	}
	s.signOut()
}

// twoPeople finishes two persons' sign-ins, begun side by side. The second
// takes over where both are known; a stranger is not made a part of anybody.
func (s *story) twoPeople() {
	other := &story{tab: s.beside(), demo: s.demo, full: s.full}
	s.bothAway(other)
	s.persona("Ada Lovelace")
	s.see("h1", "Ada Lovelace")
	other.expect(403)
	other.persona("Grace Hopper")
	other.see("h1", "That is not one of your ways in")
	other.examine("refused-stranger")
	other.click("a", "Back to your account")
	other.see("h1", "Ada Lovelace")
	s.open(s.demo.URL + "/account")
	s.signOut()
	s.signIn("Harbor", "Grace Hopper")
	s.at("/account")
	s.signOut()
	s.bothAway(other)
	s.persona("Ada Lovelace")
	s.see("h1", "Ada Lovelace")
	other.persona("Grace Hopper")
	other.see("h1", "Grace Hopper")
	s.open(s.demo.URL + "/account")
	s.see("h1", "Grace Hopper")
	s.signOut()
}

// bothAway leaves two tabs at the provider, one after the other.
func (s *story) bothAway(other *story) {
	s.t.Helper()
	for _, one := range []*story{s, other} {
		one.open(s.demo.URL + "/signin")
		one.click("button", "Continue with Harbor")
		one.see("h1", "Who are you?")
	}
}

// callbackAgain loads a callback's address a second time, signed in and not,
// and in another window.
func (s *story) callbackAgain() {
	s.signIn("Harbor", "Ada Lovelace")
	s.at("/account")
	callback := s.visited("/signin/harbor/callback?")
	s.open(callback)
	s.at("/account")
	s.see("h1", "Ada Lovelace")
	s.signOut()
	s.expect(400)
	s.open(callback)
	s.see("h1", "This sign-in was finished before")
	s.examine("refused-finished")
	s.click("a", "Choose another way in")
	s.at("/signin")
	other := newTab(s.t, s.tabOptions)
	other.expect(400)
	other.open(callback)
	other.see("h1", "This sign-in cannot be finished here")
	if strings.Contains(get[string](other, "document.documentElement.outerHTML"), "code=") {
		s.t.Error("the refusal repeats the callback's query")
	}
}
