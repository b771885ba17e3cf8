package handlers

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

func TestWaitingAndApproval(t *testing.T) {
	g := openGate(t, withPolicy(accounts.Policy{Signup: accounts.SignupApprove, EmailLink: accounts.EmailLinkAsk}))
	b := g.browser()
	if p := b.signIn("harbor", "ada"); p.location != "/waiting" {
		t.Fatalf("%d %s", p.status, p.location)
	}
	g.left("account.create success signup", "identity.link success signup", "session.signin failure approval_pending")
	p := b.get("/waiting")
	if d := p.doc(t); p.status != http.StatusOK || !strings.Contains(d.Find("main").Text(), "Ada Lovelace") || d.Find("nav").Length() != 0 {
		t.Errorf("waiting: %d %s", p.status, d.Find("main").Text())
	}
	for path, want := range map[string]string{"/account": "/waiting", "/": "/waiting", "/admin/events": "/waiting"} {
		if p := b.get(path); p.location != want {
			t.Errorf("%s leads to %q", path, p.location)
		}
	}
	boss := g.adminBeside(t)
	people := boss.get("/admin/accounts").doc(t)
	action, _ := people.Find("td.person form").Attr("action")
	if want := "/admin/accounts/" + g.named("Ada Lovelace").ID.String() + "/approve"; action != want {
		t.Fatalf("approve leads to %q", action)
	}
	if p := boss.post(action, nil); p.location != "/admin/accounts" {
		t.Fatalf("%d %s", p.status, p.reason())
	}
	g.left("account.approve success admin")
	if d := boss.get("/admin/accounts").doc(t); d.Find("p.flash").Text() != "Ada Lovelace may come in." || d.Find("td.person form").Length() != 0 {
		t.Errorf("flash %q", d.Find("p.flash").Text())
	}
	// The very session that waited opens, without another sign-in.
	if p := b.get("/waiting"); p.location != "/account" {
		t.Errorf("waiting leads to %q", p.location)
	}
	if who := b.whoami(); who != "Ada Lovelace" {
		t.Errorf("%q", who)
	}
	boss.post(action, nil) // again: nothing to do, nothing to say
	if d := boss.get("/admin/accounts").doc(t); d.Find("p.flash").Length() != 0 {
		t.Errorf("flash %q", d.Find("p.flash").Text())
	}
	g.left()
	for _, id := range []string{"0000000000001", "nonsense"} {
		if p := boss.post("/admin/accounts/"+id+"/approve", nil); p.status != http.StatusNotFound {
			t.Errorf("approve %s: %d", id, p.status)
		}
	}
}

// adminBeside is an admin whom the policy would have made wait.
func (g *gate) adminBeside(t *testing.T) *browser {
	t.Helper()
	b := g.browser()
	b.signIn("forge", "guest-1")
	id := g.named("Guest 1").ID
	g.write(func(_ context.Context, tx *db.Tx) error {
		if err := tx.SetStatus(id, db.StatusActive); err != nil {
			return err
		}
		return tx.SetAdmin(id, true)
	})
	g.skip()
	return b
}

func TestApproveByAStaleAdmin(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	g.browser().signIn("harbor", "ada")
	id := g.named("Ada Lovelace").ID
	g.status(id, db.StatusPending)
	g.clock.Add(staleAfter)
	g.skip()
	if p := boss.post("/admin/accounts/"+id.String()+"/approve", nil); p.location != "/stepup?return=%2Fadmin%2Faccounts" {
		t.Errorf("%d %s", p.status, p.location)
	}
	g.left()
	if g.named("Ada Lovelace").Status != db.StatusPending {
		t.Error("it was carried out")
	}
}

func TestPeoplePaging(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	want := []string{"Guest 1"}
	g.write(func(_ context.Context, tx *db.Tx) error {
		for i := range 120 {
			name := fmt.Sprintf("Person %03d", i)
			if _, err := tx.InsertAccount(db.Account{Name: name, Status: db.StatusActive}); err != nil {
				return err
			}
			want = append([]string{name}, want...)
		}
		return nil
	})
	row := regexp.MustCompile(`<bdi>((?:Person|Guest) [0-9]+)</bdi></a>`)
	walkPages(t, boss, "/admin/accounts", want, 50, func(body string) (rows []string) {
		for _, m := range row.FindAllStringSubmatch(body, -1) {
			rows = append(rows, m[1])
		}
		return rows
	})
	for _, bad := range []string{"older=nonsense", "newer=nonsense", "older=&newer=", "older=0000000000001"} {
		if p := boss.get("/admin/accounts?" + bad); p.status != http.StatusOK {
			t.Errorf("%s: %d", bad, p.status)
		}
	}
	g.left()
}

// walkPages follows Older to the end and Newer back to the beginning: every
// row once, and the same pages both ways.
func walkPages(t *testing.T, b *browser, path string, want []string, size int, rows func(body string) []string) {
	t.Helper()
	var pages [][]string
	var got []string
	newer := ""
	for next := path; next != ""; {
		p := b.get(next)
		if p.status != http.StatusOK {
			t.Fatalf("GET %s: %d", next, p.status)
		}
		page := rows(p.body)
		pages, got = append(pages, page), append(got, page...)
		newer, next = linkTo(p, "prev"), linkTo(p, "next")
		if (newer != "") != (len(pages) > 1) || next != "" && len(page) != size {
			t.Errorf("page %d has %d rows, newer %q, older %q", len(pages), len(page), newer, next)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(pages) < 3 {
		t.Errorf("%d pages, rows (-want +got):\n%s", len(pages), diff)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		p := b.get(newer)
		if diff := cmp.Diff(pages[i], rows(p.body)); diff != "" {
			t.Errorf("page %d on the way back (-want +got):\n%s", i+1, diff)
		}
		newer = linkTo(p, "prev")
	}
	if newer != "" {
		t.Errorf("the newest page leads on to %s", newer)
	}
}

// linkTo is where a page's link of a relation leads, "" without one.
func linkTo(p *page, rel string) string {
	m := regexp.MustCompile(`<a class="btn[^"]*" href="([^"]*)" rel="` + rel + `"`).FindStringSubmatch(p.body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}
