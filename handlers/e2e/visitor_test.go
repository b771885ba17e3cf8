//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

const (
	maxReply   = 4 << 20 // bytes of any page
	maxReplies = 20      // pages and redirects of one trip to a provider
)

// visitor is a browser without JavaScript: it keeps cookies, presses buttons
// and follows nothing by itself.
type visitor struct {
	base   string // Gatebook's address
	client *http.Client
	from   string // the address that a trusted proxy gives it; "" for none
}

// newVisitor has cookies of its own. Visitors may share a transport; nil is
// one of its own.
func newVisitor(base string, shared http.RoundTripper) *visitor {
	jar, _ := cookiejar.New(nil) // fails never
	if shared == nil {
		shared = &http.Transport{}
	}
	return &visitor{base: base, client: &http.Client{
		Jar:           jar,
		Transport:     shared,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// reply is an answer that was read to its end.
type reply struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
	at      *url.URL
}

// get asks for a path of Gatebook, or for an address.
func (v *visitor) get(ctx context.Context, where string) (reply, error) {
	return v.ask(ctx, http.MethodGet, where, nil)
}

// post sends a form to a path of Gatebook, or to an address.
func (v *visitor) post(ctx context.Context, where string, form url.Values) (reply, error) {
	return v.ask(ctx, http.MethodPost, where, form)
}

func (v *visitor) ask(ctx context.Context, method, where string, form url.Values) (reply, error) {
	if strings.HasPrefix(where, "/") {
		where = v.base + where
	}
	req, err := http.NewRequestWithContext(ctx, method, where, strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.from != "" {
		req.Header.Set("X-Forwarded-For", v.from)
	}
	res, err := v.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	return reply{res.StatusCode, res.Header, res.Cookies(), string(body), res.Request.URL}, err
}

// doc is the page; a reply that is none is an empty one.
func (r reply) doc() *goquery.Document {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(r.body))
	if err != nil {
		return &goquery.Document{Selection: &goquery.Selection{}}
	}
	return doc
}

// location is where a redirect leads, "" for none.
func (r reply) location() string {
	to, err := r.at.Parse(r.header.Get("Location"))
	if err != nil || r.header.Get("Location") == "" {
		return ""
	}
	return to.String()
}

// reason is the code in the small print of a refusal, "" on any other page.
func (r reply) reason() string {
	return r.doc().Find(`span:contains("Reason") code`).Text()
}

// session is the token that the reply gives, "" for none.
func (r reply) session() string {
	for _, c := range r.cookies {
		if c.Name == "gatebook_session" && c.MaxAge >= 0 {
			return c.Value
		}
	}
	return ""
}

func (r reply) String() string {
	return fmt.Sprintf("%s: %d, location %q, reason %q, heading %q", r.at.Path, r.status, r.location(), r.reason(), r.doc().Find("h1").Text())
}

// depart presses a button that begins a trip. It returns where the page sends
// the browser on to.
func (v *visitor) depart(ctx context.Context, button string) (*url.URL, reply, error) {
	page, err := v.post(ctx, button, nil)
	if err != nil {
		return nil, page, err
	}
	href, ok := page.doc().Find(`a.primary[rel="noreferrer"]`).Attr("href")
	if !ok || page.status != http.StatusOK {
		return nil, page, fmt.Errorf("no trip began at %v", page)
	}
	to, err := url.Parse(href)
	return to, page, err
}

// signedIn says whether the visitor sees an account page.
func (v *visitor) signedIn(t *testing.T) bool {
	t.Helper()
	page := v.mustGet(t, "/account")
	if page.status != http.StatusOK && page.location() != v.base+"/signin?return=%2Faccount" {
		t.Fatalf("neither an account nor the way to it: %v", page)
	}
	return page.status == http.StatusOK
}

func (v *visitor) mustGet(t *testing.T, where string) reply {
	t.Helper()
	r, err := v.get(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (v *visitor) mustPost(t *testing.T, where string) reply {
	t.Helper()
	r, err := v.post(t.Context(), where, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// waysIn are the names of the providers on the account page.
func (v *visitor) waysIn(t *testing.T) []string {
	t.Helper()
	return v.mustGet(t, "/account").doc().Find(`ul[aria-labelledby="ways"] strong`).Map(
		func(_ int, s *goquery.Selection) string { return s.Text() })
}

// unlinkPath is where the account page leads to for unlinking a provider.
func unlinkPath(account reply, label string) string {
	return account.doc().Find(fmt.Sprintf(`li:has(strong:contains(%q)) a[href$="/unlink"]`, label)).AttrOr("href", "")
}

// through goes through the peer's pages as name, from the address that a trip
// leads to until the browser is sent back. It returns that callback.
func (v *visitor) through(t *testing.T, to *url.URL, name string) string {
	t.Helper()
	at, err := v.get(t.Context(), to.String())
	for range maxReplies {
		if err != nil {
			t.Fatal(err)
		}
		next := at.location()
		switch {
		case strings.HasPrefix(next, v.base+"/"):
			return next
		case next != "":
			at, err = v.get(t.Context(), next)
			continue
		}
		action, form := filled(at.doc(), name)
		if action == "" {
			t.Fatalf("the peer's page has no form: %v\n%s", at, at.body)
		}
		at, err = v.post(t.Context(), action, form)
	}
	t.Fatalf("the peer goes round in circles: %v", at)
	return ""
}

// filled is the one form of a page, filled in: login and consent are alike.
func filled(doc *goquery.Document, name string) (action string, form url.Values) {
	form = url.Values{}
	doc.Find("form input").Each(func(_ int, in *goquery.Selection) {
		value := in.AttrOr("value", "")
		if in.AttrOr("type", "") != "hidden" {
			value = name
		}
		form.Set(in.AttrOr("name", ""), value)
	})
	return doc.Find("form").AttrOr("action", ""), form
}
