package providers

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"

	"github.com/go-jose/go-jose/v4"
)

// one is what a trip asks for when it ends at its ID token: the token, and no
// profile.
var one = map[string]int{"token": 1}

func both(t *testing.T, run func(t *testing.T, b *bench)) {
	for _, kind := range []string{"oidc", "google"} {
		t.Run(kind, func(t *testing.T) { run(t, newBench(t, kind)) })
	}
}

func TestO08_Nonce(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"invalid": func(c map[string]any) { c["nonce"] = random() },
		"missing": func(c map[string]any) { delete(c, "nonce") },
		"number":  func(c map[string]any) { c["nonce"] = 7 },
		"prefix":  func(c map[string]any) { c["nonce"] = c["nonce"].(string)[:20] },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.fake.claims = change
				b.refused(event.ReasonNonceMismatch, "", one)
			})
		})
	}
}

func TestO08_AttemptWithoutNonce(t *testing.T) {
	b := newBench(t, "oidc")
	b.fake.claims = func(c map[string]any) { c["nonce"] = "" }
	trip := b.start(StartOptions{})
	back := came(trip, b.follow(trip, "ada"), time.Now())
	back.Nonce = ""
	_, err := b.p.Finish(context.Background(), back)
	wantFailure(t, err, event.ReasonNonceMismatch, "")
}

func plain(header string, claims map[string]any, signature string) string {
	body, _ := json.Marshal(claims)
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc(body) + "." + enc([]byte(signature))
}

func TestO09_ForgedIDToken(t *testing.T) {
	evil, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	evilKey := func(kid string) jose.SigningKey {
		return jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: evil, KeyID: kid}}
	}
	for _, tt := range []struct {
		name, check string
		sign        func(b *bench, c map[string]any) any
	}{
		{"bad-sig", "signature", func(b *bench, c map[string]any) any { return signWith(b.t, evilKey("k1"), c) }},
		{"changed payload", "signature", func(b *bench, c map[string]any) any {
			parts := strings.Split(b.rs256(c, "k1"), ".")
			c["sub"] = "victim"
			body, _ := json.Marshal(c)
			return parts[0] + "." + base64.RawURLEncoding.EncodeToString(body) + "." + parts[2]
		}},
		{"kid-unknown", "kid", func(b *bench, c map[string]any) any { return signWith(b.t, evilKey("evil"), c) }},
		{"alg-none", "alg", func(_ *bench, c map[string]any) any { return plain(`{"alg":"none"}`, c, "") }},
		{"alg-null", "alg", func(_ *bench, c map[string]any) any { return plain(`{"alg":null}`, c, "") }},
		{"alg-hs256", "alg", func(b *bench, c map[string]any) any {
			return signWith(b.t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(strings.Repeat(canary+"-secret", 3))}, c)
		}},
		{"embedded jwk", "kid", func(b *bench, c map[string]any) any {
			signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: evil}, &jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"kid": "mine", "jku": b.issuer + "/trap"}})
			text, _ := json.Marshal(c)
			signed, _ := signer.Sign(text)
			compact, _ := signed.CompactSerialize()
			return compact
		}},
		{"JSON form", "format", func(b *bench, c map[string]any) any {
			parts := strings.Split(b.rs256(c, "k1"), ".")
			return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
		}},
		{"garbage", "format", func(*bench, map[string]any) any { return canary }},
		{"number", "format", func(*bench, map[string]any) any { return 7 }},
		{"list", "format", func(*bench, map[string]any) any { return []string{"x"} }},
		{"claims are a list", "format", func(b *bench, _ map[string]any) any { return signText(b.t, b, `["x"]`) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.sign = func(c map[string]any) any { return tt.sign(b, c) }
				b.refused(event.ReasonIDTokenInvalid, tt.check, one)
				for _, h := range b.hits {
					if strings.Contains(h, "trap") {
						t.Error("V06: an address in a token's header was asked")
					}
				}
			})
		})
	}
	for name, value := range map[string]any{"absent": nil, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.sign = func(map[string]any) any { return value }
				b.refused(event.ReasonIDTokenMissing, "", one)
			})
		})
	}
}

func signText(t *testing.T, b *bench, payload string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: b.key, KeyID: "k1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := signer.Sign([]byte(payload))
	compact, _ := signed.CompactSerialize()
	return compact
}

