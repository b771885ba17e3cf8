package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// publicRoutes are the routes that anybody may use. A new one is written here
// too, or the test fails.
var publicRoutes = []string{
	"GET /claim/{code}",
	"GET /healthz",
	"GET /icons/{provider}",
	"GET /readyz",
	"GET /signin",
	"GET /signin/{provider}",
	"GET /signin/{provider}/callback",
	"GET /{$}",
	"POST /claim/{code}/{provider}",
	"POST /signin/{provider}",
	"POST /signin/{provider}/callback", // the kinds whose callback is a form
	"POST /theme",
}

func TestA06_EveryRouteHasAGuard(t *testing.T) {
	var open []string
	for _, line := range new(Server).routes() {
		switch {
		case line.guard == denied:
			t.Errorf("%s has no guard", line.pattern)
		case line.guard == public:
			open = append(open, line.pattern)
		case strings.Contains(line.pattern, " /admin/") && line.guard < admin:
			t.Errorf("%s is open to people who are no admins", line.pattern)
		case strings.HasPrefix(line.pattern, "POST /admin/") && line.guard != adminFresh:
			t.Errorf("%s writes without a recent proof", line.pattern)
		}
	}
	slices.Sort(open)
	if diff := cmp.Diff(publicRoutes, open); diff != "" {
		t.Errorf("public routes (-want +got):\n%s", diff)
	}
}

// example puts real values into a pattern's wildcards.
func example(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	for wildcard, value := range map[string]string{"{provider}": "harbor", "{code}": "nonesuch", "{id}": "0000000000001", "{$}": ""} {
		path = strings.ReplaceAll(path, wildcard, value)
	}
	return method, path
}

func formFor(method string) url.Values {
	if method == http.MethodGet {
		return nil
	}
	return url.Values{}
}

// A form is never sent again for a person, so what they come back to after
// signing in or proving themselves has to be a page.
func TestEveryFormReturnsToAPage(t *testing.T) {
	g := openGate(t)
	for _, line := range g.Server.routes() {
		method, path := example(line.pattern)
		if method == http.MethodGet || line.guard == public {
			continue
		}
		if line.back != "" {
			path = line.back
		}
		if p := g.browser().get(path); p.status == http.StatusMethodNotAllowed || p.status == http.StatusNotFound {
			t.Errorf("%s returns to %s, which answers GET with %d", line.pattern, path, p.status)
		}
	}
}

func TestW16_OddPaths(t *testing.T) {
	g := openGate(t)
	for path, want := range map[string]int{
		"//":                          404,
		"//evil.example":              404,
		"//evil.example/account":      404,
		"///signin":                   404,
		"/./signin":                   404,
		"/%2e%2e/signin":              404,
		"/x/../signin":                404,
		"/signin/":                    404,
		"/signin/harbor/":             404,
		"/account/":                   404,
		"/assets":                     404,
		"/assets/":                    404,
		"/assets/../signin":           404,
		"/signin/harbor%2fcallback":   404,
		"/signin/..%2f..%2faccount":   404,
		"/signin/harbor;x/callback":   404,
		"/SIGNIN":                     404,
		"/signin/HARBOR":              404,
		"/admin":                      404,
		"/debug/pprof/":               404,
		"/debug/vars":                 404,
		"/metrics":                    404,
		"/.git/config":                404,
		"/signin/confirm":             404,
		"/signin/nobody":              404,
		"/signin/%00":                 404,
		"/signin?return=//evil":       200,
		"/signin":                     200,
		"/admin/events/%2e%2e/export": 404,
	} {
		p := g.browser().get(path)
		if p.status != want || p.location != "" {
			t.Errorf("GET %s: %d %s, want %d", path, p.status, p.location, want)
		}
	}
}

func TestUnknownProvider(t *testing.T) {
	g := openGate(t)
	for _, ask := range [][2]string{{"GET", "/signin/nobody"}, {"POST", "/signin/nobody"}, {"GET", "/signin/nobody/callback?code=x&state=y"}} {
		p := g.browser().do(ask[0], ask[1], formFor(ask[0]))
		if p.status != http.StatusNotFound || p.reason() != "provider_unknown" {
			t.Errorf("%s %s: %d %s", ask[0], ask[1], p.status, p.reason())
		}
	}
	g.left()
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	g := openGate(t)
	for ask, want := range map[string]string{
		"DELETE /account":          "GET, HEAD",
		"PUT /signin/harbor":       "GET, POST, HEAD",
		"GET /signout":             "POST",
		"GET /theme":               "POST",
		"GET /account/link/harbor": "POST",
		"GET /admin/accounts/0000000000001/approve":      "POST",
		"POST /admin/events":                             "GET, HEAD",
		"OPTIONS /account":                               "GET, HEAD",
		"PATCH /account/identities/000000000000b/unlink": "GET, POST, HEAD",
	} {
		method, path, _ := strings.Cut(ask, " ")
		p := g.browser().do(method, path, formFor(method))
		if p.status != http.StatusMethodNotAllowed || !sameWords(p.header.Get("Allow"), want) {
			t.Errorf("%s: %d, Allow %q, want %q", ask, p.status, p.header.Get("Allow"), want)
		}
	}
}

func sameWords(a, b string) bool {
	x, y := strings.Split(a, ", "), strings.Split(b, ", ")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	g := openGate(t)
	for _, path := range []string{"/signin", "/healthz", "/signin/harbor"} {
		if p := g.browser().do(http.MethodHead, path, nil); p.status != http.StatusOK || p.body != "" {
			t.Errorf("HEAD %s: %d %q", path, p.status, p.body)
		}
	}
}
