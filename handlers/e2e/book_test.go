//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
)

// readTheBook reads, filters, pages, opens and exports the audit log.
func (s *story) readTheBook() {
	s.click("nav a", "Audit")
	s.at("/admin/events")
	s.see("h1", "The book")
	s.until("list('#events tbody tr').length === 50")
	if s.count(".strip li:first-child") < 200 || s.count("#events-title") < 400 {
		s.t.Error("the past is missing")
	}
	s.examine("book")
	s.filterByKind()
	s.filterByProvider()
	s.exportRows()
	s.filterByText()
	s.turnPages()
	s.openEvents()
	s.meetPeople()
	s.testProvider()
}

// mark makes a reload of the page noticeable.
func (s *story) mark() { s.t.Helper(); get[bool](s.tab, "window.marked = true") }

// short says that the page was changed in place, as it is with scripts, and
// loaded anew without them.
func (s *story) short(what string) {
	s.t.Helper()
	if kept := get[bool](s.tab, "!!window.marked"); kept == s.noScript {
		s.t.Errorf("%s: page kept is %t, without scripts is %t", what, kept, s.noScript)
	}
}

// filterByKind picks "Linked" with the keyboard.
func (s *story) filterByKind() {
	s.mark()
	if s.width == phone {
		s.click(".more summary", "Filters")
	}
	s.until("find('#f-kind')")
	get[bool](s.tab, "!find('#f-kind').focus()")
	s.keys("Linked")
	s.until("words(find('#f-kind').selectedOptions[0]) === 'Linked'")
	if s.noScript {
		s.click("#filter button", "Search")
	}
	s.until("loaded() && asked('kind') === 'identity.link'")
	s.until("list('#events tbody tr').length && list('#events .what').every(e => words(e).includes('Link'))")
	s.see(".chip", "kind: Linked")
	s.short("filter by kind")
	if s.has("#filter button", "Search") != s.noScript {
		s.t.Error("the search button is there for those without scripts alone")
	}
	s.examine("book-filtered")
	s.shoot("book-filtered-" + strings.ReplaceAll(s.t.Name()[len("TestStory/"):], "_", "-"))
}

// filterByProvider presses a provider's name in a row; Back undoes it.
func (s *story) filterByProvider() {
	before := s.rows()
	s.mark()
	s.click("#events .via a", "Meadow")
	s.until("loaded() && asked('provider') === 'meadow'")
	s.until("list('#events .via').every(e => words(e) === 'Meadow')")
	s.see(".chip", "provider: Meadow")
	s.short("filter by provider")
	s.until("find('#f-provider').value === 'meadow' || !find('#f-provider')")
	s.back()
	s.until("loaded() && asked('kind') === 'identity.link' && !asked('provider')")
	s.until("!find('.chip', 'provider') && find('.chip', 'kind: Linked')")
	s.rowsAre(before)
}

// filterByText types a name; without scripts Enter asks for it.
func (s *story) filterByText() {
	s.click(".clear", "Clear filters")
	s.until("at('/admin/events') && location.search === '' && list('#events tbody tr').length === 50")
	s.mark()
	s.click("#q", "")
	s.keys("dennis")
	if s.noScript {
		s.press("Enter")
	}
	s.until("loaded() && asked('q') === 'dennis'")
	s.until("list('#events tbody tr').length && list('#events .person').every(e => words(e).includes('Dennis'))")
	s.short("filter by text")
	s.open(s.demo.URL + "/admin/events?q=nobody-of-this-name")
	s.see("h2", "Nothing matches")
	if s.full {
		s.look("book-nothing")
	}
	s.expect(422)
	s.open(s.demo.URL + "/admin/events?q=ip:nowhere")
	s.see(".why", "neither an address nor a network")
	s.until("list('#events tbody tr').length === 50")
	if s.full {
		s.look("book-problem")
	}
	s.click(".clear", "Clear filters")
	s.until("location.search === ''")
}

