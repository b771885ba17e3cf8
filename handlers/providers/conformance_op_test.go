package providers

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/handlers/accounts"

	"github.com/go-jose/go-jose/v4"
)

// op is the fake OpenID provider with the switches that modules need.
type op struct {
	*bench
	keys []any // the members of its key set

	sent    Trip
	headers map[string]http.Header // of the last request to the token and the profile route
	queries map[string]url.Values
	taken   chan int // bytes of an endless reply
}

// rsaKey is a second key, which the provider shows only in some modules.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func newOP(t *testing.T, settings ...func(*Config, *Options)) *op {
	o := &op{bench: newBench(t, "oidc", settings...), headers: map[string]http.Header{}, queries: map[string]url.Values{}, taken: make(chan int, 1)}
	o.keys = []any{shown(&o.key.PublicKey, "k1")}
	for _, route := range []string{"token", "profile", "jwks"} {
		o.answer[route] = o.honest(route)
	}
	return o
}

// shown is a public key as a key set has it.
func shown(public any, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: public, KeyID: kid, Use: "sig"}
}

// honest is a route's answer without a fault.
func (o *op) honest(route string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.headers[route], o.queries[route] = maps.Clone(r.Header), r.URL.Query()
		o.mu.Unlock()
		switch route {
		case "token":
			o.token(w, r)
		case "profile":
			writeJSON(w, o.profile(o.bearer(r)))
		case "jwks":
			writeJSON(w, map[string]any{"keys": o.keys})
		case "discovery":
			writeJSON(w, o.document())
		}
	}
}

// trip makes a whole trip and ends at the first failure.
func (o *op) trip() (accounts.Profile, error) {
	started := time.Now()
	trip, err := o.p.Start(context.Background(), StartOptions{})
	if err != nil {
		return accounts.Profile{}, err
	}
	o.sent = trip
	return o.p.Finish(context.Background(), came(trip, o.follow(trip, "ada"), started))
}

// asked is the routes that were asked since the last forget, in order.
func (o *op) asked() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, h := range o.hits {
		_, path, _ := strings.Cut(h, "/")
		name := routes["/"+path]
		if name == "" {
			name = "/" + path
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func (o *op) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hits, o.forms = nil, nil
}

// rotate puts the second key in the place of the first.
func (o *op) rotate() {
	o.key, o.keys = rsaKey(), []any{shown(&rsaKey().PublicKey, "k2")}
	o.sign = func(c map[string]any) any { return o.rs256(c, "k2") }
}

// The faults, each a switch of the provider.

func claim(name string, value any) func(*op) {
	return func(o *op) { o.fake.claims = func(c map[string]any) { c[name] = value } }
}

func without(name string) func(*op) {
	return func(o *op) { o.fake.claims = func(c map[string]any) { delete(c, name) } }
}

// in moves a claim of time away from now.
func in(name string, d time.Duration) func(*op) {
	return func(o *op) { o.fake.claims = func(c map[string]any) { c[name] = time.Now().Add(d).Unix() } }
}

func metadata(name string, value any) func(*op) {
	return func(o *op) { o.metadata = func(doc map[string]any) { doc[name] = value } }
}

// signing replaces the ID token.
func signing(token func(o *op, c map[string]any) any) func(*op) {
	return func(o *op) { o.sign = func(c map[string]any) any { return token(o, c) } }
}

// headed signs well, under more header parameters.
func headed(kid string, extra map[jose.HeaderKey]any) func(*op) {
	return signing(func(o *op, c map[string]any) any {
		return o.jws(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: o.key, KeyID: kid}},
			&jose.SignerOptions{ExtraHeaders: extra}, c)
	})
}

func (o *op) jws(key jose.SigningKey, options *jose.SignerOptions, c map[string]any) string {
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		o.t.Error(err)
		return ""
	}
	text, _ := json.Marshal(c)
	signed, err := signer.Sign(text)
	if err != nil {
		o.t.Error(err)
		return ""
	}
	compact, _ := signed.CompactSerialize()
	return compact
}

// written signs claims whose JSON text was changed by hand.
func written(change func(text string) string) func(*op) {
	return signing(func(o *op, c map[string]any) any {
		text, _ := json.Marshal(c)
		return signText(o.t, o.bench, change(string(text)))
	})
}

// damaged is a token whose signature is of the right length and wrong.
func damaged(token string) string {
	head, sig := token[:strings.LastIndex(token, ".")+1], token[strings.LastIndex(token, ".")+1:]
	raw, _ := base64.RawURLEncoding.DecodeString(sig)
	raw[len(raw)/2] ^= 1
	return head + base64.RawURLEncoding.EncodeToString(raw)
}

func answering(route string, h http.HandlerFunc) func(*op) {
	return func(o *op) { o.answer[route] = h }
}

// rewriting lets a route answer honestly, and then changes the text and, when
// one is given, the content type.
func rewriting(route, contentType string, change func(body string) string) func(*op) {
	if contentType == "" {
		contentType = "application/json"
	}
	return func(o *op) {
		honest := o.honest(route)
		o.answer[route] = func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			honest(rec, r)
			body := string(bytes.TrimSpace(rec.Body.Bytes()))
			if change != nil {
				body = change(body)
			}
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(rec.Code)
			w.Write([]byte(body))
		}
	}
}

// member changes one member of the token reply; a nil value takes it out.
func member(name string, value any) func(*op) {
	return rewriting("token", "", func(body string) string {
		var reply map[string]any
		json.Unmarshal([]byte(body), &reply)
		reply[name] = value
		if value == nil {
			delete(reply, name)
		}
		text, _ := json.Marshal(reply)
		return string(text)
	})
}
