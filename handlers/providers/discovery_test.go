package providers

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/db/event"
)

func TestO15_DiscoveryDocuments(t *testing.T) {
	change := func(name string, value any) func(map[string]any) {
		return func(doc map[string]any) { doc[name] = value }
	}
	broken := func(status int, body string) http.HandlerFunc { return text(status, body) }
	for _, tt := range []struct {
		name   string
		change func(map[string]any)
		answer http.HandlerFunc
		want   event.Reason
	}{
		{"another issuer", change("issuer", "https://evil.test"), nil, event.ReasonProviderMisconfigured},
		{"no issuer", change("issuer", nil), nil, event.ReasonProviderMisconfigured},
		{"token elsewhere", change("token_endpoint", "https://evil.test/token"), nil, event.ReasonProviderMisconfigured},
		{"keys inside", change("jwks_uri", "http://10.0.0.1/jwks"), nil, event.ReasonProviderMisconfigured},
		{"profile elsewhere", change("userinfo_endpoint", "http://[::ffff:127.0.0.1]/u"), nil, event.ReasonProviderMisconfigured},
		{"authorize elsewhere", change("authorization_endpoint", "https://evil.test/a"), nil, event.ReasonProviderMisconfigured},
		{"a script", change("authorization_endpoint", "javascript:alert(1)"), nil, event.ReasonProviderMisconfigured},
		{"no token endpoint", change("token_endpoint", ""), nil, event.ReasonProviderMisconfigured},
		{"number", change("token_endpoint", 7), nil, event.ReasonProviderMisconfigured},
		{"secret keys only", change("id_token_signing_alg_values_supported", []string{"HS256", "none"}), nil, event.ReasonProviderMisconfigured},
		{"404", nil, broken(404, canary), event.ReasonProviderMisconfigured},
		{"500", nil, broken(500, canary), event.ReasonProviderHTTPError},
		{"html", nil, broken(200, "<html>"+canary), event.ReasonProviderBadResponse},
		{"null", nil, broken(200, "null"), event.ReasonProviderBadResponse},
		{"list", nil, broken(200, "[]"), event.ReasonProviderBadResponse},
		{"huge", nil, broken(200, `{"x":"`+strings.Repeat("x", metadataBytes)+`"}`), event.ReasonProviderBadResponse},
		{"redirect", nil, http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, event.ReasonProviderBadResponse},
		{"hang", nil, hang, event.ReasonProviderTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "oidc", short)
			b.metadata, b.answer["discovery"] = tt.change, tt.answer
			for range 3 {
				_, err := b.p.Start(context.Background(), StartOptions{})
				wantFailure(t, err, tt.want, "")
			}
			if n := b.count("discovery"); n != 1 {
				t.Errorf("a failed document was asked for %d times, want 1", n)
			}
		})
	}
}

func TestO15_TrailingSlashMatters(t *testing.T) {
	b := newBench(t, "oidc", func(c *Config, _ *Options) { c.Issuer += "/" })
	_, err := b.p.Start(context.Background(), StartOptions{})
	wantFailure(t, err, event.ReasonProviderMisconfigured, "")
}

func TestO15_DiscoveryIsCached(t *testing.T) {
	b := newBench(t, "oidc")
	if n := b.count("discovery"); n != 0 {
		t.Fatalf("the network was touched before anyone signed in: %d requests", n)
	}
	ask := func(want event.Reason, hits int) {
		t.Helper()
		_, err := b.p.Start(context.Background(), StartOptions{})
		if want == event.ReasonNone && err != nil {
			t.Errorf("failed with %v", err)
		}
		if want != event.ReasonNone {
			wantFailure(t, err, want, "")
		}
		if n := b.count("discovery"); n != hits {
			t.Errorf("%d requests for the document, want %d", n, hits)
		}
	}
	b.answer["discovery"] = text(503, "")
	ask(event.ReasonProviderHTTPError, 1)
	b.skip.Add(int64(retryDown))
	b.answer["discovery"] = text(404, "")
	ask(event.ReasonProviderMisconfigured, 2)
	b.answer["discovery"] = text(200, `{"issuer": "https://other.test"}`)
	b.skip.Add(int64(retryOdd))
	ask(event.ReasonProviderMisconfigured, 3)
	b.answer["discovery"] = nil
	b.skip.Add(int64(retryWrong - time.Second))
	ask(event.ReasonProviderMisconfigured, 3)
	b.skip.Add(int64(time.Second))
	ask(event.ReasonNone, 4)
	ask(event.ReasonNone, 4)
	b.skip.Add(int64(metadataTTL))
	b.answer["discovery"] = text(500, "") // the old document is used on
	ask(event.ReasonNone, 5)
	ask(event.ReasonNone, 5)
}

func TestDiscoveryIsAskedOnceForAll(t *testing.T) {
	b := newBench(t, "oidc")
	release := make(chan struct{})
	b.answer["discovery"] = func(w http.ResponseWriter, _ *http.Request) { <-release; writeJSON(w, b.document()) }
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := b.p.Start(gone, StartOptions{})
	wantFailure(t, err, event.ReasonAbandoned, "")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := b.p.Start(context.Background(), StartOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	wg.Wait()
	if n := b.count("discovery"); n != 1 {
		t.Errorf("the document was asked for %d times, want 1", n)
	}
}

func TestDiscoveryWithoutProfileAddress(t *testing.T) {
	b := newBench(t, "oidc")
	b.metadata = func(doc map[string]any) { delete(doc, "userinfo_endpoint") }
	if got, err := b.run("ada"); err != nil || got.Subject != "ada" || got.Email != "ada@mail.test" || b.count("profile") != 0 {
		t.Errorf("%q %q, %v", got.Subject, got.Email, err)
	}
}
