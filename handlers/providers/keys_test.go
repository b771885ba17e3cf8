package providers

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"

	"github.com/go-jose/go-jose/v4"
)

func TestO09_KeysAreNotAskedForByStrangers(t *testing.T) {
	b := newBench(t, "oidc")
	b.sign = func(c map[string]any) any { return b.rs256(c, "unknown-"+random()) }
	for range 100 {
		_, err := b.run("ada")
		wantFailure(t, err, event.ReasonIDTokenInvalid, "kid")
	}
	if n := b.count("jwks"); n > 2 {
		t.Errorf("the keys were asked for %d times in a minute, want at most 2", n)
	}
	b.sign = nil
	if _, err := b.run("ada"); err != nil {
		t.Errorf("an honest trip among them: %v", err)
	}
	b.skip.Add(int64(time.Minute))
	b.sign = func(c map[string]any) any { return b.rs256(c, "unknown") }
	before := b.count("jwks")
	b.run("ada")
	if n := b.count("jwks") - before; n != 1 {
		t.Errorf("a minute later the keys were asked for %d times, want 1", n)
	}
}

// Trips that started together may each ask; whoever comes too late for the
// minute's questions gets the keys that the others got.
func TestO09_LateAskersGetTheKeysAtHand(t *testing.T) {
	b := newBench(t, "oidc")
	ends, err := b.p.endpoints(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		resp, err := client(ends.keys).Get(ends.jwks)
		if err == nil {
			err = json.NewDecoder(resp.Body).Decode(&jose.JSONWebKeySet{})
		}
		return err
	}
	for range 5 {
		if err := ask(); err != nil {
			t.Error(err)
		}
	}
	if n := b.count("jwks"); n != 2 {
		t.Errorf("the keys were asked for %d times, want 2", n)
	}
	ends.keys.last = nil
	wantFailure(t, ask(), event.ReasonProviderUnreachable, "")
}

func TestSigningKeyRotation(t *testing.T) {
	b := newBench(t, "oidc")
	if _, err := b.run("ada"); err != nil {
		t.Fatal(err)
	}
	next, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b.key = next
	b.answer["jwks"] = func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &next.PublicKey, KeyID: "k2", Algorithm: "RS256"}}})
	}
	b.sign = func(c map[string]any) any { return b.rs256(c, "k2") }
	if _, err := b.run("ada"); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   event.Reason
		check  string
	}{
		"404":      {text(404, canary), event.ReasonProviderHTTPError, ""},
		"html":     {text(200, "<html>"+canary), event.ReasonProviderBadResponse, ""},
		"empty":    {text(200, `{"keys":[]}`), event.ReasonIDTokenInvalid, "kid"},
		"no list":  {text(200, `{}`), event.ReasonProviderBadResponse, ""},
		"huge":     {text(200, `{"keys":[],"x":"`+strings.Repeat("x", metadataBytes)+`"}`), event.ReasonProviderBadResponse, ""},
		"redirect": {http.RedirectHandler("/jwks2", http.StatusFound).ServeHTTP, event.ReasonProviderBadResponse, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "oidc")
			b.answer["jwks"] = tt.answer
			b.refused(tt.want, tt.check, one)
		})
	}
}
