package practice

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// answer is the reply of a token or userinfo endpoint.
type answer struct {
	status int
	header http.Header
	Error  string `json:"error"`
	Access string `json:"access_token"`
}

// do sends a request and reads its JSON reply.
func (g *rig) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := g.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := answer{status: res.StatusCode, header: res.Header}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%d %s: %v", res.StatusCode, body, err)
	}
	return got
}

// exchange posts a token request by hand, as its form and changes say.
func (g *rig) exchange(t *testing.T, tr trip, code string, change func(*http.Request, url.Values)) answer {
	t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {tr.verifier},
		"client_id": {tr.cfg.ClientID}, "client_secret": {tr.cfg.ClientSecret},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tr.cfg.Endpoint.TokenURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	change(req, form)
	req.Body = io.NopCloser(strings.NewReader(form.Encode()))
	return g.do(t, req)
}

func asIs(*http.Request, url.Values) {}

func with(name string, values ...string) func(*http.Request, url.Values) {
	return func(_ *http.Request, form url.Values) { form[name] = values }
}

func TestRefusedExchanges(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	basic := func(id, secret string) func(*http.Request, url.Values) {
		return func(r *http.Request, form url.Values) {
			form.Del("client_secret")
			r.SetBasicAuth(id, secret)
		}
	}
	tests := []struct {
		name        string
		change      func(*http.Request, url.Values)
		status      int
		oidc, forge string
	}{
		{"as it should be", asIs, 200, "", ""},
		{"wrong secret", with("client_secret", "x"), 401, "invalid_client", "incorrect_client_credentials"},
		{"no secret", with("client_secret"), 401, "invalid_client", "incorrect_client_credentials"},
		{"wrong client", with("client_id", "x"), 401, "invalid_client", "incorrect_client_credentials"},
		{"wrong basic secret", basic("x", "y"), 401, "invalid_client", "incorrect_client_credentials"},
		{"both ways at once", func(r *http.Request, _ url.Values) { r.SetBasicAuth("x", "y") }, 400, "invalid_request", "invalid_request"},
		{"secret in the query", func(r *http.Request, form url.Values) {
			r.URL.RawQuery = url.Values{"client_secret": form["client_secret"]}.Encode()
			form.Del("client_secret")
		}, 401, "invalid_client", "incorrect_client_credentials"},
		{"json body", func(r *http.Request, _ url.Values) { r.Header.Set("Content-Type", "application/json") }, 400, "invalid_request", "invalid_request"},
		{"code twice", with("code", "a", "a"), 400, "invalid_request", "invalid_request"},
		{"huge body", with("x", strings.Repeat("x", maxBody)), 400, "invalid_request", "invalid_request"},
		{"password grant", with("grant_type", "password"), 400, "unsupported_grant_type", "unsupported_grant_type"},
		{"unknown code", with("code", "x"), 400, "invalid_grant", "bad_verification_code"},
		{"no code", with("code"), 400, "invalid_grant", "bad_verification_code"},
		{"another registered address", with("redirect_uri", "http://127.0.0.1:9/other"), 400, "invalid_grant", "redirect_uri_mismatch"},
		{"no address", with("redirect_uri"), 400, "invalid_grant", "redirect_uri_mismatch"},
		{"wrong verifier", with("code_verifier", oauth2.GenerateVerifier()), 400, "invalid_grant", "bad_verification_code"},
		{"no verifier", with("code_verifier"), 400, "invalid_grant", "bad_verification_code"},
	}
	for _, tt := range tests {
		for id, want := range map[string]string{"harbor": tt.oidc, "forge": tt.forge} {
			t.Run(tt.name+"/"+id, func(t *testing.T) {
				status := tt.status
				if id == "forge" {
					status = http.StatusOK // GitHub reports errors so
				}
				tr := newTrip(g.config(t, id))
				got := g.exchange(t, tr, g.code(t, tr, "ada"), tt.change)
				if got.Error != want || got.status != status || (got.Access != "") != (want == "") {
					t.Errorf("want %d %q, got %+v", status, want, got)
				}
				if got.header.Get("Cache-Control") != "no-store" {
					t.Error("the reply may be cached")
				}
			})
		}
	}
}

