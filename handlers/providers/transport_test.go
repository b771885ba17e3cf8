package providers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"

	"github.com/markbates/goth"
)

// short makes deadlines that tests can wait for.
func short(_ *Config, o *Options) {
	o.hooks.call, o.hooks.trip = 60*time.Millisecond, 90*time.Millisecond
}

// hang keeps a connection until the client gives up, which net/http notices
// once the request was read.
func hang(_ http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	<-r.Context().Done()
}

// drip sends the start of a reply and then a byte at a time, until the client
// gives up.
func drip(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		fmt.Fprint(w, " ")
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func TestV01_SlowProviders(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"hang": hang, "drip": drip} {
		for _, route := range []string{"token", "profile", "emails", "jwks"} {
			kind := "ghe"
			if route == "jwks" {
				kind = "oidc"
			}
			t.Run(name+" "+route, func(t *testing.T) {
				b := newBench(t, kind, short)
				b.answer[route] = answer
				_, err := b.run("ada")
				wantFailure(t, err, event.ReasonProviderTimeout, "")
			})
		}
	}
}

func TestV01_WholeTripIsBounded(t *testing.T) {
	b := newBench(t, "ghe", func(_ *Config, o *Options) { o.hooks.call, o.hooks.trip = time.Hour, 50*time.Millisecond })
	b.answer["profile"] = hang
	_, err := b.run("ada")
	wantFailure(t, err, event.ReasonProviderTimeout, "")
}

func TestVisitorGoesAway(t *testing.T) {
	b := newBench(t, "ghe")
	ctx, cancel := context.WithCancel(context.Background())
	b.answer["profile"] = func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) }
	trip := b.start(StartOptions{})
	_, err := b.p.Finish(ctx, came(trip, b.follow(trip, "ada"), time.Now()))
	wantFailure(t, err, event.ReasonAbandoned, "")
}

func TestV04_RedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, route := range []string{"token", "profile", "emails"} {
			t.Run(fmt.Sprint(status, route), func(t *testing.T) {
				trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the trap was asked") }))
				defer trap.Close()
				b := newBench(t, "ghe")
				b.answer[route] = http.RedirectHandler(trap.URL, status).ServeHTTP
				_, err := b.run("ada")
				wantFailure(t, err, event.ReasonProviderBadResponse, "")
				if f := err.(*Failure); f.Status != status {
					t.Errorf("status %d, want %d", f.Status, status)
				}
			})
		}
	}
}

func TestProviderIsDown(t *testing.T) {
	for _, kind := range []string{"ghe", "facebook"} {
		b := newBench(t, kind)
		trip := b.start(StartOptions{})
		q := b.follow(trip, "ada")
		b.server.Close()
		_, err := b.p.Finish(context.Background(), came(trip, q, time.Now()))
		wantFailure(t, err, event.ReasonProviderUnreachable, "")
	}
	b := newBench(t, "ghe")
	b.answer["profile"] = func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	_, err := b.run("ada")
	wantFailure(t, err, event.ReasonProviderUnreachable, "")
}

func TestUntrustedCertificate(t *testing.T) {
	b := newBench(t, "github", func(_ *Config, o *Options) { o.hooks.roots = nil })
	_, err := b.run("ada")
	wantFailure(t, err, event.ReasonProviderTLS, "")
}

func TestNameWithoutAnswer(t *testing.T) {
	b := newBench(t, "ghe", func(_ *Config, o *Options) {
		o.hooks.dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: canary, Name: canary, IsNotFound: true}}
		}
	})
	_, err := b.run("ada")
	wantFailure(t, err, event.ReasonProviderUnreachable, "")
}

// wild is a provider whose code does whatever a test wants.
type wild struct {
	goth.Provider
	fetch func(goth.Session) (goth.User, error)
}

func (w wild) FetchUser(s goth.Session) (goth.User, error) { return w.fetch(s) }

// UnmarshalSession unwraps the provider again: goth's sessions ask for their own.
func (w wild) UnmarshalSession(text string) (goth.Session, error) {
	s, err := w.Provider.UnmarshalSession(text)
	return wildSession{s, w.Provider}, err
}

type wildSession struct {
	goth.Session
	own goth.Provider
}

func (s wildSession) Authorize(_ goth.Provider, params goth.Params) (string, error) {
	return s.Session.Authorize(s.own, params)
}

// fetching gives the bench's provider another FetchUser.
func (b *bench) fetching(fetch func(c *http.Client) error) {
	real := b.p.kind.construct
	b.p.kind.construct = func(s setup) (goth.Provider, error) {
		p, err := real(s)
		return wild{p, func(goth.Session) (goth.User, error) { return goth.User{}, fetch(s.client) }}, err
	}
}

func TestV03_PanicsOfProviderCode(t *testing.T) {
	b := newBench(t, "ghe")
	b.fetching(func(*http.Client) error { panic(canary) })
	_, err := b.run("ada")
	wantFailure(t, err, event.ReasonProviderPanic, "")
	if s := b.log.String(); !strings.Contains(s, "goroutine") || strings.Contains(s, canary) {
		t.Errorf("the log lacks the stack or holds the value: %s", s)
	}
	if n := len(running.byCode); n != 0 {
		t.Errorf("%d trips are still running", n)
	}
}

func TestCallsThatAreNoPartOfATrip(t *testing.T) {
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the trap was asked") }))
	defer trap.Close()
	for name, call := range map[string]func(b *bench, c *http.Client) (*http.Response, error){
		"another host": func(_ *bench, c *http.Client) (*http.Response, error) { return c.Get(trap.URL) },
		"another port": func(_ *bench, c *http.Client) (*http.Response, error) { return c.Get("http://127.0.0.1:1/user") },
		"another post": func(b *bench, c *http.Client) (*http.Response, error) {
			return c.Post(b.server.URL+"/other", "text/plain", strings.NewReader("code=x"))
		},
		"second token post": func(b *bench, c *http.Client) (*http.Response, error) {
			return c.Post(b.server.URL+"/login/oauth/access_token", "application/x-www-form-urlencoded", strings.NewReader("code=x"))
		},
		"delete": func(b *bench, c *http.Client) (*http.Response, error) {
			req, _ := http.NewRequest(http.MethodDelete, b.server.URL+"/user", nil)
			return c.Do(req)
		},
		"user in the address": func(b *bench, c *http.Client) (*http.Response, error) {
			return c.Get(strings.Replace(b.server.URL, "://", "://u:p@", 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "ghe")
			b.fetching(func(c *http.Client) error { _, err := call(b, c); return err })
			b.refused(event.ReasonProviderSSRFBlocked, "", one)
		})
	}
}

// A package that swallows the transport's error still fails the trip.
func TestSwallowedErrorsCount(t *testing.T) {
	b := newBench(t, "ghe")
	b.fetching(func(c *http.Client) error { c.Get("https://elsewhere.test/"); return nil })
	b.refused(event.ReasonProviderSSRFBlocked, "", one)
}

func TestNoCallAfterTheTrip(t *testing.T) {
	b := newBench(t, "ghe")
	var kept *http.Client
	b.fetching(func(c *http.Client) error { kept = c; return errors.New("stop") })
	b.run("ada")
	_, err := kept.Get(b.server.URL + "/user")
	wantFailure(t, err, event.ReasonProviderSSRFBlocked, "")
	if b.count("profile") != 0 {
		t.Error("a call was made after the trip's end")
	}
}
