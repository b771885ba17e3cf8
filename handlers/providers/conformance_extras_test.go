package providers

import (
	cryptohmac "crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/go-jose/go-jose/v4"
)

// tokenExtras are odd values in an ID token that is otherwise well.
var tokenExtras = []module{
	{name: "iat-in-future", fault: in("iat", 5*time.Minute), want: idToken("iat"), asked: untilKeys},
	{name: "iat-before-attempt", fault: in("iat", -5*time.Minute), want: idToken("iat"), asked: untilKeys},
	{name: "iat-string", fault: claim("iat", "1700000000"), want: idToken("iat"), asked: untilKeys},
	{name: "nbf-in-future", fault: in("nbf", 5*time.Minute), want: idToken("nbf"), asked: untilKeys},
	{name: "nbf-past", fault: in("nbf", -time.Hour), asked: whole},
	{name: "azp-wrong", fault: claim("azp", "another"), want: idToken("azp"), asked: untilKeys},
	{name: "azp-wrong", variant: "number", fault: claim("azp", 7), want: idToken("azp"), asked: untilKeys},
	{name: "azp-own", fault: claim("azp", "client"), asked: whole},
	{name: "exp-string", fault: claim("exp", fmt.Sprint(time.Now().Add(time.Hour).Unix())), want: idToken("exp"), asked: untilKeys},
	{name: "exp-beyond-time", fault: claim("exp", 1e300), want: idToken("exp"), asked: untilKeys},
	{name: "id_token-number", fault: member("id_token", 7), want: idToken("format"), asked: untilToken},
	{name: "id_token-absent", fault: member("id_token", nil), want: because(event.ReasonIDTokenMissing), asked: untilToken},
	{name: "id_token-garbage", variant: "word", fault: member("id_token", canary), want: idToken("format"), asked: untilToken},
	{name: "id_token-garbage", variant: "two dots", fault: member("id_token", ".."), want: idToken("format"), asked: untilToken},
	{name: "id_token-garbage", variant: "header is no JSON", fault: member("id_token", "e30x.e30.e30"), want: idToken("format"), asked: untilToken},
	{name: "id_token-garbage", variant: "not base64", fault: member("id_token", "!.!.!"), want: idToken("format"), asked: untilToken},
	{name: "id_token-garbage", variant: "long", fault: member("id_token", strings.Repeat("a.", 100_000)), want: idToken("format"), asked: untilToken},
	{name: "sub-number", fault: claim("sub", 7), want: because(event.ReasonSubjectInvalid), asked: untilKeys},
	{name: "sub-empty", fault: claim("sub", ""), want: because(event.ReasonSubjectInvalid), asked: untilKeys},
	{name: "sub-300", fault: claim("sub", strings.Repeat("x", 300)), want: because(event.ReasonSubjectInvalid), asked: untilKeys},
	{name: "sub-null", fault: claim("sub", nil), want: because(event.ReasonSubjectInvalid), asked: untilKeys},
	{name: "email-array", fault: func(o *op) {
		claim("email", []string{"victim@mail.test"})(o)
		userinfo(map[string]any{"sub": "ada", "email": []any{"victim@mail.test"}, "email_verified": true})(o)
	}, asked: whole, check: noAddress},
	{name: "email-pair-of-two-sources", fault: func(o *op) {
		claim("email_verified", false)(o)
		userinfo(map[string]any{"sub": "ada", "email": "victim@mail.test", "email_verified": true})(o)
	}, asked: whole, check: func(t *testing.T, _ *op, p accounts.Profile) {
		if p.Email != "ada@mail.test" || p.EmailState != accounts.EmailUnverified {
			t.Errorf("O14: the address is %q, %v", p.Email, p.EmailState)
		}
	}},
	{name: "idtoken-sig-es256", fault: elliptical("e1", true, false), asked: whole, check: saysSignatureVerified},
	{name: "client_secret_post", fault: func(o *op) { o.tokenAuth = []string{"client_secret_post"} }, asked: whole, check: proofInForm},
	{name: "token-endpoint-200-with-error", fault: answering("token", text(200, `{"error":"invalid_grant","error_description":"`+canary+`"}`)),
		want: verdict{reason: event.ReasonProviderRejectedCode, status: 200}, asked: untilToken},
	{name: "token-endpoint-200-with-error", variant: "and an ID token", fault: member("error", "invalid_client"),
		want: verdict{reason: event.ReasonProviderRejectedClient, status: 200}, asked: untilToken},
}

// headerExtras are ID tokens whose header tells where the key is, or wants
// what is not understood. The trap would be asked as a path of its own.
var headerExtras = []module{
	{name: "jku-ignored", fault: pointing("jku", "k1"), asked: whole},
	{name: "jku-ignored", variant: "unknown kid", fault: pointing("jku", "evil"), want: idToken("kid"), asked: untilKeys},
	{name: "x5u-ignored", fault: pointing("x5u", "k1"), asked: whole},
	{name: "x5u-ignored", variant: "unknown kid", fault: pointing("x5u", "evil"), want: idToken("kid"), asked: untilKeys},
	{name: "jwk-ignored", fault: signing(func(o *op, c map[string]any) any {
		return o.jws(jose.SigningKey{Algorithm: jose.RS256, Key: rsaKey()}, &jose.SignerOptions{EmbedJWK: true}, c)
	}), want: idToken("signature"), asked: untilKeys},
	{name: "crit-unknown", fault: headed("k1", map[jose.HeaderKey]any{"crit": []string{"must"}, "must": 1}), want: idToken("signature"), asked: untilKeys},
}

// pointing signs honestly, under a header that leads to a trap. The provider
// shows no key of the name evil.
func pointing(header jose.HeaderKey, kid string) func(*op) {
	return func(o *op) {
		headed(kid, map[jose.HeaderKey]any{header: o.issuer + "/trap"})(o)
	}
}

func proofInForm(t *testing.T, o *op, _ accounts.Profile) {
	r := http.Request{Header: o.headers["token"]}
	if _, _, ok := r.BasicAuth(); ok || len(o.queries["token"]) != 0 {
		t.Error("the client's proof is in a second place")
	}
	if form := o.form(); form.Get("client_id") != "client" || form.Get("client_secret") != canary+"-secret" {
		t.Error("client_secret_post was not used")
	}
}

// hs256 is made by hand: go-jose refuses secrets that are shorter than the
// hash, as most clients' secrets are.
func hs256(secret []byte, claims map[string]any) string {
	body, _ := json.Marshal(claims)
	enc := base64.RawURLEncoding.EncodeToString
	head := enc([]byte(`{"alg":"HS256","kid":"k1"}`)) + "." + enc(body)
	mac := cryptohmac.New(sha256.New, secret)
	mac.Write([]byte(head))
	return head + "." + enc(mac.Sum(nil))
}
