package providers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/google/go-cmp/cmp"
	"github.com/markbates/goth"
)

func TestTripOfEachKind(t *testing.T) {
	for _, tt := range []struct {
		kind   string
		want   accounts.Profile
		hosts  []string
		scopes string
		calls  map[string]int
	}{
		{"oidc", accounts.Profile{Subject: "ada", Email: "ada@mail.test", EmailState: accounts.EmailVerified, Name: "Ada ada"},
			nil, "openid profile email", map[string]int{"discovery": 1, "token": 1, "profile": 1, "jwks": 1}},
		{"ghe", accounts.Profile{Subject: "1003", Email: "ada@mail.test", EmailState: accounts.EmailVerified, Name: "Ada ada", Handle: "ada"},
			nil, "read:user user:email", map[string]int{"token": 1, "profile": 1, "emails": 1}},
		{"github", accounts.Profile{Namespace: "github.com", Subject: "1003", Email: "ada@mail.test", EmailState: accounts.EmailVerified, Name: "Ada ada", Handle: "ada"},
			[]string{"api.github.com", "github.com"}, "read:user user:email", map[string]int{"token": 1, "profile": 1, "emails": 1}},
		{"google", accounts.Profile{Namespace: "https://accounts.google.com", Subject: "ada", Email: "ada@mail.test", EmailState: accounts.EmailVerified, Name: "Ada ada", Handle: "Ada ada"},
			[]string{"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"}, "openid profile email", map[string]int{"token": 1, "profile": 1, "jwks": 1}},
		{"facebook", accounts.Profile{Namespace: "client", Subject: "ada", Email: "ada@mail.test", EmailState: accounts.EmailUnverified, Name: "Ada ada"},
			[]string{"graph.facebook.com", "www.facebook.com"}, "email public_profile", map[string]int{"token": 1, "profile": 1}},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			b := newBench(t, tt.kind)
			started := time.Now()
			trip := b.start(StartOptions{})
			u, _ := url.Parse(trip.URL)
			if got := u.Query().Get("scope"); got != tt.scopes {
				t.Errorf("O24: scope %q, want %q", got, tt.scopes)
			}
			got, err := b.p.Finish(context.Background(), came(trip, b.follow(trip, "ada"), started))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Provider = "one"
			switch tt.kind {
			case "oidc":
				tt.want.Namespace = b.issuer
			case "ghe":
				tt.want.Namespace = strings.TrimPrefix(b.server.URL, "http://")
			}
			for _, words := range [][]string{{"state matched"}, {"PKCE proved"}, {"e-mail address"}} {
				if !slices.ContainsFunc(got.Checks, func(c string) bool { return strings.Contains(c, words[0]) }) {
					t.Errorf("checks %q do not say %q", got.Checks, words[0])
				}
			}
			if (got.VerifiedBy != "") != (got.EmailState == accounts.EmailVerified) {
				t.Errorf("verified by %q in state %v", got.VerifiedBy, got.EmailState)
			}
			got.Checks, got.VerifiedBy = nil, ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
			if got := b.form().Get("code_verifier"); got != trip.Verifier || len(got) < 43 {
				t.Errorf("O07: verifier %q, want %q", got, trip.Verifier)
			}
			for _, route := range []string{"discovery", "token", "profile", "emails", "jwks"} {
				if b.count(route) != tt.calls[route] {
					t.Errorf("%s was asked %d times, want %d", route, b.count(route), tt.calls[route])
				}
			}
			if tt.hosts != nil && !slices.Equal(b.hosts(), tt.hosts) {
				t.Errorf("hosts asked: %q, want %q", b.hosts(), tt.hosts)
			}
		})
	}
}

// Each trip has its own state, verifier and nonce, and none of them is what
// the session text of goth or the caller could have set.
func TestO01_EachTripIsItsOwn(t *testing.T) {
	b := newBench(t, "oidc")
	seen := map[string]bool{}
	for range 20 {
		trip := b.start(StartOptions{})
		for _, secret := range []string{trip.State, trip.Verifier, trip.Nonce} {
			if len(secret) < 43 || seen[secret] {
				t.Fatalf("secret %q is short or repeated", secret)
			}
			seen[secret] = true
		}
		u, _ := url.Parse(trip.URL)
		q := u.Query()
		if q.Get("state") != trip.State || q.Get("nonce") != trip.Nonce || q.Get("code_challenge_method") != "S256" ||
			q.Get("redirect_uri") != "https://gate.test/signin/one/callback" || strings.Contains(trip.URL, trip.Verifier) {
			t.Errorf("address %s", trip.URL)
		}
	}
}