func TestInvalidClientIsChallenged(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor"))
	got := g.exchange(t, tr, "x", func(r *http.Request, form url.Values) {
		form.Del("client_secret")
		r.SetBasicAuth(tr.cfg.ClientID, "wrong")
	})
	if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic") {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{codeLife - time.Second, ""}, {codeLife, "invalid_grant"}} {
		g := newRig(t)
		tr := newTrip(g.config(t, "harbor"))
		code := g.code(t, tr, "ada")
		g.clock.turn(tt.after)
		if got := g.exchange(t, tr, code, asIs); got.Error != tt.want {
			t.Errorf("after %s: %+v", tt.after, got)
		}
	}
}

// userinfo asks with a token and returns the status.
func (g *rig) userinfo(t *testing.T, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.base+"/harbor/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	got := g.do(t, req)
	if got.status == http.StatusUnauthorized && !strings.Contains(got.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("no challenge: %v", got.header)
	}
	return got.status
}

// RFC 6749 §4.1.2: a code that comes twice takes its token with it.
func TestCodeReuseRevokesTheToken(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor"))
	code := g.code(t, tr, "ada")
	first := g.exchange(t, tr, code, asIs)
	if got := g.userinfo(t, first.Access); got != http.StatusOK {
		t.Fatalf("userinfo before: %d", got)
	}
	if again := g.exchange(t, tr, code, asIs); again.Error != "invalid_grant" || again.Access != "" {
		t.Errorf("second exchange: %+v", again)
	}
	if got := g.userinfo(t, first.Access); got != http.StatusUnauthorized {
		t.Errorf("userinfo after: %d", got)
	}
}

// A wrong try uses the code up; only a client that cannot prove itself, or
// another one, leaves it whole.
func TestWrongTriesAndTheCode(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	other := g.config(t, "meadow")
	tests := []struct {
		name   string
		change func(*http.Request, url.Values)
		want   string
	}{
		{"wrong verifier", with("code_verifier", oauth2.GenerateVerifier()), "invalid_grant"},
		{"wrong secret", with("client_secret", "x"), ""},
		{"foreign client", func(r *http.Request, form url.Values) {
			r.URL.Path = "/meadow/token"
			form.Set("client_id", other.ClientID)
			form.Set("client_secret", other.ClientSecret)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTrip(g.config(t, "harbor"))
			code := g.code(t, tr, "ada")
			if got := g.exchange(t, tr, code, tt.change); got.Error == "" || got.Access != "" {
				t.Errorf("wrong try: %+v", got)
			}
			if got := g.exchange(t, tr, code, asIs); got.Error != tt.want {
				t.Errorf("right try afterwards: %+v", got)
			}
		})
	}
}

// Tokens die by the clock and belong to one provider.
func TestTokenBounds(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	tr := newTrip(g.config(t, "harbor"))
	token := g.exchange(t, tr, g.code(t, tr, "ada"), asIs).Access
	foreign := newTrip(g.config(t, "meadow"))
	abroad := g.exchange(t, foreign, g.code(t, foreign, "ada"), asIs).Access
	if got := g.userinfo(t, abroad); got != http.StatusUnauthorized {
		t.Errorf("meadow's token at harbor: %d", got)
	}
	for _, wrong := range []string{"", "x", token + "x"} {
		if got := g.userinfo(t, wrong); got != http.StatusUnauthorized {
			t.Errorf("token %q: %d", wrong, got)
		}
	}
	g.clock.turn(tokenLife - time.Second)
	if got := g.userinfo(t, token); got != http.StatusOK {
		t.Errorf("just before its end: %d", got)
	}
	g.clock.turn(time.Second)
	if got := g.userinfo(t, token); got != http.StatusUnauthorized {
		t.Errorf("after its end: %d", got)
	}
}
