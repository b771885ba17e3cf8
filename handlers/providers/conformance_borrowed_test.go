package providers

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/go-jose/go-jose/v4"
)

var fapiModules = []module{
	{name: fapi + "invalid-authorization-response-iss", fault: returning(func(q url.Values) { q.Set("iss", "https://evil.test") }),
		want: because(event.ReasonIssMismatch), asked: untilCallback},
	{name: fapi + "invalid-authorization-response-iss", variant: "not promised", fault: func(o *op) {
		metadata("authorization_response_iss_parameter_supported", false)(o)
		o.callback = func(q url.Values) { q.Set("iss", q.Get("iss")+"/") }
	}, want: because(event.ReasonIssMismatch), asked: untilCallback},
	{name: fapi + "remove-authorization-response-iss", fault: returning(func(q url.Values) { q.Del("iss") }),
		want: because(event.ReasonIssMismatch), asked: untilCallback},
	{name: fapi + "invalid-missing-exp", fault: without("exp"), want: idToken("exp"), asked: untilKeys},
	{name: fapi + "invalid-expired-exp", fault: in("exp", -5*time.Minute), want: idToken("exp"), asked: untilKeys},
	{name: fapi + "invalid-missing-nonce", fault: without("nonce"), want: because(event.ReasonNonceMismatch), asked: untilKeys},
	{name: fapi + "invalid-secondary-aud", fault: claim("aud", []string{"client", "https://other1.test"}), want: idToken("aud"), asked: untilKeys},
	{name: fapi + "invalid-null-alg", variant: "none", fault: unsigned(`{"alg":"none","kid":"k1"}`), want: idToken("alg"), asked: untilToken},
	{name: fapi + "invalid-null-alg", variant: "null", fault: unsigned(`{"alg":null,"kid":"k1"}`), want: idToken("alg"), asked: untilToken},
	{name: fapi + "invalid-null-alg", variant: "absent", fault: unsigned(`{"kid":"k1"}`), want: idToken("alg"), asked: untilToken},
	{name: fapi + "valid-aud-as-array", fault: claim("aud", []string{"client"}), asked: whole},
	{name: fapi + "token-type-case-insensitivity", variant: "inverted", fault: member("token_type", "bEARER"), asked: whole, check: bearerInHeader},
	{name: fapi + "token-type-case-insensitivity", variant: "lower", fault: member("token_type", "bearer"), asked: whole, check: bearerInHeader},
	{name: fapi + "token-endpoint-response-without-expires_in", fault: member("expires_in", nil), asked: whole},
}

