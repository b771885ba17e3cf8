package handlers

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// bookOf gives a gate a book of many sorts of events: a made-up past, and rows
// with names that try the search.
func bookOf(t *testing.T, n int) (*gate, *browser) {
	t.Helper()
	g := openGate(t)
	if n > 0 {
		if err := g.WritePast(context.Background(), []string{"harbor", "meadow", "forge"}, n, discard{}); err != nil {
			t.Fatal(err)
		}
	}
	boss := g.admin()
	ctx := context.Background()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"100% sure", "under_score", `back\slash`, "o'brien", `"quoted"`, "ÅSE Ødegård", "straße", "<b>bold</b>", "a:b", "مريم"} {
		actor := db.Actor{IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(rnd.IntN(250))}), UserAgent: firefox}
		err := g.Store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Append(ctx, db.Event{
				Kind: event.KindSessionSignin, Outcome: event.Failure, Reason: event.ReasonSignupClosed, Provider: "gone",
				Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@example.org", Handle: "h",
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		g.clock.Add(time.Hour)
	}
	if p := boss.trip("/stepup/forge", "guest-1", nil); p.status != http.StatusSeeOther {
		t.Fatal(p.status)
	}
	if p := boss.get("/admin/events"); p.status != http.StatusOK { // notes the view
		t.Fatal(p.status)
	}
	g.skip()
	return g, boss
}

type discard struct{}

// Write implements io.Writer.
func (discard) Write(b []byte) (int, error) { return len(b), nil }

var rowLink = regexp.MustCompile(`<a href="/admin/events/([0-9a-z]{13})"`)

// rowIDs are the ids of the rows of a page of the book.
func rowIDs(body string) (ids []string) {
	for _, m := range rowLink.FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// idsOf are the ids of the events that a test of one's own lets through,
// newest first.
func idsOf(events []db.Event, match func(db.Event) bool) (ids []string) {
	for _, e := range slices.Backward(events) {
		if match(e) {
			ids = append(ids, e.ID.String())
		}
	}
	return ids
}

func TestEventsPaging(t *testing.T) {
	g, boss := bookOf(t, 150)
	walkPages(t, boss, "/admin/events", idsOf(byID(g.events()), func(db.Event) bool { return true }), 50, rowIDs)
	signins := idsOf(byID(g.events()), func(e db.Event) bool { return e.Kind == event.KindSessionSignin })
	walkPages(t, boss, "/admin/events?kind=session.signin", signins, 50, rowIDs)
	g.left()
}

// byID is the order of the book's pages: a past that was written later has
// older ids.
func byID(events []db.Event) []db.Event {
	slices.SortFunc(events, func(a, b db.Event) int { return int((a.ID-b.ID)>>62) | int(min(1, max(-1, a.ID-b.ID))) })
	return events
}

// TestEventFilters compares every filter with a plain loop over the book.
func TestEventFilters(t *testing.T) {
	g, boss := bookOf(t, 300)
	all := byID(g.events())
	who := all[len(all)/2]
	for _, e := range all {
		if e.Account != 0 && e.Identity != 0 && e.Attempt != 0 && e.IP.Is4() {
			who = e
		}
	}
	day := who.At.Format(time.DateOnly)
	midnight := who.At.Truncate(24 * time.Hour)
	contains := func(text string) func(db.Event) bool {
		return func(e db.Event) bool {
			return strings.Contains(db.Fold(e.Name+"\n"+e.Email+"\n"+e.Handle), db.Fold(text))
		}
	}
	cases := map[string]func(db.Event) bool{
		"kind=identity.link":                      func(e db.Event) bool { return e.Kind == event.KindIdentityLink },
		"kind=session.signin":                     func(e db.Event) bool { return e.Kind == event.KindSessionSignin },
		"outcome=success":                         func(e db.Event) bool { return e.Outcome == event.Success },
		"outcome=failure":                         func(e db.Event) bool { return e.Outcome == event.Failure },
		"reason=denied_by_user":                   func(e db.Event) bool { return e.Reason == event.ReasonDeniedByUser },
		"reason=signup":                           func(e db.Event) bool { return e.Reason == event.ReasonSignup },
		"provider=forge":                          func(e db.Event) bool { return e.Provider == "forge" },
		"provider=gone":                           func(e db.Event) bool { return e.Provider == "gone" },
		"provider=nobody":                         func(db.Event) bool { return false },
		"account=" + who.Account.String():         func(e db.Event) bool { return e.Account == who.Account },
		"identity=" + who.Identity.String():       func(e db.Event) bool { return e.Identity == who.Identity },
		"attempt=" + who.Attempt.String():         func(e db.Event) bool { return e.Attempt == who.Attempt },
		"ip=" + who.IP.String():                   func(e db.Event) bool { return e.IP == who.IP },
		"ip=198.51.100.0/24":                      func(e db.Event) bool { return netip.MustParsePrefix("198.51.100.0/24").Contains(e.IP) },
		"ip=2001:db8::/32":                        func(e db.Event) bool { return netip.MustParsePrefix("2001:db8::/32").Contains(e.IP) },
		"ip=::ffff:198.51.100.0/120":              func(e db.Event) bool { return netip.MustParsePrefix("198.51.100.0/24").Contains(e.IP) },
		"from=" + day:                             func(e db.Event) bool { return !e.At.Before(midnight) },
		"to=" + day:                               func(e db.Event) bool { return e.At.Before(midnight.AddDate(0, 0, 1)) },
		"from=" + day + "&to=" + day:              func(e db.Event) bool { return e.At.Format(time.DateOnly) == day },
		"from=2026-12-01T00:00:00Z&to=2026-11-01": func(db.Event) bool { return false },
		"kind=session.signin&outcome=failure&provider=harbor": func(e db.Event) bool {
			return e.Kind == event.KindSessionSignin && e.Outcome == event.Failure && e.Provider == "harbor"
		},
		"q=" + url.QueryEscape("provider:forge outcome:failure"): func(e db.Event) bool {
			return e.Provider == "forge" && e.Outcome == event.Failure
		},
		"q=" + url.QueryEscape("kind:session.signin example.org"): func(e db.Event) bool {
			return e.Kind == event.KindSessionSignin && contains("example.org")(e)
		},
		"q=" + url.QueryEscape("after:"+day+" before:"+day): func(e db.Event) bool { return e.At.Format(time.DateOnly) == day },
		"q=provider:forge&provider=harbor":                  func(e db.Event) bool { return e.Provider == "harbor" },
	}
	for _, text := range []string{"ada", "ADA", "%", "_", "100%", "r_s", `\`, "'", `"`, "' OR 1=1 --", "øde", "STRASSE", "<b>", "a:b", "مريم", "example.org", "h", "nobody at all", "x%y", "*", "@"} {
		cases["q="+url.QueryEscape(text)] = contains(text)
	}
	for query, match := range cases {
		want := idsOf(all, match)
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q := parseEventQuery(values)
		var got []string
		err = g.Store.EachEvent(context.Background(), q.filter, func(e db.Event) error {
			got = append(got, e.ID.String())
			return nil
		})
		if err != nil || len(q.problems) > 0 || !slices.Equal(want, got) {
			t.Errorf("%s: %d rows, want %d, %v %v", query, len(got), len(want), q.problems, err)
		}
		p := boss.get("/admin/events?" + query)
		if first := want[:min(len(want), eventsPerPage)]; p.status != http.StatusOK || !slices.Equal(first, rowIDs(p.body)) {
			t.Errorf("%s: %d, a page of %d rows, want %d", query, p.status, len(rowIDs(p.body)), len(first))
		}
	}
	g.left()
}
