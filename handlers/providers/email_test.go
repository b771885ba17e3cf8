package providers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestO14_AddressAndFlagComeFromOnePlace(t *testing.T) {
	for _, tt := range []struct {
		name             string
		token, info      map[string]any
		email            string
		state            accounts.EmailState
		verifiedByPrefix string
	}{
		{"the token's word stands", map[string]any{"email": "ada@mail.test", "email_verified": false},
			map[string]any{"email": "victim@mail.test", "email_verified": true}, "ada@mail.test", accounts.EmailUnverified, ""},
		{"a flag alone is nothing", map[string]any{"email": "ada@mail.test"},
			map[string]any{"email_verified": true}, "ada@mail.test", accounts.EmailUnverified, ""},
		{"the token's flag does not help the profile's address", map[string]any{"email_verified": true},
			map[string]any{"email": "victim@mail.test"}, "victim@mail.test", accounts.EmailUnverified, ""},
		{"the profile's own pair", map[string]any{},
			map[string]any{"email": "ada@mail.test", "email_verified": true}, "ada@mail.test", accounts.EmailVerified, "the profile reply"},
		{"the token's own pair", map[string]any{"email": "ada@mail.test", "email_verified": true},
			map[string]any{"email": "ada@mail.test", "email_verified": false}, "ada@mail.test", accounts.EmailVerified, "the ID token"},
		{"none", map[string]any{}, map[string]any{}, "", accounts.EmailNone, ""},
		{"a list is no address", map[string]any{"email": []string{"a@mail.test"}, "email_verified": true},
			map[string]any{}, "", accounts.EmailNone, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "oidc")
			b.fake.claims = func(c map[string]any) {
				delete(c, "email")
				delete(c, "email_verified")
				for k, v := range tt.token {
					c[k] = v
				}
			}
			b.profile = func(sub string) any {
				p := map[string]any{"sub": sub, "iss": "https://evil.test", "aud": "evil"}
				for k, v := range tt.info {
					p[k] = v
				}
				return p
			}
			got, err := b.run("ada")
			if err != nil {
				t.Fatal(err)
			}
			if got.Email != tt.email || got.EmailState != tt.state || !strings.HasPrefix(got.VerifiedBy, tt.verifiedByPrefix) {
				t.Errorf("address %q, %v, by %q", got.Email, got.EmailState, got.VerifiedBy)
			}
			if got.Namespace != b.issuer {
				t.Errorf("the profile reply made the namespace %q", got.Namespace)
			}
		})
	}
}

func TestO28_VerifiedMeansTrue(t *testing.T) {
	for _, tt := range []struct {
		flag string
		want accounts.EmailState
	}{
		{`true`, accounts.EmailVerified}, {`"true"`, accounts.EmailVerified},
		{`false`, accounts.EmailUnverified}, {`"false"`, accounts.EmailUnverified}, {`null`, accounts.EmailUnverified},
		{`1`, accounts.EmailUnverified}, {`"1"`, accounts.EmailUnverified}, {`"True"`, accounts.EmailUnverified},
		{`"yes"`, accounts.EmailUnverified}, {`[true]`, accounts.EmailUnverified},
		{`{"v":true}`, accounts.EmailUnverified}, {`""`, accounts.EmailUnverified},
	} {
		both(t, func(t *testing.T, b *bench) {
			b.fake.claims = func(c map[string]any) { c["email_verified"] = json.RawMessage(tt.flag) }
			got, err := b.run("ada")
			if err != nil || got.EmailState != tt.want {
				t.Errorf("%s: %v, %v, want %v", tt.flag, got.EmailState, err, tt.want)
			}
		})
		t.Run("github", func(t *testing.T) {
			b := newBench(t, "ghe")
			b.emails = func(string) any {
				return []any{map[string]any{"email": "ada@mail.test", "primary": true, "verified": json.RawMessage(tt.flag)}}
			}
			got, err := b.run("ada")
			if err != nil || (got.EmailState == accounts.EmailVerified) != (tt.want == accounts.EmailVerified) {
				t.Errorf("%s: %v, %v", tt.flag, got.EmailState, err)
			}
		})
	}
}

