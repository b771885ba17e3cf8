package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"gatebook/db"
	"gatebook/db/event"
)

// TestEventPage reads a refused sign-in: what was checked, which rule, what
// else belongs to the trip.
func TestEventPage(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	g.browser().signIn("harbor", "ada")
	g.browser().trip("/signin/meadow", "ada", nil)
	var refused, signedIn db.Event
	for _, e := range g.events() {
		switch wordsOfEvent(e) {
		case "session.signin failure link_required":
			refused = e
		case "session.signin success signup":
			signedIn = e
		}
	}
	d := boss.get("/admin/events/" + refused.ID.String()).doc(t)
	path := d.Find("ol.path li").Text()
	for _, want := range []string{"State matched this attempt", "PKCE proved with S256", "Nonce matched", "The e-mail address is verified by",
		ruleWords["email_match_ask"], "email_link = ask", adminWords(event.ReasonLinkRequired)} {
		if !strings.Contains(path, want) {
			t.Errorf("the path does not say %q:\n%s", want, path)
		}
	}
	if s := d.Find("p.summary").Text(); !strings.HasPrefix(s, "Ada Lovelace: refused with Meadow on ") || !strings.Contains(s, "127.0.0.1") {
		t.Errorf("summary %q", s)
	}
	d = boss.get("/admin/events/" + signedIn.ID.String()).doc(t)
	if n := d.Find(`table[aria-labelledby="related"] tbody tr`).Length(); n != 2 {
		t.Errorf("%d others of the same trip", n)
	}
	fields := writtenFields(d)
	for label, want := range map[string]string{
		"E-mail": "ada@example.org", "Kind": "session.signin", "Reason": "signup", "Provider": "harbor", "IP address": "127.0.0.1",
		"Device": "Firefox on Linux", "Attempt": signedIn.Attempt.String(), "Hash": signedIn.Hash(), "Request": signedIn.RequestID,
	} {
		if fields[label] != want {
			t.Errorf("%s: %q, want %q", label, fields[label], want)
		}
	}
}

func writtenFields(d *goquery.Document) map[string]string {
	fields := map[string]string{}
	d.Find("dl.fields > div").Each(func(_ int, f *goquery.Selection) {
		fields[f.Find("dt").Text()] = f.Find("dd bdi").First().Text()
	})
	return fields
}

func TestEventPageOfNothing(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	for _, id := range []string{"0000000000001", "nonsense", "%00", "0000000000000"} {
		if p := boss.get("/admin/events/" + id); p.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, p.status)
		}
	}
	g.left()
}

// TestEveryKindAsAPage writes one event of every kind and outcome and reads
// each page.
func TestEveryKindAsAPage(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	g.write(func(ctx context.Context, tx *db.Tx) error {
		for _, k := range event.Kinds() {
			for _, o := range []event.Outcome{event.Success, event.Failure} {
				if _, err := tx.Append(ctx, db.Event{Kind: k, Outcome: o, Count: 3, Detail: db.Detail{Check: "exp", Status: 502, Email: "none"}}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, e := range g.events() {
		p := boss.get("/admin/events/" + e.ID.String())
		if d := p.doc(t); p.status != http.StatusOK || d.Find("main h1 span").Last().Text() == "" || strings.Contains(p.body, "unknown-") {
			t.Errorf("%s: %d %q", wordsOfEvent(e), p.status, d.Find("main h1").Text())
		}
	}
}
