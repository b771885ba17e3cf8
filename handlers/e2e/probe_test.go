//go:build e2e

package e2e

import "testing"

func TestProbe(t *testing.T) {
	p := startDemo(t)
	p.waitPast(t)
	for _, off := range []bool{false, true} {
		b := newTab(t, tabOptions{width: desk, noScript: off})
		b.open(p.URL + "/")
		b.at("/signin")
		t.Log(get[bool](b, "matchMedia('(scripting: none)').matches"))
		b.look("probe-signin")
		b.click("button", "Continue with Harbor")
		b.see("h1", "Who are you?")
		b.click("button", "Ada Lovelace")
		b.at("/account")
		b.look("probe-account")
		b.open(p.URL + "/admin/events")
		b.look("probe-book")
	}
}
