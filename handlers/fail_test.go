package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// TestW15_ErrorPagesTellNothing has pages fail in every way: by a panic, by an
// unknown error, by the database, half-way.
func TestW15_ErrorPagesTellNothing(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	s := g.Server
	mux := http.NewServeMux()
	routes := map[string]answer{
		"/panic":  func(http.ResponseWriter, *request) error { panic("canary at /etc/secret.go:17") },
		"/panic2": func(http.ResponseWriter, *request) error { panic(errors.New("canary error")) },
		"/error":  func(http.ResponseWriter, *request) error { return errors.New("canary: SELECT token FROM sessions") },
		"/wrap":   func(http.ResponseWriter, *request) error { return errors.Join(db.ErrFull, errors.New("canary")) },
		"/read":   func(http.ResponseWriter, *request) error { return errors.Join(db.ErrReadOnly, errors.New("canary")) },
		"/late": func(http.ResponseWriter, *request) error {
			return errors.Join(context.DeadlineExceeded, errors.New("canary"))
		},
	}
	want := map[string]int{"/panic": 500, "/panic2": 500, "/error": 500, "/wrap": 503, "/read": 503, "/late": 503}
	for path, a := range routes {
		mux.Handle(path, s.serve(a))
	}
	h := s.stack(mux)
	for path, status := range want {
		p := serveOnce(b, h, http.MethodGet, path)
		if p.status != status || strings.Contains(p.body, "canary") {
			t.Errorf("GET %s: %d %s", path, p.status, p.body)
		}
		d := p.doc(t)
		if ref := d.Find("main code").First().Text(); len(ref) != 16 || !strings.Contains(g.log.text(), ref) {
			t.Errorf("GET %s: the reference %q is not in the log", path, ref)
		}
		if d.Find("main a").Length() == 0 {
			t.Errorf("GET %s: no way on", path)
		}
		if p := serveOnce(b, h, http.MethodGet, path); p.status != status {
			t.Errorf("GET %s again: %d", path, p.status)
		}
	}
	if !strings.Contains(g.log.text(), "canary at /etc/secret.go:17") {
		t.Error("the log does not know of the panic")
	}
}

// TestHalfAPageBreaksOff: a panic after the first byte ends the connection, so
// that nobody takes the half for the whole.
func TestHalfAPageBreaksOff(t *testing.T) {
	g := openGate(t)
	h := g.Server.stack(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(strings.Repeat("half ", 1000)))
		panic("in the middle")
	}))
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the connection goes on")
		}
		if !strings.Contains(g.log.text(), "path=/account/link/x") {
			t.Error("the request is not in the log")
		}
	}()
	serveOnce(g.browser(), h, http.MethodGet, "/account/link/x")
}

func TestRefusalsForFragments(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	p := b.get("/admin/events", partial)
	if p.status != http.StatusForbidden || p.header.Get("HX-Retarget") != "#main" || p.header.Get("HX-Reswap") != "outerHTML" || p.header.Get("HX-Reselect") != "#main" {
		t.Errorf("%d %v", p.status, p.header)
	}
	if p.doc(t).Find("#main").Length() != 1 {
		t.Error("there is no #main in it to put in the place of the page's")
	}
}

func TestW07_ExpiredSessionOfAFragment(t *testing.T) {
	g := openGate(t)
	p := g.browser().get("/admin/events?kind=session.signin", partial)
	if want := "/signin?return=" + url.QueryEscape("/admin/events?kind=session.signin"); p.status != http.StatusUnauthorized || p.header.Get("HX-Redirect") != want || p.location != "" || p.body != "" {
		t.Errorf("%d %v", p.status, p.header)
	}
	boosted := func(r *http.Request) { r.Header.Set("HX-Request", "true"); r.Header.Set("HX-Boosted", "true") }
	if p := g.browser().get("/admin/events", boosted); p.status != http.StatusSeeOther || p.header.Get("HX-Redirect") != "" {
		t.Errorf("a boosted link: %d %v", p.status, p.header)
	}
}

func TestW08_NoRedirectHeadersOfAnothersChoice(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "/\t/evil.example", "/x\r\nHX-Location: /y"} {
		back := url.Values{"return": {to}}
		for _, p := range []*page{
			b.get("/signin?"+back.Encode(), partial),
			b.post("/theme", back, partial),
			b.post("/theme", back),
		} {
			for _, name := range []string{"HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Location"} {
				if v := p.header.Get(name); strings.Contains(v, "evil") || name == "HX-Location" && v != "" {
					t.Errorf("%q: %s: %s", to, name, v)
				}
			}
			if v, _ := p.doc(t).Find(`main input[name="return"]`).Attr("value"); strings.Contains(v, "evil") {
				t.Errorf("%q is carried along as %q", to, v)
			}
		}
		if p := b.trip("/signin/harbor", "ada", back); p.location != "/account" {
			t.Errorf("%q: signed in to %q", to, p.location)
		}
	}
}

func TestEveryReasonAsAPage(t *testing.T) {
	g := openGate(t)
	for _, why := range event.Reasons() {
		h := g.Server.stack(g.Server.serve(func(http.ResponseWriter, *request) error { return &accounts.Denied{Reason: why} }))
		p := serveOnce(g.browser(), h, http.MethodGet, "/account")
		d := p.doc(t)
		if p.status < 400 && why != event.ReasonAlreadyLinked || d.Find("main h1").Text() == "" || d.Find("main .row a, main .row button").Length() == 0 {
			t.Errorf("%s: %d %s", why, p.status, p.body)
		}
		if p.status == http.StatusTooManyRequests && p.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", why)
		}
	}
}
