package practice

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// edited changes one parameter of a request; "" removes it.
func edited(t *testing.T, target, name string, values ...string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Del(name)
	for _, v := range values {
		q.Add(name, v)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// A client that is not known, or an address that it did not register to the
// byte, gets no redirect, whatever else the request says.
func TestUntrustedClientIsNeverRedirectedTo(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	other := g.practice(t, "meadow").ClientID
	tests := []struct {
		name, param string
		values      []string
	}{
		{"no client", "client_id", nil},
		{"unknown client", "client_id", []string{"nobody"}},
		{"another provider's client", "client_id", []string{other}},
		{"two clients", "client_id", []string{"nobody", other}},
		{"no address", "redirect_uri", nil},
		{"empty address", "redirect_uri", []string{""}},
		{"foreign address", "redirect_uri", []string{"https://evil.example/cb"}},
		{"longer path", "redirect_uri", []string{callback + "/x"}},
		{"longer query", "redirect_uri", []string{callback + "&x=1"}},
		{"other query encoding", "redirect_uri", []string{"http://127.0.0.1:9/cb?tenant=a+b"}},
		{"other host name", "redirect_uri", []string{"http://localhost:9/cb?tenant=a%20b"}},
		{"upper case", "redirect_uri", []string{strings.ToUpper(callback)}},
		{"user in front", "redirect_uri", []string{"http://x@127.0.0.1:9/cb?tenant=a%20b"}},
		{"two addresses", "redirect_uri", []string{callback, callback}},
	}
	for _, tt := range tests {
		for _, id := range []string{"harbor", "forge"} {
			for _, persona := range []string{"ada", "deny", ""} {
				t.Run(tt.name+"/"+id+"/"+persona, func(t *testing.T) {
					target := edited(t, newTrip(g.config(t, id)).url(persona, "prompt", "none"), tt.param, tt.values...)
					res, body := g.get(t, target)
					if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
						t.Errorf("answered %d, Location %q", res.StatusCode, res.Header.Get("Location"))
					}
					if !strings.Contains(body, "cannot go on") || strings.Contains(body, "evil.example") {
						t.Errorf("page: %s", body)
					}
				})
			}
		}
	}
}

// A trusted client hears what it asked wrongly, with its state and, from an
// OpenID provider, the issuer.
func TestRefusedAuthorizations(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tests := []struct {
		name, param string
		values      []string
		oidc, forge string // the error; "" for a code
	}{
		{"as it should be", "unknown", []string{"x"}, "", ""},
		{"no response type", "response_type", nil, "invalid_request", ""},
		{"implicit", "response_type", []string{"token"}, "unsupported_response_type", "unsupported_response_type"},
		{"hybrid", "response_type", []string{"code id_token"}, "unsupported_response_type", "unsupported_response_type"},
		{"form post", "response_mode", []string{"form_post"}, "invalid_request", ""},
		{"no openid", "scope", []string{"profile"}, "invalid_scope", ""},
		{"openid inside a word", "scope", []string{"xopenid"}, "invalid_scope", ""},
		{"no challenge", "code_challenge", nil, "invalid_request", "invalid_request"},
		{"short challenge", "code_challenge", []string{"abc"}, "invalid_request", "invalid_request"},
		{"no challenge method means plain", "code_challenge_method", nil, "invalid_request", "invalid_request"},
		{"plain challenge", "code_challenge_method", []string{"plain"}, "invalid_request", "invalid_request"},
		{"prompt none", "prompt", []string{"none"}, "login_required", ""},
		{"prompt none and login", "prompt", []string{"none login"}, "invalid_request", ""},
		{"prompt login", "prompt", []string{"login"}, "", ""},
		{"unknown prompt", "prompt", []string{"dance"}, "invalid_request", ""},
		{"max age", "max_age", []string{"0"}, "", ""},
		{"negative max age", "max_age", []string{"-1"}, "invalid_request", ""},
		{"request object", "request", []string{"e30"}, "request_not_supported", "request_not_supported"},
		{"request object by address", "request_uri", []string{"https://x.example"}, "request_uri_not_supported", "request_uri_not_supported"},
		{"nonce twice", "nonce", []string{"a", "b"}, "invalid_request", "invalid_request"},
		{"two people", "persona", []string{"ada", "grace"}, "invalid_request", "invalid_request"},
		{"long nonce", "nonce", []string{strings.Repeat("n", maxParam+1)}, "invalid_request", "invalid_request"},
		{"deny", "persona", []string{"deny"}, "access_denied", "access_denied"},
	}
	for _, tt := range tests {
		for id, want := range map[string]string{"harbor": tt.oidc, "forge": tt.forge} {
			t.Run(tt.name+"/"+id, func(t *testing.T) {
				tr := newTrip(g.config(t, id))
				q := g.back(t, edited(t, tr.url("ada"), tt.param, tt.values...))
				if q.Get("error") != want || q.Has("code") != (want == "") {
					t.Errorf("want error %q, got %v", want, q)
				}
				iss := g.practice(t, id).Issuer
				if q.Get("state") != tr.state || q.Get("iss") != iss {
					t.Errorf("state or iss differ: %v", q)
				}
			})
		}
	}
}

// The page repeats the request as text, whatever is in it, and the form built
// from it is answered like the request itself.
func TestPageEscapesAndCarriesTheRequest(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, id := range []string{"harbor", "meadow", "forge"} {
		t.Run(id, func(t *testing.T) {
			tr := newTrip(g.config(t, id))
			tr.state = `"><script>alert(1)</script>'&é`
			res, body := g.get(t, edited(t, tr.url(""), "persona"))
			if res.StatusCode != http.StatusOK || strings.Contains(body, "<script") {
				t.Fatalf("%d: %s", res.StatusCode, body)
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if n := doc.Find("script, [style], [onclick]").Length(); n != 0 {
				t.Errorf("%d elements that the policy forbids", n)
			}
			keys := doc.Find("button[name=persona]").Map(func(_ int, b *goquery.Selection) string { return b.AttrOr("value", "") })
			if d := cmp.Diff([]string{"ada", "grace", "mallory", "noemail", "deny"}, keys); d != "" {
				t.Error(d)
			}
			if !strings.Contains(doc.Find("footer").Text(), "nothing here leaves this computer") {
				t.Error("the page does not say what it is")
			}
			q := g.back(t, res.Request.URL.Scheme+"://"+res.Request.URL.Host+pressed(doc, "grace"))
			if q.Get("state") != tr.state || q.Get("code") == "" {
				t.Errorf("sent back with %v", q)
			}
		})
	}
}

// pressed is the path that a browser asks for when the persona's button is pressed.
func pressed(doc *goquery.Document, persona string) string {
	q := url.Values{"persona": {persona}}
	doc.Find("form input[type=hidden]").Each(func(_ int, in *goquery.Selection) {
		q.Add(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	return doc.Find("form[method=get]").AttrOr("action", "") + "?" + q.Encode()
}

func TestUnknownPersonaIsAProblemPage(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	res, body := g.get(t, newTrip(g.config(t, "harbor")).url("<b>eve</b>"))
	if res.StatusCode != http.StatusBadRequest || strings.Contains(body, "<b>eve") || !strings.Contains(body, "&lt;b&gt;eve") {
		t.Errorf("%d: %s", res.StatusCode, body)
	}
}

// form-action would be held against the redirect to the client, and stop it.
func TestPagePolicy(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	res, _ := g.get(t, newTrip(g.config(t, "meadow")).url(""))
	policy := strings.Split(res.Header.Get("Content-Security-Policy"), "; ")
	for _, want := range []string{"default-src 'none'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !slices.Contains(policy, want) {
			t.Errorf("%q is missing in %q", want, policy)
		}
	}
	if slices.ContainsFunc(policy, func(d string) bool { return strings.HasPrefix(d, "form-action") }) {
		t.Errorf("form-action in %q", policy)
	}
	for path, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"} {
		for _, p := range g.Providers() {
			res, body := g.get(t, g.base+"/"+p.ID+"/"+path)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind || body == "" {
				t.Errorf("%s of %s: %d %s", path, p.ID, res.StatusCode, res.Header.Get("Content-Type"))
			}
		}
	}
}

// Authorization by POST is the same request in the body.
func TestAuthorizeByPost(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor"))
	where, query, _ := strings.Cut(tr.url("ada"), "?")
	res, err := g.web.Post(where, "application/x-www-form-urlencoded", strings.NewReader(query))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	to, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther || to.Query().Get("code") == "" {
		t.Errorf("%d to %v, %v", res.StatusCode, to, err)
	}
}