func TestChooserIsAskedForWhereItIsListed(t *testing.T) {
	b := newBench(t, "oidc")
	doc := b.document()
	doc["prompt_values_supported"] = []any{"none", "login", "select_account"}
	b.answer["discovery"] = func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, doc) }
	u, _ := url.Parse(b.start(StartOptions{ChooseAccount: true}).URL)
	if got := u.Query().Get("prompt"); got != "select_account" {
		t.Errorf("prompt = %q", got)
	}
}

func TestStartOptions(t *testing.T) {
	for _, tt := range []struct {
		kind string
		o    StartOptions
		want map[string]string
	}{
		{"oidc", StartOptions{Fresh: true}, map[string]string{"max_age": "0", "prompt": "login"}},
		{"oidc", StartOptions{ChooseAccount: true}, map[string]string{"prompt": "login"}},
		{"oidc", StartOptions{}, map[string]string{"prompt": "", "max_age": ""}},
		{"github", StartOptions{Fresh: true}, map[string]string{"prompt": "select_account", "nonce": ""}},
		{"google", StartOptions{Fresh: true}, map[string]string{"prompt": "select_account", "access_type": "online"}},
		{"facebook", StartOptions{Fresh: true}, map[string]string{"auth_type": "reauthenticate", "nonce": ""}},
	} {
		trip := newBench(t, tt.kind).start(tt.o)
		u, _ := url.Parse(trip.URL)
		for name, want := range tt.want {
			if got := u.Query().Get(name); got != want || len(u.Query()[name]) > 1 {
				t.Errorf("%s %+v: %s = %q, want %q", tt.kind, tt.o, name, got, want)
			}
		}
		if trip.Fresh != tt.o.Fresh {
			t.Errorf("%s: the trip forgot whether it was to be fresh", tt.kind)
		}
	}
}

func TestTokenAuthFollowsMetadata(t *testing.T) {
	for _, tt := range []struct {
		methods  []string
		inParams bool
	}{
		{nil, false}, {[]string{"client_secret_basic", "client_secret_post"}, false}, {[]string{"client_secret_post"}, true},
	} {
		b := newBench(t, "oidc")
		b.tokenAuth = tt.methods
		if _, err := b.run("ada"); err != nil {
			t.Fatal(err)
		}
		if got := b.form().Has("client_secret"); got != tt.inParams {
			t.Errorf("%q: secret in the form is %v, want %v", tt.methods, got, tt.inParams)
		}
	}
}

func TestO22_ConcurrentTripsDoNotMix(t *testing.T) {
	for _, kind := range []string{"oidc", "ghe"} {
		t.Run(kind, func(t *testing.T) {
			b := newBench(t, kind)
			b.p.shared.wire.call, b.p.shared.wire.trip = time.Minute, time.Minute // it is not about time
			if kind == "ghe" {
				b.profile = func(sub string) any { return map[string]any{"id": 1000 + int(sub[0])*256 + int(sub[1]), "login": sub} }
			}
			var wg sync.WaitGroup
			for i := range 200 {
				sub := fmt.Sprintf("%c%cx", 'a'+i/20, 'a'+i%20)
				wg.Go(func() {
					got, err := b.run(sub)
					if err != nil {
						t.Error(err)
						return
					}
					want := sub
					if kind == "ghe" {
						want = fmt.Sprint(1000 + int(sub[0])*256 + int(sub[1]))
					}
					if got.Subject != want || got.Email != sub+"@mail.test" {
						t.Errorf("%s came back as %s with %s", sub, got.Subject, got.Email)
					}
				})
			}
			wg.Wait()
			if n := b.count("token"); n != 200 {
				t.Errorf("%d token requests for 200 trips", n)
			}
		})
	}
}

// What goth made of the address is held to what was meant.
func TestStartRefusesAnAddressThatIsNotItsOwn(t *testing.T) {
	for name, change := range map[string]func(*setup){
		"callback": func(s *setup) { s.callback = "https://evil.test/" },
		"host":     func(s *setup) { s.ends.auth = "https://evil.test/authorize" },
		"scheme":   func(s *setup) { s.ends.auth = "javascript:alert(1)//" },
		"state":    func(s *setup) { s.ends.auth += "?state=known" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "ghe")
			real := b.p.kind.construct
			b.p.kind.construct = func(s setup) (goth.Provider, error) { change(&s); return real(s) }
			_, err := b.p.Start(context.Background(), StartOptions{})
			wantFailure(t, err, event.ReasonProviderMisconfigured, "")
		})
	}
}
