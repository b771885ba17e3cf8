package providers

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Canaries: every secret that the fake provider hands out or is given begins
// with this word, and no error text may hold it.
const canary = "CANARY"

// fake is a provider of every shape that the catalogue has, told apart by
// path: OpenID Connect, GitHub, Google and Facebook. It is strict about PKCE,
// redirect URIs and client secrets, and breaks on request.
type fake struct {
	t      *testing.T
	server *httptest.Server
	issuer string
	key    *rsa.PrivateKey

	// Faults. Set before the trip that they are for.
	claims    func(map[string]any)        // changes the ID token's claims
	sign      func(map[string]any) any    // replaces the ID token
	metadata  func(map[string]any)        // changes the discovery document
	answer    map[string]http.HandlerFunc // replaces a route by its name
	profile   func(sub string) any        // the profile reply
	emails    func(sub string) any        // GitHub's address list
	callback  func(url.Values)            // changes what the browser brings back
	tokenAuth []string

	mu    sync.Mutex
	hits  []string // "METHOD host/path", in order
	forms []url.Values
	codes map[string]grant
}

type grant struct{ challenge, nonce, redirect, sub string }

// routes is the name of each path.
var routes = map[string]string{
	"/.well-known/openid-configuration": "discovery",
	"/authorize":                        "authorize", "/login/oauth/authorize": "authorize",
	"/o/oauth2/auth": "authorize", "/dialog/oauth": "authorize",
	"/token": "token", "/login/oauth/access_token": "token", "/oauth/access_token": "token",
	"/userinfo": "profile", "/api/v3/user": "profile", "/user": "profile",
	"/oauth2/v2/userinfo": "profile", "/me": "profile",
	"/api/v3/user/emails": "emails", "/user/emails": "emails",
	"/jwks": "jwks", "/oauth2/v3/certs": "jwks",
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, key: testKey(), codes: map[string]grant{}, answer: map[string]http.HandlerFunc{}}
	f.server = httptest.NewUnstartedServer(f)
	f.profile = func(sub string) any {
		return map[string]any{"sub": sub, "id": sub, "name": "Ada " + sub, "email": sub + "@mail.test", "email_verified": true}
	}
	t.Cleanup(f.server.Close)
	return f
}

// ServeHTTP records the request and answers by route.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.hits = append(f.hits, r.Method+" "+r.Host+r.URL.Path)
	f.mu.Unlock()
	name := routes[r.URL.Path]
	if h := f.answer[name]; h != nil {
		h(w, r)
		return
	}
	switch name {
	case "discovery":
		writeJSON(w, f.document())
	case "authorize":
		f.authorize(w, r)
	case "token":
		f.token(w, r)
	case "profile":
		writeJSON(w, f.profile(f.bearer(r)))
	case "emails":
		writeJSON(w, f.emails(f.bearer(r)))
	case "jwks":
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &f.key.PublicKey, KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) document() map[string]any {
	doc := map[string]any{
		"issuer": f.issuer, "authorization_endpoint": f.issuer + "/authorize", "token_endpoint": f.issuer + "/token",
		"userinfo_endpoint": f.issuer + "/userinfo", "jwks_uri": f.issuer + "/jwks",
		"id_token_signing_alg_values_supported":          []string{"RS256", "HS256", "none"},
		"authorization_response_iss_parameter_supported": true,
	}
	if f.tokenAuth != nil {
		doc["token_endpoint_auth_methods_supported"] = f.tokenAuth
	}
	if f.metadata != nil {
		f.metadata(doc)
	}
	return doc
}

func (f *fake) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := canary + "-code-" + random()
	f.mu.Lock()
	f.codes[code] = grant{q.Get("code_challenge"), q.Get("nonce"), q.Get("redirect_uri"), q.Get("as")}
	f.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	if f.issuer != "" {
		back.Set("iss", f.issuer)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	f.mu.Lock()
	f.forms = append(f.forms, r.PostForm)
	g, known := f.codes[r.PostForm.Get("code")]
	delete(f.codes, r.PostForm.Get("code"))
	f.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case id != "client" || secret != canary+"-secret":
		writeError(w, "invalid_client")
	case !known || g.redirect != r.PostForm.Get("redirect_uri"),
		base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge:
		writeError(w, "invalid_grant")
	default:
		writeJSON(w, f.reply(g))
	}
}

func (f *fake) reply(g grant) map[string]any {
	access := canary + "-access-" + g.sub
	reply := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300}
	if g.nonce == "" {
		return reply
	}
	sum := sha256.Sum256([]byte(access))
	now := time.Now().Unix()
	set := map[string]any{
		"iss": f.issuer, "sub": g.sub, "aud": "client", "iat": now, "exp": now + 300, "nonce": g.nonce,
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
		"email":   g.sub + "@mail.test", "email_verified": true, "name": "Ada " + g.sub,
	}
	if f.claims != nil {
		f.claims(set)
	}
	reply["id_token"] = f.rs256(set, "k1")
	if f.sign != nil {
		reply["id_token"] = f.sign(set)
	}
	return reply
}

// bearer is whom an access token is for, from the header or the query.
func (f *fake) bearer(r *http.Request) string {
	access := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if access == "" {
		access = r.URL.Query().Get("access_token")
	}
	return strings.TrimPrefix(access, canary+"-access-")
}

// count is how often a route was asked.
func (f *fake) count(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, h := range f.hits {
		_, path, _ := strings.Cut(h, "/")
		if routes["/"+path] == route {
			n++
		}
	}
	return n
}

// form is the one token request, which must have been made once.
func (f *fake) form() url.Values {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.forms) != 1 {
		f.t.Fatalf("%d token requests, want 1", len(f.forms))
	}
	return f.forms[0]
}

// hosts is every host that was asked, sorted.
func (f *fake) hosts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hosts []string
	for _, h := range f.hits {
		host, _, _ := net.SplitHostPort(strings.Fields(strings.ReplaceAll(h, "/", ":0 "))[1])
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
