package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"gatebook/db/event"
)

func TestEventsFragment(t *testing.T) {
	g, boss := bookOf(t, 0)
	whole := boss.get("/admin/events?outcome=failure")
	for name, c := range map[string]struct {
		tweaks   []tweak
		fragment bool
	}{
		"plain":          {nil, false},
		"HX-Request":     {[]tweak{with("HX-Request", "true")}, false},
		"type alone":     {[]tweak{with("HX-Request-Type", "partial")}, false},
		"full":           {[]tweak{with("HX-Request", "true"), with("HX-Request-Type", "full")}, false},
		"boosted":        {[]tweak{with("HX-Request", "true"), with("HX-Boosted", "true")}, false},
		"partial":        {[]tweak{partial}, true},
		"odd HX-Request": {[]tweak{partial, with("HX-Request", "1")}, false},
	} {
		p := boss.get("/admin/events?outcome=failure", c.tweaks...)
		if isFragment := !strings.Contains(p.body, "<html"); isFragment != c.fragment || p.status != http.StatusOK {
			t.Errorf("%s: fragment %t, %d", name, isFragment, p.status)
		}
		if diff := cmp.Diff(rowIDs(whole.body), rowIDs(p.body)); diff != "" {
			t.Errorf("%s: other rows:\n%s", name, diff)
		}
		if vary := strings.Join(p.header.Values("Vary"), ", "); !strings.Contains(vary, "HX-Request, HX-Request-Type") {
			t.Errorf("%s: Vary %q", name, vary)
		}
	}
	g.left()
}

func TestAuditViewOnceAnHourAndSession(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	first := g.events()[0]
	boss.get("/admin/events/" + first.ID.String()) // one event is the book too
	boss.get("/admin/events")
	boss.get("/admin/events?outcome=failure")
	g.left("audit.view success")
	g.clock.Add(59 * time.Minute)
	boss.get("/admin/events")
	g.left()
	g.clock.Add(time.Minute)
	boss.get("/admin/events")
	g.left("audit.view success")
	other := g.browser()
	other.signIn("forge", "guest-1")
	other.get("/admin/events")
	view := g.left("session.signin success known_identity", "audit.view success")[1]
	if view.ActorKind != event.Account || view.Actor != g.only().ID || view.Session == 0 {
		t.Errorf("viewed by %s %s", view.ActorKind, view.Actor)
	}
}

// TestAuditViewThatCannotBeWritten: no page without its event, and the next
// one tries again.
func TestAuditViewThatCannotBeWritten(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	conn := openRaw(t, g)
	if _, err := conn.Exec("CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'refused'); END"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if p := boss.get("/admin/events"); p.status < 500 || strings.Contains(p.body, "ledger") {
			t.Errorf("%d", p.status)
		}
	}
	if p := boss.get("/admin/events/export"); p.status < 500 || strings.Contains(p.body, `"kind"`) {
		t.Errorf("export: %d", p.status)
	}
	if _, err := conn.Exec("DROP TRIGGER no_events"); err != nil {
		t.Fatal(err)
	}
	boss.get("/admin/events")
	g.left("audit.view success")
}

func TestEventsStripAndCount(t *testing.T) {
	g, boss := bookOf(t, 200)
	d := boss.get("/admin/events").doc(t)
	var figures []string
	d.Find("#strip li").Each(func(_ int, li *goquery.Selection) { figures = append(figures, strings.TrimSpace(li.Text())) })
	count := func(kind event.Kind, outcome event.Outcome) string {
		n := int64(0)
		for _, e := range g.events() {
			if e.Outcome == outcome && (kind == 0 || e.Kind == kind) {
				n += e.Count
			}
		}
		return thousands(n)
	}
	want := []string{
		count(event.KindSessionSignin, event.Success) + " sign-ins", count(0, event.Failure) + " refused",
		count(event.KindIdentityLink, event.Success) + " links", count(event.KindIdentityUnlink, event.Success) + " unlinks",
		count(event.KindAccountCreate, event.Success) + " new people",
	}
	if diff := cmp.Diff(want, figures); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if got := d.Find("#events-title").Text(); got != fmt.Sprintf("%d events", len(g.events())) {
		t.Errorf("count %q", got)
	}
	// Each figure leads to what it counts, and keeps the other filters.
	href, _ := boss.get("/admin/events?provider=forge").doc(t).Find("#strip a").Eq(1).Attr("href")
	if href != "/admin/events?outcome=failure&provider=forge" {
		t.Errorf("refused leads to %q", href)
	}
}

func TestChipsRemoveOneFilterEach(t *testing.T) {
	_, boss := bookOf(t, 0)
	d := boss.get("/admin/events?kind=session.signin&outcome=failure&provider=gone&q=brien").doc(t)
	chips := map[string]string{}
	d.Find(".chips .chip").Each(func(_ int, a *goquery.Selection) {
		href, _ := a.Attr("href")
		chips[a.Find("bdi").Text()] = href
	})
	want := map[string]string{
		"“brien”":          "/admin/events?kind=session.signin&outcome=failure&provider=gone",
		"kind: Signed in":  "/admin/events?outcome=failure&provider=gone&q=brien",
		"outcome: failure": "/admin/events?kind=session.signin&provider=gone&q=brien",
		"provider: gone":   "/admin/events?kind=session.signin&outcome=failure&q=brien",
	}
	if diff := cmp.Diff(want, chips); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
}

func TestEmptyBookAndNothingMatches(t *testing.T) {
	_, boss := bookOf(t, 0)
	p := boss.get("/admin/events?q=nobody+at+all")
	if !strings.Contains(p.body, "Nothing matches") || len(rowIDs(p.body)) != 0 {
		t.Errorf("%d", p.status)
	}
}
