package providers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
)

func TestO06_IssuerOfTheCallback(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"another":   func(q url.Values) { q.Set("iss", "https://evil.test") },
		"slash":     func(q url.Values) { q.Set("iss", q.Get("iss")+"/") },
		"promised":  func(q url.Values) { q.Del("iss") },
		"twice":     func(q url.Values) { q.Add("iss", q.Get("iss")) },
		"empty":     func(q url.Values) { q.Set("iss", "") },
		"on errors": func(q url.Values) { q.Del("iss"); q.Set("error", "access_denied") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "oidc")
			b.callback = change
			b.refused(event.ReasonIssMismatch, "", nil)
		})
	}
	t.Run("not promised", func(t *testing.T) {
		b := newBench(t, "oidc")
		b.metadata = func(doc map[string]any) { delete(doc, "authorization_response_iss_parameter_supported") }
		b.callback = func(q url.Values) { q.Del("iss") }
		if _, err := b.run("ada"); err != nil {
			t.Error(err)
		}
	})
	t.Run("kind without issuer", func(t *testing.T) {
		b := newBench(t, "github")
		b.callback = func(q url.Values) { q.Set("iss", "https://github.com/login/oauth") }
		if _, err := b.run("ada"); err != nil {
			t.Error(err)
		}
		b.callback = func(q url.Values) { q.Set("iss", "https://evil.test/login/oauth") }
		b.refused(event.ReasonIssMismatch, "", nil)
	})
}

func TestO07_InjectedParametersDoNotReachTheProvider(t *testing.T) {
	for _, kind := range []string{"oidc", "ghe"} {
		b := newBench(t, kind)
		b.callback = func(q url.Values) {
			q.Set("code_verifier", "x")
			q.Set("redirect_uri", "http://evil.test")
			q.Set("client_id", "evil")
		}
		if _, err := b.run("ada"); err != nil {
			t.Fatal(err)
		}
		form := b.form()
		if form.Get("redirect_uri") != b.p.CallbackURL() || len(form["code_verifier"]) != 1 || form.Get("code_verifier") == "x" {
			t.Errorf("%s: the token request was %v", kind, form)
		}
	}
}

// A code that was got with another attempt's challenge is refused by the
// provider, and an attempt that lost its verifier does not go there at all.
func TestO07_PKCEBindsTheCode(t *testing.T) {
	for _, kind := range []string{"oidc", "ghe", "google", "facebook"} {
		b := newBench(t, kind)
		mine, other := b.start(StartOptions{}), b.start(StartOptions{})
		q := b.follow(other, "ada")
		_, err := b.p.Finish(context.Background(), came(mine, q, time.Now()))
		wantFailure(t, err, event.ReasonProviderRejectedCode, "")
		if b.count("token") != 1 || b.count("profile") != 0 {
			t.Errorf("%s: hits %q", kind, b.hits)
		}
		other.Verifier = ""
		_, err = b.p.Finish(context.Background(), came(other, q, time.Now()))
		wantFailure(t, err, event.ReasonPKCEFailed, "")
		if b.count("token") != 1 {
			t.Errorf("%s: a code was exchanged without its verifier", kind)
		}
	}
}

func TestPKCEOff(t *testing.T) {
	off := false
	b := newBench(t, "ghe", func(c *Config, _ *Options) { c.PKCE = &off })
	trip := b.start(StartOptions{})
	if trip.Verifier != "" || strings.Contains(trip.URL, "code_challenge") || b.p.PKCE() {
		t.Errorf("PKCE is off, yet the trip is %+v", trip)
	}
	// Some packages of goth send a verifier, though there is none.
	back, end, err := b.p.openBack(context.Background(), *b.p.fixed, "x", "")
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	client(back).PostForm(b.p.fixed.token, url.Values{"code": {"x"}, "code_verifier": {""}})
	if b.form().Has("code_verifier") {
		t.Errorf("a verifier was sent: %v", b.form())
	}
}

func TestO16_ProviderErrors(t *testing.T) {
	for said, want := range map[string]event.Reason{
		"access_denied":              event.ReasonDeniedByUser,
		"login_required":             event.ReasonLoginRequired,
		"consent_required":           event.ReasonConsentRequired,
		"interaction_required":       event.ReasonInteractionRequired,
		"account_selection_required": event.ReasonInteractionRequired,
		"temporarily_unavailable":    event.ReasonProviderHTTPError,
		"server_error":               event.ReasonProviderHTTPError,
		"<script>" + canary:          event.ReasonCallbackMalformed,
		"":                           event.ReasonCallbackMalformed,
	} {
		b := newBench(t, "ghe")
		b.callback = func(q url.Values) {
			q.Set("error", said)
			q.Set("error_description", canary)
		}
		b.refused(want, "", nil)
	}
}

func TestMalformedCallbacks(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"no code":      func(q url.Values) { q.Del("code") },
		"empty code":   func(q url.Values) { q.Set("code", "") },
		"two codes":    func(q url.Values) { q.Add("code", "x") },
		"long code":    func(q url.Values) { q.Set("code", strings.Repeat("x", maxCode+1)) },
		"control code": func(q url.Values) { q.Set("code", "a\x00b") },
		"two errors":   func(q url.Values) { q["error"] = []string{"access_denied", "x"} },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "ghe")
			b.callback = change
			b.refused(event.ReasonCallbackMalformed, "", nil)
		})
	}
}

// While a code is being exchanged, a second exchange of it is refused without
// a call.
func TestO03_SameCodeTwiceAtOnce(t *testing.T) {
	b := newBench(t, "ghe")
	arrived, release := make(chan struct{}), make(chan struct{})
	real := b.fake.token
	b.answer["token"] = func(w http.ResponseWriter, r *http.Request) { close(arrived); <-release; real(w, r) }
	trip := b.start(StartOptions{})
	back := came(trip, b.follow(trip, "ada"), time.Now())
	done := make(chan error)
	go func() { _, err := b.p.Finish(context.Background(), back); done <- err }()
	<-arrived
	_, err := b.p.Finish(context.Background(), back)
	wantFailure(t, err, event.ReasonCallbackMalformed, "")
	close(release)
	if err := <-done; err != nil || b.count("token") != 1 {
		t.Errorf("the first exchange: %v, %d token requests", err, b.count("token"))
	}
}
