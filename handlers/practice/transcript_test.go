package practice

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// Every fault must change what a client sees, at every provider that can have it.
func TestEveryFaultChangesSomething(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, id := range []string{"harbor", "forge"} {
		tr := newTrip(g.config(t, id))
		sound := g.transcript(t, id, tr)
		if again := g.transcript(t, id, tr); again != sound {
			t.Fatalf("the transcript is not steady:\n%s\n%s", sound, again)
		}
		for _, fault := range g.Faults(id) {
			if strings.HasSuffix(string(fault), "-slow") {
				continue // TestHeldRequests
			}
			t.Run(id+"/"+string(fault), func(t *testing.T) {
				g.SetFault(id, fault)
				defer g.SetFault(id, FaultNone)
				if g.transcript(t, id, tr) == sound || fault.About() == "" {
					t.Errorf("%s changes nothing, or says nothing: %q", fault, fault.About())
				}
			})
		}
		if g.transcript(t, id, tr) != sound {
			t.Errorf("%s stays at fault", id)
		}
	}
}

// transcript is everything that a client can see of a provider, without what is
// new each time: metadata, keys, redirect, tokens, a try with a wrong verifier,
// profile.
func (g *rig) transcript(t *testing.T, id string, tr trip) string {
	t.Helper()
	code, redirect := g.answerTo(t, tr)
	token := g.said(t, http.MethodPost, tr.cfg.Endpoint.TokenURL, tr.form(code, tr.verifier), "")
	code2, _ := g.answerTo(t, tr)
	wrong := g.said(t, http.MethodPost, tr.cfg.Endpoint.TokenURL, tr.form(code2, oauth2.GenerateVerifier()), "")
	if id == "forge" {
		user := g.said(t, http.MethodGet, g.base+"/forge/api/v3/user", nil, g.pass(t, id))
		return strings.Join([]string{redirect, g.steady(t, id, token), g.steady(t, id, wrong), user}, "\n")
	}
	meta := g.said(t, http.MethodGet, g.base+"/harbor/.well-known/openid-configuration", nil, "")
	keys := g.said(t, http.MethodGet, g.base+"/harbor/jwks", nil, "")
	info := g.said(t, http.MethodGet, g.base+"/harbor/userinfo", nil, g.pass(t, id))
	return strings.Join([]string{redirect, g.steady(t, id, token), g.steady(t, id, wrong), meta, keys, info}, "\n")
}

// pass makes an access token without asking the provider, whatever its fault.
func (g *rig) pass(t *testing.T, id string) string {
	t.Helper()
	ada, _ := findPerson("ada")
	token := newSecret()
	g.ledger.mu.Lock()
	defer g.ledger.mu.Unlock()
	g.ledger.passes.put(token, pass{clientID: g.provider(id).clientID, scope: "openid email profile", who: ada, expires: g.clock.now().Add(time.Minute)})
	return token
}

func (g *rig) answerTo(t *testing.T, tr trip) (code, redirect string) {
	t.Helper()
	q := g.back(t, tr.url("ada"))
	code = q.Get("code")
	q.Del("code")
	return code, q.Encode()
}

func (tr trip) form(code, verifier string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {tr.cfg.ClientID}, "client_secret": {tr.cfg.ClientSecret},
	}
}

// said is the start of a reply, which may be slow or have no end.
func (g *rig) said(t *testing.T, method, target string, form url.Values, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := g.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	limit := int64(8 << 10)
	if res.ContentLength < 0 {
		limit = 2
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(res.StatusCode, res.Header.Get("Content-Type"), string(body))
}

// steady replaces the parts of a token reply that are new each time: the access
// token, and the ID token by its header, claims and whether its signature holds.
func (g *rig) steady(t *testing.T, id, reply string) string {
	t.Helper()
	var out []string
	for _, part := range strings.Split(reply, `"`) {
		switch pieces := strings.Split(part, "."); {
		case len(part) == 52 && len(pieces) == 1:
			part = "(token)"
		case len(pieces) == 3 && strings.HasPrefix(part, "ey"):
			part = g.unsealed(t, id, part, pieces)
		}
		out = append(out, part)
	}
	return strings.Join(out, `"`)
}

func (g *rig) unsealed(t *testing.T, id, token string, pieces []string) string {
	t.Helper()
	key, err := g.provider(id).key()
	if err != nil {
		t.Fatal(err)
	}
	verdict := "good"
	if parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256}); err != nil {
		verdict = "unreadable"
	} else if _, err := parsed.Verify(key.jwk.Public().Key); err != nil {
		verdict = "bad"
	}
	header, _ := base64.RawURLEncoding.DecodeString(pieces[0])
	payload, _ := base64.RawURLEncoding.DecodeString(pieces[1])
	claims := string(payload)
	if at := strings.Index(claims, `"at_hash":"`); at >= 0 && !strings.Contains(claims, "AAAAAAAAAAAAAAAAAAAAAA") {
		claims = claims[:at] + claims[at+len(`"at_hash":"`)+22:]
	}
	return verdict + string(header) + claims
}