// turnPages goes to older events and back, in two ways.
func (s *story) turnPages() {
	s.until("at('/admin/events') && location.search === '' && !find('.pager a', 'Newer')")
	first := s.rows()
	s.mark()
	s.click(".pager a", "Older")
	s.until("loaded() && location.search.startsWith('?older=') && find('.pager a', 'Newer')")
	s.short("older")
	if !s.noScript {
		s.until("document.activeElement.id === 'events-title'")
	}
	second := s.rows()
	for _, row := range strings.Fields(second) {
		if strings.Contains(first, row) {
			s.t.Errorf("%s is on both pages", row)
		}
	}
	s.click(".pager a", "Newer")
	s.until("loaded() && location.search.startsWith('?newer=')")
	s.rowsAre(first)
	s.back()
	s.until("loaded() && location.search.startsWith('?older=')")
	s.rowsAre(second)
}

// openEvents reads how some events were decided.
func (s *story) openEvents() {
	for _, e := range []struct{ name, query, row, heading, step string }{
		{"event-linked", "kind=identity.link&q=ada", "Linked", "Linked", "recent proof"},
		{"event-refused", "outcome=failure", "Refused", "Refused", ""},
		{"event-signin", "kind=session.signin&q=ada", "Signed in", "Signed in", "becomes its admin"},
	} {
		s.open(s.demo.URL + "/admin/events?" + e.query)
		s.click("#events .what a", e.row)
		s.see("h1", e.heading)
		s.see("h2", "How it was decided")
		s.see(".path li", e.step)
		s.see("dt", "Hash")
		s.examine(e.name)
		s.click("a", "The book")
		s.at("/admin/events")
	}
}

// exportRows fetches what the Export link leads to, and finds the rows of the
// filter in it, neither more nor fewer.
func (s *story) exportRows() {
	want := s.count("#events-title")
	res := s.fetch(get[string](s.tab, "find('a[download]', 'Export').href"))
	if !strings.HasPrefix(res.Header.Get("Content-Disposition"), `attachment; filename="gatebook-events-`) {
		s.t.Errorf("export: %s %v", res.Status, res.Header)
	}
	lines := 0
	for text := bufio.NewScanner(res.Body); text.Scan(); lines++ {
		var row struct{ Kind string }
		if err := json.Unmarshal(text.Bytes(), &row); err != nil || row.Kind != "identity.link" {
			s.t.Fatalf("export, line %d: %v: %s", lines+1, err, text.Text())
		}
	}
	if lines != want {
		s.t.Errorf("export has %d rows, the page said %d", lines, want)
	}
}

func (s *story) meetPeople() {
	s.click("nav a", "People")
	s.at("/admin/accounts")
	s.see("h1", "People")
	s.see("tr", "Ada Lovelace")
	if !get[bool](s.tab, "words(find('tr', 'Ada Lovelace')).includes('admin') && find('tr', 'Ada Lovelace').querySelectorAll('.marks li').length === 1") {
		s.t.Error("Ada's row does not say that she is an admin with one way in")
	}
	s.examine("people")
	s.click(".person a", "Ada Lovelace")
	s.at("/admin/events")
	s.until(fmt.Sprintf("list('#events .person').every(e => words(e).includes(%q))", "Ada Lovelace"))
	s.see(".chip", "account: Ada Lovelace")
}

// testProvider tries a provider without signing anybody in.
func (s *story) testProvider() {
	s.click("nav a", "Providers")
	s.at("/admin/providers")
	s.see("h1", "Providers")
	s.see("dd", "/signin/harbor/callback")
	s.examine("providers")
	s.click("button", "Test sign-in with Meadow")
	s.persona("Noor Quiet")
	s.see("h1", "The test of Meadow worked")
	s.see(".summary", "A sign-in would have made a new account.")
	s.examine("provider-test")
	s.click("a", "Providers")
	s.at("/admin/providers")
	s.see(".menu", "Ada Lovelace")
}
