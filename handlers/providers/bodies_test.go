package providers

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatebook/db/event"
)

func zip(n int) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(bytes.Repeat([]byte(" "), n))
	z.Close()
	return b.Bytes()
}

func TestV02_Bodies(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 64<<10)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	bomb := zip(64 << 20)
	inflated := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb)
	}
	broken := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write([]byte("no gzip"))
	}
	brotli := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		w.Write([]byte(`{"id":7}`))
	}
	headers := func(w http.ResponseWriter, r *http.Request) {
		for i := range 4096 {
			w.Header().Add(fmt.Sprintf("X-%d", i), strings.Repeat("x", 64))
		}
		w.Write([]byte(`{"id":7}`))
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte(`{"id":7}`))
	}
	for name, answer := range map[string]http.HandlerFunc{
		"endless": endless, "gzip bomb": inflated, "no gzip": broken, "brotli": brotli, "headers": headers, "cut short": cut,
	} {
		for _, route := range []string{"token", "profile"} {
			t.Run(name+" "+route, func(t *testing.T) {
				b := newBench(t, "ghe")
				b.answer[route] = answer
				_, err := b.run("ada")
				wantFailure(t, err, event.ReasonProviderBadResponse, "")
			})
		}
	}
}

// The bounds are exact: a body of the allowed length passes the transport, one
// byte more does not.
func TestV02_BoundsAreExact(t *testing.T) {
	var size int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(bytes.Repeat([]byte("x"), size))
	}))
	defer server.Close()
	l := lane{wire: newWire(hooks{}), hosts: map[string]bool{hostOf(server.URL): true}, private: true}
	for _, limit := range []int64{profileBytes, tokenBytes, metadataBytes} {
		for extra, ok := range map[int]bool{0: true, 1: false} {
			size = int(limit) + extra
			req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
			if _, err := l.do(context.Background(), req, limit); (err == nil) != ok {
				t.Errorf("%d bytes under a bound of %d: %v", size, limit, err)
			}
		}
	}
}

func TestTokenReplies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   event.Reason
	}{
		{"invalid_grant", 400, `{"error":"invalid_grant","error_description":"CANARY"}`, event.ReasonProviderRejectedCode},
		{"invalid_client", 401, `{"error":"invalid_client"}`, event.ReasonProviderRejectedClient},
		{"unauthorized_client", 400, `{"error":"unauthorized_client"}`, event.ReasonProviderRejectedClient},
		{"GitHub says 200", 200, `{"error":"bad_verification_code"}`, event.ReasonProviderRejectedCode},
		{"GitHub's client", 200, `{"error":"incorrect_client_credentials"}`, event.ReasonProviderRejectedClient},
		{"GitHub's callback", 200, `{"error":"redirect_uri_mismatch"}`, event.ReasonProviderMisconfigured},
		{"Facebook", 400, `{"error":{"message":"CANARY","type":"OAuthException","code":100}}`, event.ReasonProviderRejectedCode},
		{"unknown", 400, `{"error":"CANARY"}`, event.ReasonProviderHTTPError},
		{"500", 500, `CANARY`, event.ReasonProviderHTTPError},
		{"html", 200, `<html>CANARY`, event.ReasonProviderBadResponse},
		{"empty", 200, ``, event.ReasonProviderBadResponse},
		{"null", 200, `null`, event.ReasonProviderBadResponse},
		{"no token", 200, `{"token_type":"bearer"}`, event.ReasonProviderBadResponse},
		{"token is a number", 200, `{"access_token":7}`, event.ReasonProviderBadResponse},
		{"two objects", 200, `{"access_token":"x"}{}`, event.ReasonProviderBadResponse},
	} {
		for _, kind := range []string{"oidc", "ghe", "facebook"} {
			t.Run(kind+" "+tt.name, func(t *testing.T) {
				b := newBench(t, kind)
				b.answer["token"] = text(tt.status, tt.body)
				b.refused(tt.want, "", one)
			})
		}
	}
}

func TestTokenReplyAsForm(t *testing.T) {
	b := newBench(t, "ghe")
	b.answer["token"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		fmt.Fprint(w, "access_token="+canary+"-access-ada&token_type=bearer")
	}
	if got, err := b.run("ada"); err != nil || got.Handle != "ada" {
		t.Errorf("%q, %v", got.Handle, err)
	}
}

// A body that is left open keeps its connection from being used again.
func TestBodiesAreClosed(t *testing.T) {
	b := newBench(t, "ghe")
	b.browser.Transport.(*http.Transport).DisableKeepAlives = true
	var dialled atomic.Int64
	b.opts.hooks.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled.Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	b.configure(b.p.cfg)
	for range 10 {
		if _, err := b.run("ada"); err != nil {
			t.Fatal(err)
		}
	}
	if n := dialled.Load(); n != 1 {
		t.Errorf("30 calls in a row needed %d connections, want 1", n)
	}
}