func TestGitHubAddresses(t *testing.T) {
	entry := func(email string, primary, verified bool) any {
		return map[string]any{"email": email, "primary": primary, "verified": verified}
	}
	list := func(entries ...any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, entries) }
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		email  string
		want   event.Reason
	}{
		{"primary is not verified", list(entry("a@mail.test", true, false), entry("b@mail.test", false, true)), "", 0},
		{"verified is not primary", list(entry("b@mail.test", false, true)), "", 0},
		{"empty", list(), "", 0},
		{"odd entries", list("x", nil, 7, entry("a@mail.test", true, true)), "a@mail.test", 0},
		{"not shown", text(404, `{"message":"Not Found"}`), "", 0},
		{"forbidden", text(403, `{}`), "", 0},
		{"broken", text(500, canary), "", event.ReasonProviderHTTPError},
		{"object", text(200, `{"email":"a@mail.test"}`), "", event.ReasonProviderBadResponse},
		{"redirect", http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP, "", event.ReasonProviderBadResponse},
		{"huge", text(200, `["`+strings.Repeat("x", profileBytes)+`"]`), "", event.ReasonProviderBadResponse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "ghe")
			b.answer["emails"] = tt.answer
			got, err := b.run("ada")
			if tt.want != 0 {
				wantFailure(t, err, tt.want, "")
				return
			}
			if err != nil || got.Email != tt.email || (got.EmailState == accounts.EmailVerified) != (tt.email != "") {
				t.Errorf("address %q, %v, %v: the shown one must never be used", got.Email, got.EmailState, err)
			}
		})
	}
	t.Run("nothing shown and nothing verified", func(t *testing.T) {
		b := newBench(t, "ghe")
		b.profile = func(string) any { return map[string]any{"id": 7, "email": nil} }
		b.emails = func(string) any { return []any{entry("a@mail.test", true, false)} }
		if got, err := b.run("ada"); err != nil || got.Subject != "7" || got.Email != "" || b.count("emails") != 1 {
			t.Errorf("%q %q, %v, %d questions", got.Subject, got.Email, err, b.count("emails"))
		}
	})
	t.Run("scope not asked for", func(t *testing.T) {
		b := newBench(t, "ghe", func(c *Config, _ *Options) { c.Scopes = []string{"read:user"} })
		if got, err := b.run("ada"); err != nil || got.Email != "" || b.count("emails") != 0 {
			t.Errorf("address %q, %v, %d questions", got.Email, err, b.count("emails"))
		}
	})
}

func TestEmailTrustAndAuthority(t *testing.T) {
	for _, tt := range []struct {
		kind      string
		change    func(*Config, *Options)
		email, hd string
		state     accounts.EmailState
		authority bool
	}{
		{"oidc", nil, "a@corp.test", "", accounts.EmailVerified, false},
		{"oidc", func(c *Config, _ *Options) { c.EmailAuthority = true }, "a@corp.test", "", accounts.EmailVerified, true},
		{"oidc", func(c *Config, _ *Options) { c.EmailTrust = "never" }, "a@corp.test", "", accounts.EmailUnverified, false},
		{"google", nil, "a@gmail.com", "", accounts.EmailVerified, true},
		{"google", nil, "A@GMAIL.COM", "", accounts.EmailVerified, true},
		{"google", nil, "a@corp.test", "corp.test", accounts.EmailVerified, true},
		{"google", nil, "a@corp.test", "other.test", accounts.EmailVerified, false},
		{"google", nil, "a@corp.test", "", accounts.EmailVerified, false},
		{"google", nil, "a@gmail.com.evil.test", "gmail.com", accounts.EmailVerified, false},
		{"google", func(c *Config, _ *Options) { c.EmailTrust = "never" }, "a@gmail.com", "", accounts.EmailUnverified, false},
	} {
		var changes []func(*Config, *Options)
		if tt.change != nil {
			changes = append(changes, tt.change)
		}
		b := newBench(t, tt.kind, changes...)
		b.fake.claims = func(c map[string]any) {
			c["email"] = tt.email
			if tt.hd != "" {
				c["hd"] = tt.hd
			}
		}
		got, err := b.run("ada")
		if err != nil || got.EmailState != tt.state || got.Authority != tt.authority || got.Email != tt.email {
			t.Errorf("%s %s hd %q: %q %v authority %v, %v", tt.kind, tt.email, tt.hd, got.Email, got.EmailState, got.Authority, err)
		}
	}
}

func TestO27_AddressSyntax(t *testing.T) {
	for address, want := range map[string]bool{
		"a@corp.test": true, "a.b-c_d@x.corp.test": true, "A@CORP.test": true, "a+b@corp.test": true, "o'brien@corp.test": true,
		"a@evil.com@corp.test": false, `"a@corp.test"@evil.test`: false, "a@corp.test.": false, "@corp.test": false,
		"a@": false, "a": false, "a@corp": false, "a b@corp.test": false, "a@corp.test\x00": false, "a@corp..test": false,
		"a@b\u202ecorp.test": false, "No email is provided by the Steam API": false, "a@corp.test\n": false,
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 200) + ".test": false,
	} {
		if got := validAddress(address); got != want {
			t.Errorf("validAddress(%q) = %v, want %v", address, got, want)
		}
	}
}