func TestO10_IssuerAndAudience(t *testing.T) {
	for _, tt := range []struct {
		name, check string
		change      func(map[string]any)
	}{
		{"invalid-iss", "iss", func(c map[string]any) { c["iss"] = "https://evil.test" }},
		{"iss with a slash", "iss", func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }},
		{"missing-iss", "iss", func(c map[string]any) { delete(c, "iss") }},
		{"invalid-aud", "aud", func(c map[string]any) { c["aud"] = "evil" }},
		{"missing-aud", "aud", func(c map[string]any) { delete(c, "aud") }},
		{"empty-aud", "aud", func(c map[string]any) { c["aud"] = []string{} }},
		{"aud-extra-untrusted", "aud", func(c map[string]any) { c["aud"] = []string{"client", "evil"} }},
		{"aud-extra with azp", "aud", func(c map[string]any) { c["aud"] = []string{"client", "evil"}; c["azp"] = "client" }},
		{"azp-wrong", "azp", func(c map[string]any) { c["azp"] = "evil" }},
		{"azp-number", "azp", func(c map[string]any) { c["azp"] = 7 }},
		{"ISS in capitals", "iss", func(c map[string]any) { c["ISS"] = c["iss"]; delete(c, "iss") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.fake.claims = tt.change
				b.refused(event.ReasonIDTokenInvalid, tt.check, one)
			})
		})
	}
	for name, change := range map[string]func(map[string]any){
		"aud-array-ok": func(c map[string]any) { c["aud"] = []string{"client"} },
		"azp-ok":       func(c map[string]any) { c["azp"] = "client" },
		"no at_hash":   func(c map[string]any) { delete(c, "at_hash") },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.fake.claims = change
				if _, err := b.run("ada"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestGoogleSpellsItsIssuerTwoWays(t *testing.T) {
	b := newBench(t, "google")
	b.fake.claims = func(c map[string]any) { c["iss"] = "accounts.google.com" }
	got, err := b.run("ada")
	if err != nil || got.Namespace != "https://accounts.google.com" {
		t.Errorf("namespace %q, %v", got.Namespace, err)
	}
}

func TestO11_Times(t *testing.T) {
	now := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for _, tt := range []struct {
		name, check string
		change      func(map[string]any)
	}{
		{"exp-absent", "exp", func(c map[string]any) { delete(c, "exp") }},
		{"exp-string", "exp", func(c map[string]any) { c["exp"] = fmt.Sprint(now(time.Hour)) }},
		{"exp-word", "exp", func(c map[string]any) { c["exp"] = "never" }},
		{"exp-null", "exp", func(c map[string]any) { c["exp"] = nil }},
		{"exp-past", "exp", func(c map[string]any) { c["exp"] = now(-time.Minute) }},
		{"exp-beyond", "exp", func(c map[string]any) { c["exp"] = 1e300 }},
		{"iat-absent", "iat", func(c map[string]any) { delete(c, "iat") }},
		{"iat-string", "iat", func(c map[string]any) { c["iat"] = fmt.Sprint(now(0)) }},
		{"iat-future", "iat", func(c map[string]any) { c["iat"] = now(2 * time.Minute) }},
		{"iat-before the attempt", "iat", func(c map[string]any) { c["iat"] = now(-2 * time.Minute) }},
		{"nbf-future", "nbf", func(c map[string]any) { c["nbf"] = now(2 * time.Minute) }},
		{"nbf-string", "nbf", func(c map[string]any) { c["nbf"] = "soon" }},
		{"bad at_hash", "at_hash", func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }},
		{"at_hash number", "format", func(c map[string]any) { c["at_hash"] = 7 }},
		{"at_hash empty", "at_hash", func(c map[string]any) { c["at_hash"] = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.fake.claims = tt.change
				b.refused(event.ReasonIDTokenInvalid, tt.check, one)
			})
		})
	}
}

func TestFreshAuthTime(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value any
		ago   time.Duration
		fresh bool
		want  event.Reason
	}{
		{"during the attempt", nil, 0, true, event.ReasonNone},
		{"absent", false, 0, true, event.ReasonNone},
		{"long before", nil, time.Hour, true, event.ReasonNotFresh},
		{"long before, not asked", nil, time.Hour, false, event.ReasonNone},
		{"text", "now", 0, true, event.ReasonIDTokenInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "oidc")
			b.fake.claims = func(c map[string]any) {
				c["auth_time"] = tt.value
				if tt.value == nil {
					c["auth_time"] = time.Now().Add(-tt.ago).Unix()
				} else if tt.value == false {
					delete(c, "auth_time")
				}
			}
			trip := b.start(StartOptions{Fresh: tt.fresh})
			got, err := b.p.Finish(context.Background(), came(trip, b.follow(trip, "ada"), time.Now()))
			if tt.want == event.ReasonNone {
				if err != nil || got.AuthTime.IsZero() != (tt.value == false) {
					t.Errorf("auth time %v, %v", got.AuthTime, err)
				}
				return
			}
			wantFailure(t, err, tt.want, "auth_time")
		})
	}
}
