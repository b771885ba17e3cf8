//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeyboard goes through the pages without a mouse: everything can be
// reached in reading order, one sees where one is, and Enter opens.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	demo.waitPast(t)
	s := &story{tab: newTab(t, tabOptions{width: desk}), demo: demo}
	s.open(demo.URL + "/signin")
	s.stops(true, "Skip to the content", "Gatebook", "Continue with Harbor", "Continue with Meadow", "Continue with Forge", "Auto", "Light", "Dark")

	s.open(demo.URL + "/signin")
	s.stops(false, "Skip to the content")
	s.press("Enter")
	s.until("document.activeElement.id === 'main'")
	s.stops(false, "Continue with Harbor")
	s.press("Enter")
	s.see("h1", "Who are you?")
	s.press("Tab")
	s.until("focus().name.startsWith('Ada Lovelace')")
	s.press("Enter")
	s.at("/account")

	frame := []string{"Skip to the content", "Gatebook", "Account", "Audit", "People", "Providers", "AL Menu of Ada Lovelace"}
	s.open(demo.URL + "/account")
	s.see("h1", "Ada Lovelace")
	s.stops(true, append(slices.Clone(frame), "Link Meadow", "Link Forge", "Link another Harbor")...)

	s.open(demo.URL + "/admin/events")
	s.see("h1", "The book")
	figures := get[[]string](s.tab, "list('.strip a').map(words)")
	row := get[[]string](s.tab, "[...list('#events tbody tr')[0].querySelectorAll('a')].map(words)")
	s.stops(false, slices.Concat(frame, figures, []string{"Search the book", "Event", "Outcome", "Provider", "From", "To", "Export"}, row)...)

	s.open(demo.URL + "/admin/events")
	s.see("h1", "The book")
	get[bool](s.tab, "!list('#events .what a')[0].focus()")
	s.press("Enter")
	s.see("h2", "What was written down")
}

// stops presses Tab as often as it takes to come past these, in this order;
// all says that the page has no more.
func (s *story) stops(all bool, want ...string) {
	s.t.Helper()
	s.until("loaded()")
	var got []string
	for presses := 0; len(got) < len(want) && presses < 4*len(want); presses++ {
		if name := s.stop(); len(got) == 0 || got[len(got)-1] != name {
			got = append(got, name) // a date has several stops within
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("stops of Tab on %s (-want +got):\n%s", get[string](s.tab, "location.pathname"), diff)
	}
	if !all {
		return
	}
	s.press("Tab")
	if more := get[string](s.tab, "focus().tag"); more != "body" {
		s.t.Errorf("Tab goes on to %s %q", more, get[string](s.tab, "focus().name"))
	}
}

// stop presses Tab once and names what has the focus then.
func (s *story) stop() string {
	s.t.Helper()
	s.press("Tab")
	f := get[struct {
		Tag, Name string
		Ring      float64
		Inside    bool
	}](s.tab, "focus()")
	if f.Ring < 2 || !f.Inside {
		s.t.Errorf("%s %q has the focus, and nobody sees it: %s", f.Tag, f.Name, fmt.Sprintf("ring %v px, in the window: %t", f.Ring, f.Inside))
	}
	return strings.TrimSpace(f.Name)
}
