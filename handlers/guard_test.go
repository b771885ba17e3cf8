package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
)

func TestA06_ZeroGuardDenies(t *testing.T) {
	g := openGate(t)
	b := g.admin()
	called := false
	s := g.Server
	h := s.serve(s.guarded(route{"GET /forgotten", 0, func(http.ResponseWriter, *request) error { called = true; return nil }, ""}))
	if p := serveOnce(b, h, http.MethodGet, "/forgotten"); p.status != http.StatusNotFound || called {
		t.Errorf("a route without a guard answered %d, called %t", p.status, called)
	}
}

// TestA06_WhoMayDoWhat walks every guarded route as every sort of person.
func TestA06_WhoMayDoWhat(t *testing.T) {
	g := openGate(t)
	people := guardedPeople(t, g)
	lines := g.Server.routes()
	slices.SortStableFunc(lines, func(a, b route) int { // signing out comes last: nobody is left after it
		return strings.Count(a.pattern, "/signout") - strings.Count(b.pattern, "/signout")
	})
	for _, line := range lines {
		if line.guard == public {
			continue
		}
		method, path := example(line.pattern)
		for who, b := range people {
			got := b.copyOf().do(method, path, formFor(method))
			want := expected(line, method, path, who)
			if answer := summary(got); !want(answer) {
				t.Errorf("%s as %s: %s", line.pattern, who, answer)
			}
		}
	}
}

// guardedPeople are browsers of every sort of person. The clock moves in
// between, so the order matters: the stale ones come first.
func guardedPeople(t *testing.T, g *gate) map[string]*browser {
	t.Helper()
	people := map[string]*browser{"anonymous": g.browser()}
	for i, who := range []string{"stale", "stale admin", "pending", "disabled", "active", "admin"} {
		if who == "pending" {
			g.clock.Add(staleAfter)
		}
		b := g.browser()
		persona := "guest-" + string(rune('1'+i))
		b.signIn("forge", persona)
		people[who] = b
		id := g.named("Guest " + string(rune('1'+i))).ID
		switch who {
		case "pending":
			g.status(id, db.StatusPending)
		case "disabled":
			g.status(id, db.StatusDisabled)
		case "admin", "stale admin":
			if err := g.Accounts.Grant(context.Background(), db.Actor{Kind: event.CommandLine}, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	return people
}

func summary(p *page) string {
	return strings.TrimSpace(http.StatusText(p.status) + " " + p.location + " " + p.reason())
}

// expected is the guard's answer. Where the guard lets pass, the answer is the
// route's own: anything but the guard's.
func expected(line route, method, path, who string) func(string) bool {
	back := path
	if line.back != "" {
		back = line.back
	}
	exactly := func(want string) func(string) bool { return func(got string) bool { return got == want } }
	passes := func(got string) bool {
		return !strings.Contains(got, "/signin?return=") && !strings.Contains(got, "/stepup?return=") &&
			!strings.Contains(got, "not_admin") && (!strings.Contains(got, "/waiting") || path == "/waiting")
	}
	switch {
	case who == "anonymous", who == "disabled":
		return exactly("See Other /signin?return=" + url.QueryEscape(back))
	case line.guard == pending:
		return passes
	case who == "pending":
		return exactly("See Other /waiting")
	case line.guard >= admin && !strings.HasSuffix(who, "admin"):
		return exactly("Forbidden  not_admin")
	case (line.guard == fresh || line.guard == adminFresh) && strings.HasPrefix(who, "stale"):
		return exactly("See Other /stepup?return=" + url.QueryEscape(back))
	}
	return passes
}

func TestA06_DemotedDuringSession(t *testing.T) {
	g := openGate(t)
	b := g.admin()
	if p := b.get("/admin/events"); p.status != http.StatusOK {
		t.Fatalf("as an admin: %d", p.status)
	}
	g.write(func(_ context.Context, tx *db.Tx) error { return tx.SetAdmin(g.named("Guest 1").ID, false) })
	if p := b.get("/admin/events"); p.status != http.StatusForbidden || p.reason() != "not_admin" {
		t.Errorf("once demoted: %d %s", p.status, p.reason())
	}
}
