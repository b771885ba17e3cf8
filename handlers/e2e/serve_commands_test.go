//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The command line makes and unmakes admins beside the running server, which
// heeds it from the next request on.
func TestAdminBesideTheServer(t *testing.T) {
	s := newPracticeServing(t)
	p := s.start(t)
	admin := func(code int, says string, args ...string) {
		t.Helper()
		run(t, nil, append(append([]string{"admin"}, args...), "--config", s.file)...).want(t, code, says)
	}
	one, two := enters(t, p.URL, "guest-1"), enters(t, p.URL, "guest-2")
	sees := func(w *walker, want int) {
		t.Helper()
		if page := w.v.mustGet(t, "/admin/events"); page.status != want {
			t.Errorf("%s: %v, want %d", w.g.name, page, want)
		}
	}
	admin(0, "There is no admin yet", "list")
	sees(one, http.StatusForbidden)
	admin(0, "is an admin now", "grant", "guest-1@example.test")
	sees(one, http.StatusOK)
	sees(two, http.StatusForbidden)
	admin(1, "that is the last admin", "revoke", "guest-1@example.test")
	admin(1, "nobody matches", "grant", "forge:10000002")
	if err := two.linkForge(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin(0, "is an admin now", "grant", "forge:10000002")
	sees(two, http.StatusOK)
	admin(0, "Guest 2", "list")
	admin(0, "is no admin any more", "revoke", "guest-1@example.test")
	sees(one, http.StatusForbidden)
	sees(two, http.StatusOK)
	var acts []string
	for _, e := range book(t, p.DB) {
		if strings.HasPrefix(e.Kind, "account.") && e.Actor == "command line" {
			acts = append(acts, e.Kind)
		}
	}
	if d := cmp.Diff([]string{"account.promote", "account.promote", "account.demote"}, acts); d != "" {
		t.Error(d)
	}
}

// Each filter of an export keeps what it should, and nothing else.
func TestExportFilters(t *testing.T) {
	s := newPracticeServing(t)
	p := s.start(t)
	enters(t, p.URL, "guest-1")
	two := enters(t, p.URL, "guest-2")
	if err := two.linkForge(t.Context()); err != nil {
		t.Fatal(err)
	}
	stray := newVisitor(p.URL, nil)
	stray.from = "203.0.113.9"
	stray.mustGet(t, "/signin/meadow/callback?code=x&state=y")
	all := book(t, p.DB)
	account := ""
	for _, e := range all {
		if e.Provider == "forge" {
			account = e.Account
		}
	}
	today := time.Now().UTC()
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	tests := map[string]struct {
		filter []string
		keep   func(eventLine) bool
	}{
		"kind":     {[]string{"--kind", "identity.link"}, func(e eventLine) bool { return e.Kind == "identity.link" }},
		"outcome":  {[]string{"--outcome", "failure"}, func(e eventLine) bool { return e.Outcome == "failure" }},
		"reason":   {[]string{"--reason", "attempt_missing"}, func(e eventLine) bool { return e.Reason == "attempt_missing" }},
		"provider": {[]string{"--provider", "forge"}, func(e eventLine) bool { return e.Provider == "forge" }},
		"account":  {[]string{"--account", account}, func(e eventLine) bool { return e.Account == account }},
		"ip":       {[]string{"--ip", "203.0.113.0/24"}, func(e eventLine) bool { return e.IP == "203.0.113.9" }},
		"both":     {[]string{"--kind", "session.signin", "--outcome", "success"}, func(e eventLine) bool { return e.Kind == "session.signin" && e.Outcome == "success" }},
		"from":     {[]string{"--from", day(-1), "--to", day(1)}, func(eventLine) bool { return true }},
		"before":   {[]string{"--to", day(-2)}, func(eventLine) bool { return false }},
		"after":    {[]string{"--from", day(2)}, func(eventLine) bool { return false }},
		"search":   {[]string{"--search", "GUEST-2@"}, func(e eventLine) bool { return e.Account == account && (e.Provider != "") }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := slices.Clone(all)
			want = slices.DeleteFunc(want, func(e eventLine) bool { return !test.keep(e) })
			if d := cmp.Diff(words(want), words(book(t, p.DB, test.filter...))); d != "" {
				t.Error(d)
			}
			if len(want) == len(all) && name != "from" || len(want) == 0 && name != "before" && name != "after" {
				t.Errorf("the filter is not tried: %d of %d", len(want), len(all))
			}
		})
	}
	run(t, nil, "audit", "export", "--db", p.DB, "--kind", "session.sginin").want(t, 1, "session.sginin")
	run(t, nil, "audit", "export", "--db", p.DB+".not").want(t, 1, "there is no database yet")
}

func TestVersionAndProviders(t *testing.T) {
	version := run(t, nil, "version")
	version.want(t, 0)
	if !regexp.MustCompile(`^gatebook \S+ go1\.\S+\n$`).MatchString(version.stdout) {
		t.Errorf("the version is %q", version.stdout)
	}
	list := run(t, nil, "providers", "--json")
	list.want(t, 0)
	var kinds struct {
		Offered []struct {
			Kind, Label, Tier string
			Fields            []struct {
				Name             string
				Required, Secret bool
			}
		}
	}
	if err := json.Unmarshal([]byte(list.stdout), &kinds); err != nil {
		t.Fatal(err)
	}
	if len(kinds.Offered) < 4 {
		t.Errorf("%d kinds", len(kinds.Offered))
	}
	table := run(t, nil, "providers")
	table.want(t, 0)
	for _, k := range kinds.Offered {
		if k.Kind == "" || k.Label == "" || k.Tier == "" || len(k.Fields) == 0 || k.Fields[0].Name == "" || !strings.Contains(table.stdout, "\n"+k.Kind+" ") {
			t.Errorf("%+v is not told in full", k)
		}
	}
}

// A check asks each provider whether a trip could begin, and makes nothing.
func TestCheck(t *testing.T) {
	s := newPracticeServing(t)
	run(t, nil, "check", "--config", s.file).want(t, 0,
		"ok    harbor at localhost:", "ok    forge at localhost:", s.url+"/signin/harbor/callback", "will be made at the first start")
	dead := newServing(t, fmt.Sprintf("\n[providers.home]\nkind = \"oidc\"\nissuer = %q\nclient_id = \"a\"\nclient_secret = \"b\"\nallow_private = true\n", issuerAt(freePort(t))))
	run(t, nil, "check", "--config", dead.file).want(t, 1, "bad   home: a trip could not begin: provider_unreachable", "refused, no such host", "something is wrong")
	p := s.start(t)
	run(t, nil, "check", "--config", s.file).want(t, 0, "ok    database "+p.DB+": 1 events")
}
