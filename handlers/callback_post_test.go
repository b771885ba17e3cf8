package handlers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"testing"

	"gatebook/handlers/providers"
)

// withApple adds a provider whose callback is a form.
func withApple(t *testing.T) func(*gateOptions) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return withConfig(func(c *Config) {
		c.Providers = append(c.Providers, providers.Config{
			ID: "apple", Kind: "apple", ClientID: "org.example.gate", Where: "the test",
			Extra: map[string]string{"team_id": "ABCDE12345", "key_id": "KEY1234567", "private_key": secret},
		})
	})
}

// TestO18_FormPost: a provider's form arrives without cookies and does nothing
// but show a page that sends it again from here.
func TestO18_FormPost(t *testing.T) {
	g := openGate(t, withApple(t))
	b := g.browser()
	to := b.start("/signin/apple", nil)
	if to.Query().Get("response_mode") != "form_post" {
		t.Fatalf("sent to %s", to)
	}
	form := url.Values{"code": {"c-1"}, "state": {to.Query().Get("state")}, "junk": {"<script>"}}

	apple := g.browser() // no cookie comes along from another site
	page := apple.post("/signin/apple/callback", form, with("Sec-Fetch-Site", "cross-site"), with("Origin", "https://appleid.apple.com"))
	doc := page.doc(t)
	if page.status != http.StatusOK || doc.Find(`form#repost input[name=code]`).AttrOr("value", "") != "c-1" ||
		doc.Find(`form#repost input[name=junk]`).Length() != 0 {
		t.Fatalf("%d %s", page.status, page.body)
	}
	g.left()

	form.Set(repostMark, "yes")
	forged := b.copyOf().post("/signin/apple/callback", form, with("Sec-Fetch-Site", "cross-site"))
	if forged.status != http.StatusForbidden || forged.reason() != "csrf" {
		t.Errorf("a form that claims to be ours: %d %s", forged.status, forged.reason())
	}
	g.left()

	elsewhere := g.browser().post("/signin/apple/callback", form)
	if elsewhere.status != http.StatusBadRequest || elsewhere.reason() != "attempt_missing" {
		t.Errorf("another browser: %d %s", elsewhere.status, elsewhere.reason())
	}
	g.left("session.signin failure attempt_missing")

	denied := b.post("/signin/apple/callback", url.Values{
		"error": {"user_cancelled_authorize"}, "state": form["state"], repostMark: {"yes"},
	})
	if denied.status != http.StatusBadRequest {
		t.Errorf("cancelled: %d %s", denied.status, denied.reason())
	}
	g.left("session.signin failure " + denied.reason())

	long := url.Values{"code": {string(make([]byte, maxCallbackBody))}}
	if p := apple.post("/signin/apple/callback", long); p.status != http.StatusBadRequest || p.reason() != "callback_malformed" {
		t.Errorf("a long form: %d %s", p.status, p.reason())
	}
}
