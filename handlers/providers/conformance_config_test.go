package providers

import (
	"net/http"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

var configModules = []module{
	{name: "oidcc-client-test-discovery-openid-config", fault: moved, asked: whole, check: func(t *testing.T, o *op, _ accounts.Profile) {
		for _, path := range []string{"/o/oauth2/auth", "/oauth/access_token", "/oauth2/v3/certs", "/me"} {
			o.wantPath(path)
		}
	}},
	{name: "oidcc-client-test-discovery-jwks-uri-keys", fault: func(o *op) {
		moved(o)
		o.keys = []any{shown(&rsaKey().PublicKey, "k1")}
		o.key = rsaKey()
	}, asked: whole, check: func(t *testing.T, o *op, p accounts.Profile) {
		o.wantPath("/oauth2/v3/certs")
		saysSignatureVerified(t, o, p)
	}},
	issuerMismatch("another host", func(string) any { return "https://evil.test" }),
	issuerMismatch("a slash more", func(issuer string) any { return issuer + "/" }),
	issuerMismatch("in capitals", strangeCase),
	issuerMismatch("a list", func(issuer string) any { return []string{issuer} }),
	issuerMismatch("absent", func(string) any { return nil }),
	{name: "oidcc-client-test-signing-key-rotation", before: first, fault: (*op).rotate,
		asked: "authorize token jwks profile", check: cachedFrom},
	{name: "oidcc-client-test-signing-key-rotation-just-before-signing", before: first, fault: rotateAtTokens,
		asked: "authorize token jwks profile", check: cachedFrom},
	{name: "oidcc-client-test-signing-key-rotation-just-before-signing", variant: "in the first trip", fault: rotateAtTokens, asked: whole},
}

// keyExtras are what a rotation must not be good for.
var keyExtras = []module{
	{name: "jwks-refetch-is-limited", variant: "twice in a minute", before: rotatedTwice, fault: func(*op) {},
		want: idToken("kid"), asked: "authorize token"},
	{name: "jwks-refetch-is-limited", variant: "a minute later", before: func(o *op) {
		rotatedTwice(o)
		o.skip.Add(int64(61e9))
	}, asked: "authorize token jwks profile"},
	{name: "jwks-refetch-is-limited", variant: "honest trips meanwhile", before: func(o *op) {
		first(o)
		honest := o.sign
		o.refuse(20, func(c map[string]any) any { return o.rs256(c, "unknown-"+random()) }, "kid")
		o.sign = honest
	}, asked: "authorize token profile"},
	{name: "jwks-100-unknown-kids", fault: hundred(func(o *op, c map[string]any) any { return o.rs256(c, "unknown-"+random()) }, "kid"),
		want: idToken("kid"), asked: "discovery" + strings.Repeat(" authorize token", 1) + " jwks authorize token jwks" + strings.Repeat(" authorize token", 98)},
	{name: "jwks-100-bad-signatures", fault: hundred(func(o *op, c map[string]any) any { return damaged(o.rs256(c, "k1")) }, "signature"),
		want: idToken("signature"), asked: "discovery authorize token jwks authorize token jwks" + strings.Repeat(" authorize token", 98)},
	{name: "jwks-old-key-after-rotation", before: func(o *op) {
		first(o)
		old := o.key
		o.rotate()
		o.succeed()
		o.sign = func(c map[string]any) any { o.key = old; return o.rs256(c, "k1") }
	}, want: idToken("kid"), asked: "authorize token"},
}

// moved puts every endpoint at another path, which only the document tells.
func moved(o *op) {
	o.metadata = func(doc map[string]any) {
		doc["authorization_endpoint"] = o.issuer + "/o/oauth2/auth"
		doc["token_endpoint"] = o.issuer + "/oauth/access_token"
		doc["userinfo_endpoint"] = o.issuer + "/me"
		doc["jwks_uri"] = o.issuer + "/oauth2/v3/certs"
	}
}

func (o *op) wantPath(path string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range o.hits {
		if strings.HasSuffix(h, path) {
			return
		}
	}
	o.t.Errorf("%s was not asked: %q", path, o.hits)
}

func issuerMismatch(variant string, issuer func(string) any) module {
	return module{
		name: "oidcc-client-test-discovery-issuer-mismatch", variant: variant,
		fault: func(o *op) { metadata("issuer", issuer(o.issuer))(o) },
		want:  because(event.ReasonProviderMisconfigured), asked: untilDiscovery,
	}
}

func strangeCase(issuer string) any { return strings.Replace(issuer, "http://", "HTTP://", 1) }

// first is a trip that must succeed: the keys are then known.
func first(o *op) { o.succeed() }

func (o *op) succeed() {
	o.t.Helper()
	if _, err := o.trip(); err != nil {
		o.t.Fatalf("a trip without a fault: %v", err)
	}
}

// rotateAtTokens changes the keys between the token request and the signature.
func rotateAtTokens(o *op) {
	honest := o.honest("token")
	o.answer["token"] = func(w http.ResponseWriter, r *http.Request) {
		if o.key != rsaKey() {
			o.rotate()
		}
		honest(w, r)
	}
}

// cachedFrom asserts that the refetched keys are kept.
func cachedFrom(t *testing.T, o *op, _ accounts.Profile) {
	o.forget()
	o.succeed()
	if got := o.asked(); got != "authorize token profile" {
		t.Errorf("the trip after the rotation asked %q", got)
	}
}

// rotatedTwice spends the one refetch of the minute and then changes the key's
// name again.
func rotatedTwice(o *op) {
	first(o)
	o.rotate()
	o.succeed()
	o.keys = []any{shown(&rsaKey().PublicKey, "k3")}
	o.sign = func(c map[string]any) any { return o.rs256(c, "k3") }
}

// refuse makes trips whose ID token is refused.
func (o *op) refuse(times int, sign func(map[string]any) any, check string) {
	o.t.Helper()
	o.sign = sign
	for range times {
		_, err := o.trip()
		wantFailure(o.t, err, event.ReasonIDTokenInvalid, check)
	}
}

// hundred makes ninety-nine trips; the row's own is the last.
func hundred(sign func(*op, map[string]any) any, check string) func(*op) {
	return func(o *op) {
		o.refuse(99, func(c map[string]any) any { return sign(o, c) }, check)
	}
}
