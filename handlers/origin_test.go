package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

func TestO21_NoRedirectRepeatsAForm(t *testing.T) {
	g := openGate(t)
	people := guardedPeople(t, g)
	paths := []string{"//signin/harbor", "/signin/./harbor", "/x/../signin/harbor", "/assets", "/account/", "/signin/harbor/", "/nowhere"}
	for _, line := range g.Server.routes() {
		if method, path := example(line.pattern); method != http.MethodGet {
			paths = append(paths, path)
		}
	}
	for who, b := range people {
		for _, path := range paths {
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
				p := b.copyOf().do(method, path, url.Values{})
				switch p.status {
				case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
					t.Errorf("%s %s as %s: %d to %s", method, path, who, p.status, p.location)
				}
			}
		}
	}
}

// formRoutes are the routes that change something.
func formRoutes(s *Server) (paths []string) {
	for _, line := range s.routes() {
		if method, path := example(line.pattern); method != http.MethodGet {
			paths = append(paths, path)
		}
	}
	return paths
}

func TestW01_FormsOfOtherSites(t *testing.T) {
	g := openGate(t)
	b := g.admin()
	attacks := map[string][]tweak{
		"cross-site":           {with("Sec-Fetch-Site", "cross-site")},
		"same-site":            {with("Sec-Fetch-Site", "same-site")},
		"foreign origin":       {with("Sec-Fetch-Site", ""), with("Origin", "https://evil.example")},
		"another port":         {with("Sec-Fetch-Site", ""), with("Origin", "http://127.0.0.1:1")},
		"null origin":          {with("Sec-Fetch-Site", ""), with("Origin", "null")},
		"own origin, foreign":  {with("Sec-Fetch-Site", "cross-site"), with("Origin", g.cfg.URL.String())},
		"unreadable fetch way": {with("Sec-Fetch-Site", "same-origin, cross-site")},
	}
	paths := append(formRoutes(g.Server), "/nowhere", "/account")
	for name, tweaks := range attacks {
		for _, path := range paths {
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
				p := b.do(method, path, url.Values{}, tweaks...)
				if method == http.MethodPost && path == "/signin/harbor/callback" {
					// The one exempt route: its answer to any but a form_post kind.
					if p.status != http.StatusMethodNotAllowed {
						t.Errorf("%s: %s %s: %d %s", name, method, path, p.status, p.reason())
					}
					continue
				}
				if p.status != http.StatusForbidden || p.reason() != "csrf" {
					t.Errorf("%s: %s %s: %d %s", name, method, path, p.status, p.reason())
				}
			}
		}
	}
	g.left()
	if who := b.whoami(); who != "Guest 1" {
		t.Errorf("signed in afterwards: %q", who)
	}
}

func TestW02_ToolsWithoutBrowserHeaders(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	bare := []tweak{with("Sec-Fetch-Site", ""), with("Origin", "")}
	if p := b.trip("/signin/harbor", "ada", nil, bare...); p.location != "/account" {
		t.Fatalf("sign in: %d %s %s", p.status, p.reason(), g.log.text())
	}
	for _, site := range []string{"none", "same-origin"} {
		if p := b.post("/theme", url.Values{"theme": {"dark"}}, with("Sec-Fetch-Site", site), with("Origin", "")); p.status != http.StatusSeeOther {
			t.Errorf("Sec-Fetch-Site %s: %d", site, p.status)
		}
	}
	if p := b.post("/signout", nil, bare...); p.location != "/signin" {
		t.Errorf("sign out: %d %s", p.status, p.location)
	}
	g.left("account.create success signup", "identity.link success signup", "session.signin success signup",
		"session.signout success account_request")
}

// TestW03_OneRouteIsExempt: other sites may post to the callback, and to
// nothing else by any odd spelling. For kinds without a form it does nothing.
func TestW03_OneRouteIsExempt(t *testing.T) {
	g := openGate(t)
	for path, want := range map[string]int{
		"/signin/harbor/callback":     http.StatusMethodNotAllowed,
		"/signin/harbor/%63allback":   http.StatusMethodNotAllowed,
		"/signin/x/callback/../start": http.StatusNotFound,
		"/signin/harbor":              http.StatusForbidden,
		"/signin/harbor/callback/":    http.StatusForbidden,
		"/forward-auth":               http.StatusForbidden,
		"/assets/app.css":             http.StatusForbidden,
	} {
		if p := g.browser().post(path, nil, with("Sec-Fetch-Site", "cross-site")); p.status != want {
			t.Errorf("POST %s across sites: %d, want %d", path, p.status, want)
		}
	}
	g.left()
}
