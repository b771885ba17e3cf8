package providers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/go-jose/go-jose/v4"
)

var basicModules = []module{
	{name: "oidcc-client-test", asked: whole, check: asksForOpenID},
	{name: "oidcc-client-test-invalid-iss", fault: claim("iss", "https://evil.test"), want: idToken("iss"), asked: untilKeys},
	{name: "oidcc-client-test-missing-sub", fault: without("sub"), want: because(event.ReasonSubjectInvalid), asked: untilKeys},
	{name: "oidcc-client-test-invalid-aud", fault: claim("aud", "another"), want: idToken("aud"), asked: untilKeys},
	{name: "oidcc-client-test-missing-iat", fault: without("iat"), want: idToken("iat"), asked: untilKeys},
	{name: "oidcc-client-test-kid-absent-single-jwks", fault: keysWithoutKid(false), asked: whole},
	{name: "oidcc-client-test-kid-absent-multiple-jwks", variant: "keys without kid", fault: keysWithoutKid(true), asked: whole},
	{name: "oidcc-client-test-kid-absent-multiple-jwks", variant: "keys with kid", fault: func(o *op) {
		o.keys = []any{shown(&rsaKey().PublicKey, "k0"), shown(&o.key.PublicKey, "k1")}
		o.sign = func(c map[string]any) any { return o.rs256(c, "") }
	}, asked: whole},
	{name: "oidcc-client-test-kid-absent-multiple-jwks", variant: "by none of them", fault: func(o *op) {
		keysWithoutKid(true)(o)
		o.sign = func(c map[string]any) any { return damaged(o.rs256(c, "")) }
	}, want: idToken("signature"), asked: untilKeys},
	{name: "oidcc-client-test-idtoken-sig-rs256", fault: metadata("id_token_signing_alg_values_supported", []string{"RS256"}),
		asked: whole, check: saysSignatureVerified},
	{name: "oidcc-client-test-idtoken-sig-none", variant: "promised", fault: unsigned(`{"alg":"none"}`), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-idtoken-sig-none", variant: "in capitals", fault: unsigned(`{"alg":"None"}`), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-idtoken-sig-none", variant: "promised alone", fault: metadata("id_token_signing_alg_values_supported", []string{"none"}),
		want: because(event.ReasonProviderMisconfigured), asked: untilDiscovery},
	{name: "oidcc-client-test-invalid-sig-rs256", variant: "damaged", fault: signing(func(o *op, c map[string]any) any {
		return damaged(o.rs256(c, "k1"))
	}), want: idToken("signature"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-sig-rs256", variant: "another key", fault: signing(func(o *op, c map[string]any) any {
		return signWith(o.t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: rsaKey(), KeyID: "k1"}}, c)
	}), want: idToken("signature"), asked: untilKeys},
	{name: "oidcc-client-test-userinfo-invalid-sub", variant: "another", fault: userinfo(map[string]any{"sub": "victim"}),
		want: because(event.ReasonUserinfoSubjectMismatch), asked: whole},
	{name: "oidcc-client-test-userinfo-invalid-sub", variant: "absent", fault: userinfo(map[string]any{"email": "ada@mail.test"}),
		want: because(event.ReasonUserinfoSubjectMismatch), asked: whole},
	{name: "oidcc-client-test-nonce-invalid", fault: claim("nonce", "of another attempt"), want: because(event.ReasonNonceMismatch), asked: untilKeys},
	{name: "oidcc-client-test-scope-userinfo-claims", fault: func(o *op) {
		o.fake.claims = func(c map[string]any) {
			delete(c, "email")
			delete(c, "email_verified")
			delete(c, "name")
		}
	}, asked: whole, check: func(t *testing.T, o *op, p accounts.Profile) {
		if p.Name != "Ada ada" || p.Email != "ada@mail.test" || p.EmailState != accounts.EmailVerified {
			t.Errorf("claims of the profile reply were not used: %+v", p)
		}
		asksForOpenID(t, o, p)
	}},
	{name: "oidcc-client-test-client-secret-basic", fault: func(o *op) { o.tokenAuth = []string{"client_secret_basic"} },
		asked: whole, check: proofInHeader},
	{name: "oidcc-client-test-client-secret-basic", variant: "by default", asked: whole, check: proofInHeader},
}

// keysWithoutKid shows keys that cannot be told apart by name.
func keysWithoutKid(several bool) func(*op) {
	return func(o *op) {
		o.keys = []any{shown(&o.key.PublicKey, "")}
		if several {
			o.keys = []any{shown(&rsaKey().PublicKey, ""), shown(&o.key.PublicKey, "")}
		}
		o.sign = func(c map[string]any) any { return o.rs256(c, "") }
	}
}

func unsigned(header string) func(*op) {
	return signing(func(_ *op, c map[string]any) any { return plain(header, c, "") })
}

func userinfo(reply any) func(*op) {
	return func(o *op) { o.profile = func(string) any { return reply } }
}

func asksForOpenID(t *testing.T, o *op, _ accounts.Profile) {
	u, err := url.Parse(o.sent.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !slices.Contains(strings.Fields(q.Get("scope")), "openid") || q.Get("response_type") != "code" || q.Get("nonce") == "" {
		t.Errorf("the authorization request was %s", o.sent.URL)
	}
}

func saysSignatureVerified(t *testing.T, o *op, p accounts.Profile) {
	if !slices.Contains(p.Checks, "signature verified by the keys of "+o.issuer) {
		t.Errorf("the checks are %q", p.Checks)
	}
}

func proofInHeader(t *testing.T, o *op, _ accounts.Profile) {
	r := http.Request{Header: o.headers["token"]}
	id, secret, ok := r.BasicAuth()
	if !ok || id != "client" || secret != canary+"-secret" {
		t.Errorf("client_secret_basic was not used: %v", ok)
	}
	if form := o.form(); form.Has("client_secret") || form.Has("client_id") || len(o.queries["token"]) != 0 {
		t.Error("the client's proof is in a second place")
	}
}
