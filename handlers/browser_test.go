package handlers

import (
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// browser is one browser: it keeps cookies and follows nothing by itself.
type browser struct {
	g       *gate
	mu      sync.Mutex
	cookies map[string]string
	header  http.Header // sent with every request
}

var wire = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 200},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (g *gate) browser() *browser {
	return &browser{g: g, cookies: map[string]string{}, header: http.Header{"User-Agent": {firefox}}}
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

// page is an answer.
type page struct {
	status   int
	header   http.Header
	body     string
	location string
}

func (p *page) doc(t *testing.T) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// reason is the code in the small print of a refusal.
func (p *page) reason() string {
	if m := regexp.MustCompile(`Reason <code>([a-z_]*)</code>`).FindStringSubmatch(p.body); m != nil {
		return m[1]
	}
	return ""
}

type tweak func(*http.Request)

func with(name, value string) tweak {
	return func(r *http.Request) {
		if value == "" {
			r.Header.Del(name)
			return
		}
		r.Header.Set(name, value)
	}
}

func partial(r *http.Request) {
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "partial")
}

// send makes a request as this browser would, changed by tweaks.
func (b *browser) send(method, path string, form url.Values, tweaks ...tweak) (*page, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, "http://"+b.g.addr+path, body)
	if err != nil {
		return nil, err
	}
	r.Host = b.g.cfg.URL.Host
	for name, values := range b.header {
		r.Header[name] = values
	}
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", b.g.cfg.URL.String())
	}
	b.mu.Lock()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	b.mu.Unlock()
	for _, change := range tweaks {
		change(r)
	}
	resp, err := wire.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	b.keep(resp.Cookies())
	return &page{resp.StatusCode, resp.Header, string(text), resp.Header.Get("Location")}, err
}

func (b *browser) keep(set []*http.Cookie) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range set {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
}

func (b *browser) do(method, path string, form url.Values, tweaks ...tweak) *page {
	b.g.t.Helper()
	p, err := b.send(method, path, form, tweaks...)
	if err != nil {
		b.g.t.Fatalf("%s %s: %v", method, path, err)
	}
	return p
}

func (b *browser) get(path string, tweaks ...tweak) *page {
	b.g.t.Helper()
	return b.do(http.MethodGet, path, nil, tweaks...)
}

func (b *browser) post(path string, form url.Values, tweaks ...tweak) *page {
	b.g.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.do(http.MethodPost, path, form, tweaks...)
}

var refresh = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)"`)

// start presses the button of a form that begins a trip, and returns where
// the browser is sent.
func (b *browser) start(path string, form url.Values, tweaks ...tweak) *url.URL {
	b.g.t.Helper()
	p := b.post(path, form, tweaks...)
	m := refresh.FindStringSubmatch(p.body)
	if p.status != http.StatusOK || m == nil {
		b.g.t.Fatalf("POST %s: %d %s %s", path, p.status, p.location, p.reason())
	}
	u, err := url.Parse(html.UnescapeString(m[1]))
	if err != nil {
		b.g.t.Fatal(err)
	}
	return u
}

// choose presses a persona's button at a practice provider, and returns the
// callback's path and query.
func (b *browser) choose(at *url.URL, persona string) string {
	b.g.t.Helper()
	back, err := answerOf(at, persona)
	if err != nil {
		b.g.t.Fatal(err)
	}
	return back
}

func answerOf(at *url.URL, persona string) (string, error) {
	q := at.Query()
	q.Set("persona", persona)
	ask := *at
	ask.RawQuery = q.Encode()
	resp, err := wire.Get(ask.String())
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return "", err
	}
	to, err := resp.Location()
	if err != nil {
		return "", errors.New("the practice provider answered " + resp.Status)
	}
	return to.RequestURI(), nil
}

// trip makes a whole trip that begins with a form, and returns the answer to
// its callback.
func (b *browser) trip(path, persona string, form url.Values, tweaks ...tweak) *page {
	b.g.t.Helper()
	return b.get(b.choose(b.start(path, form, tweaks...), persona), tweaks...)
}

// signIn signs a persona in, and fails the test where that fails.
func (b *browser) signIn(provider, persona string) *page {
	b.g.t.Helper()
	p := b.trip("/signin/"+provider, persona, nil)
	if p.status != http.StatusSeeOther {
		b.g.t.Fatalf("sign in %s with %s: %d %s\n%s", persona, provider, p.status, p.reason(), b.g.log.text())
	}
	return p
}

// whoami is the name on the account page, "" for nobody.
func (b *browser) whoami() string {
	b.g.t.Helper()
	p := b.get("/account")
	if p.status != http.StatusOK {
		return ""
	}
	return p.doc(b.g.t).Find("main h1").First().Text()
}

// copyOf is another browser with the same cookies, as a thief would have them.
func (b *browser) copyOf() *browser {
	c := b.g.browser()
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, value := range b.cookies {
		c.cookies[name] = value
	}
	return c
}

// cookie is a cookie's value by the name without prefix.
func (b *browser) cookie(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cookies[b.g.Server.cookies.name(name)]
}

func (b *browser) setCookie(name, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cookies[b.g.Server.cookies.name(name)] = value
}

func from(ip string) tweak { return with("X-Forwarded-For", ip) }

// serveOnce asks a handler that is on no route, with this browser's cookies.
func serveOnce(b *browser, h http.Handler, method, path string) *page {
	r := httptest.NewRequest(method, path, nil)
	r.Host = b.g.cfg.URL.Host
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return &page{w.Code, w.Result().Header, w.Body.String(), w.Header().Get("Location")}
}

func mustURL(t *testing.T, escaped string) *url.URL {
	t.Helper()
	u, err := url.Parse(html.UnescapeString(escaped))
	if err != nil {
		t.Fatal(err)
	}
	return u
}