var comprehensiveModules = []module{
	{name: "oidcc-client-test-missing-aud", fault: without("aud"), want: idToken("aud"), asked: untilKeys},
	{name: "oidcc-client-test-missing-aud", variant: "empty list", fault: claim("aud", []string{}), want: idToken("aud"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-sig-hs256", variant: "damaged", fault: keyedHash(true, clientSecret), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-invalid-sig-hs256", variant: "by the client's secret", fault: keyedHash(false, clientSecret), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-invalid-sig-hs256", variant: "by the public key", fault: keyedHash(false, publicKeyText), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-invalid-sig-hs256", variant: "promised alone", fault: metadata("id_token_signing_alg_values_supported", []string{"HS256"}),
		want: because(event.ReasonProviderMisconfigured), asked: untilDiscovery},
	{name: "oidcc-client-test-invalid-sig-es256", variant: "damaged", fault: elliptical("e1", true, true), want: idToken("signature"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-sig-es256", variant: "not promised", fault: elliptical("e1", false, false), want: idToken("alg"), asked: untilToken},
	{name: "oidcc-client-test-invalid-sig-es256", variant: "under the RSA key's name", fault: elliptical("k1", true, false), want: idToken("signature"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-athash", fault: claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), want: idToken("at_hash"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-athash", variant: "empty", fault: claim("at_hash", ""), want: idToken("at_hash"), asked: untilKeys},
	{name: "oidcc-client-test-invalid-athash", variant: "of another token", fault: member("access_token", canary+"-access-eve"), want: idToken("at_hash"), asked: untilKeys},
	{name: "oidcc-client-test-userinfo-bearer-header", asked: whole, check: bearerInHeader},
	{name: "oidcc-client-test-aggregated-claims", fault: foreignClaims(func(o *op) any {
		return map[string]any{"JWT": o.rs256(map[string]any{"email": "victim@mail.test", "email_verified": true, "sub": "victim"}, "k1")}
	}), asked: whole, check: noAddress},
	{name: "oidcc-client-test-distributed-claims", fault: foreignClaims(func(o *op) any {
		return map[string]any{"endpoint": o.issuer + "/claims", "access_token": canary + "-foreign"}
	}), asked: whole, check: noAddress},
	{name: "oidcc-client-test-ignores-unparseable-key-in-jwks", variant: "with alg", fault: strangeKeys("ML-DSA-99", "MADE-UP"), asked: whole},
	{name: "oidcc-client-test-ignores-unparseable-key-in-jwks", variant: "without alg", fault: strangeKeys(nil, nil), asked: whole},
}

func returning(change func(url.Values)) func(*op) {
	return func(o *op) { o.callback = change }
}

// bearerInHeader asserts where the access token travels (RFC 6750 §2.1).
func bearerInHeader(t *testing.T, o *op, _ accounts.Profile) {
	if got := o.headers["profile"].Get("Authorization"); got != "Bearer "+canary+"-access-ada" {
		t.Errorf("the profile was asked for with %q", got)
	}
	if len(o.queries["profile"]) != 0 {
		t.Error("the profile was asked for with a query")
	}
}

// clientSecret is the one that newBench configures.
func clientSecret(*op) []byte { return []byte(canary + "-secret") }

// publicKeyText is what a library that does not look at the algorithm would
// take for a secret: the text of the key that it verifies with.
func publicKeyText(o *op) []byte {
	der, err := x509.MarshalPKIXPublicKey(&o.key.PublicKey)
	if err != nil {
		o.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func keyedHash(spoiled bool, secret func(*op) []byte) func(*op) {
	return signing(func(o *op, c map[string]any) any {
		token := hs256(secret(o), c)
		if spoiled {
			return damaged(token)
		}
		return token
	})
}

// elliptical signs with an EC key of this name, which the provider shows.
func elliptical(kid string, promised, spoiled bool) func(*op) {
	return func(o *op) {
		if promised {
			metadata("id_token_signing_alg_values_supported", []string{"RS256", "ES256"})(o)
		}
		if kid != "k1" {
			o.keys = append(o.keys, shown(&ecKey().PublicKey, kid))
		}
		o.sign = func(c map[string]any) any {
			token := signWith(o.t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: ecKey(), KeyID: kid}}, c)
			if spoiled {
				return damaged(token)
			}
			return token
		}
	}
}

// foreignClaims are said to be elsewhere (OpenID Connect Core §5.6.2): the
// address of the token and of the profile reply is left to another source.
func foreignClaims(source func(*op) any) func(*op) {
	return func(o *op) {
		elsewhere := map[string]any{
			"_claim_names":   map[string]any{"email": "src1", "email_verified": "src1", "sub": "src1"},
			"_claim_sources": map[string]any{"src1": source(o)},
		}
		o.fake.claims = func(c map[string]any) {
			delete(c, "email")
			delete(c, "email_verified")
			for name, value := range elsewhere {
				c[name] = value
			}
		}
		reply := map[string]any{"sub": "ada"}
		for name, value := range elsewhere {
			reply[name] = value
		}
		o.profile = func(string) any { return reply }
	}
}

func noAddress(t *testing.T, _ *op, p accounts.Profile) {
	if p.Email != "" || p.EmailState != accounts.EmailNone {
		t.Errorf("the address %q (%v) came from another source", p.Email, p.EmailState)
	}
}

// strangeKeys shows, beside the real key, keys of kinds that nobody knows yet
// (RFC 7517 §5).
func strangeKeys(algs ...any) func(*op) {
	return func(o *op) {
		shapes := []map[string]any{
			{"kty": "AKP", "kid": "pq", "use": "sig", "pub": strings.Repeat("A", 64)},
			{"kty": "FROM-THE-FUTURE", "kid": "future", "use": "sig", "zz": "AQAB"},
		}
		var before []any
		for i, key := range shapes {
			if algs[i] != nil {
				key["alg"] = algs[i]
			}
			before = append(before, key)
		}
		o.keys = append(before, o.keys...)
	}
}
