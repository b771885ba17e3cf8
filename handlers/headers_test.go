package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatebook/assets"
)

// ownHeaders are those of every answer of ours, whatever it is.
var ownHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	"Referrer-Policy":              "same-origin",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=()",
}

// everyAnswer asks every route, signed in and not, and for every kind of error.
func everyAnswer(g *gate) map[string]*page {
	anybody, boss := g.browser(), g.admin()
	answers := map[string]*page{
		"404":         anybody.get("/nowhere"),
		"404 odd":     anybody.get("//nowhere"),
		"405":         anybody.do(http.MethodDelete, "/account", nil),
		"403 csrf":    anybody.post("/theme", nil, with("Sec-Fetch-Site", "cross-site")),
		"421":         anybody.get("/signin", func(r *http.Request) { r.Host = "evil.example" }),
		"400":         anybody.get("/signin/harbor/callback?state=x"),
		"404 asset":   anybody.get("/assets/nothing.css"),
		"422":         boss.get("/admin/events?kind=nonsense"),
		"export":      boss.get("/admin/events/export"),
		"fragment":    boss.get("/admin/events", partial),
		"401 partial": anybody.get("/admin/events", partial),
		"304":         nil,
	}
	delete(answers, "304")
	for _, line := range g.Server.routes() {
		method, path := example(line.pattern)
		answers[line.pattern+" as nobody"] = anybody.do(method, path, formFor(method))
		if path != "/signout" {
			answers[line.pattern+" as an admin"] = boss.copyOf().do(method, path, formFor(method))
		}
	}
	h := g.Server.stack(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a canary in a panic") }))
	answers["500"] = serveOnce(boss, h, http.MethodGet, "/account")
	return answers
}

func TestW05_W09_W10_W13_HeadersOfEveryAnswer(t *testing.T) {
	g := openGate(t)
	for name, p := range everyAnswer(g) {
		checkOwnHeaders(t, name, p)
		if p.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over http", name)
		}
		if name == "404 asset" {
			continue
		}
		if p.header.Get("Cache-Control") != "no-store" && !strings.HasPrefix(strings.Join(p.header.Values("Cache-Control"), ", "), "no-store") {
			t.Errorf("%s: Cache-Control %q", name, p.header.Values("Cache-Control"))
		}
		vary := strings.Join(p.header.Values("Vary"), ", ")
		for _, by := range []string{"Cookie", "HX-Request", "HX-Request-Type"} {
			if !strings.Contains(vary, by) {
				t.Errorf("%s: Vary %q", name, vary)
			}
		}
	}
}

func checkOwnHeaders(t *testing.T, name string, p *page) {
	t.Helper()
	got := map[string]string{}
	for header := range ownHeaders {
		got[header] = strings.Join(p.header.Values(header), " | ")
	}
	if diff := cmp.Diff(ownHeaders, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	for header := range p.header {
		if strings.HasPrefix(header, "Access-Control-") || header == "Server" || header == "X-Powered-By" {
			t.Errorf("%s: %s: %s", name, header, p.header.Get(header))
		}
	}
}

func TestW13_StrictTransportSecurityOverHTTPS(t *testing.T) {
	g := openGate(t, behindHTTPS)
	for _, path := range []string{"/signin", "/nowhere", assets.Path("app.css"), "/healthz"} {
		if p := g.browser().get(path); p.header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("GET %s: %q", path, p.header.Get("Strict-Transport-Security"))
		}
	}
}

func TestW14_NoCORS(t *testing.T) {
	g := openGate(t)
	p := g.browser().do(http.MethodOptions, "/account", nil, with("Sec-Fetch-Site", "cross-site"),
		with("Origin", "https://evil.example"), with("Access-Control-Request-Method", "POST"))
	checkOwnHeaders(t, "preflight", p)
	if p.status == http.StatusOK || p.status == http.StatusNoContent {
		t.Errorf("a preflight was answered with %d", p.status)
	}
}

func TestW17_Assets(t *testing.T) {
	g := openGate(t)
	p := g.browser().get(assets.Path("app.css"))
	checkOwnHeaders(t, "css", p)
	if p.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(p.header.Get("Content-Type"), "text/css") {
		t.Errorf("%v", p.header)
	}
	if len(p.header.Values("Set-Cookie")) > 0 {
		t.Error("an asset sets cookies")
	}
}

func TestW12_OtherHosts(t *testing.T) {
	g := openGate(t, behindHTTPS)
	for _, host := range []string{"evil.example", "gate.example.evil", "gate.example:8443", "gate.example.", "127.0.0.1", "gate.example@evil", ""} {
		as := func(r *http.Request) { r.Host = host }
		p := g.browser().get("/signin", as)
		if host == "" {
			continue // net/http puts the address there, which is another host too
		}
		if p.status != http.StatusMisdirectedRequest && p.status != http.StatusBadRequest || len(p.header.Values("Set-Cookie")) > 0 {
			t.Errorf("Host %q: %d", host, p.status)
		}
		if p := g.browser().get("/readyz", as); p.status != http.StatusOK && p.status != http.StatusBadRequest {
			t.Errorf("a health check by %q: %d", host, p.status)
		}
	}
	for _, host := range []string{"gate.example", "GATE.example", "gate.example:443"} {
		if p := g.browser().get("/signin", func(r *http.Request) { r.Host = host }); p.status != http.StatusOK {
			t.Errorf("Host %q: %d", host, p.status)
		}
	}
	b := g.browser()
	at := b.start("/signin/harbor", nil, with("X-Forwarded-Host", "evil.example"), with("Forwarded", "host=evil.example"),
		with("X-Forwarded-Proto", "http"), with("X-Original-Url", "/admin/events"))
	if to := at.Query().Get("redirect_uri"); to != "https://gate.example/signin/harbor/callback" {
		t.Errorf("redirect_uri %q", to)
	}
	if name := g.Server.cookies.name(sessionCookie); name != "__Host-gatebook_session" {
		t.Errorf("cookie %q", name)
	}
}
