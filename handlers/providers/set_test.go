package providers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gatebook/db/event"
)

func TestNewSetNamesWhatIsWrong(t *testing.T) {
	off := false
	good := Config{ID: "good", Kind: "oidc", ClientID: "id", ClientSecret: "s", Issuer: "https://id.test", Where: "gatebook.toml:7"}
	for _, tt := range []struct {
		name       string
		change     func(*Config)
		field      string
		suggestion string
	}{
		{"unknown kind", func(c *Config) { c.Kind = "githbu" }, "kind", "did you mean github?"},
		{"kind in capitals", func(c *Config) { c.Kind = "GitHub" }, "kind", "did you mean github?"},
		{"nothing near", func(c *Config) { c.Kind = "zzzzzzzz" }, "kind", "gatebook providers lists the kinds"},
		{"no client id", func(c *Config) { c.ClientID = "" }, "client_id", ""},
		{"no issuer", func(c *Config) { c.Issuer = "" }, "issuer", ""},
		{"no secret", func(c *Config) { c.Kind, c.Issuer, c.ClientSecret = "github", "", "" }, "client_secret", ""},
		{"http issuer", func(c *Config) { c.Issuer = "http://id.test" }, "issuer", "use https, or set allow_private for a provider on a private network"},
		{"http to the open", func(c *Config) { c.Issuer, c.AllowPrivate = "http://8.8.8.8", true }, "issuer", ""},
		{"no scheme", func(c *Config) { c.Issuer = "id.test" }, "issuer", ""},
		{"ftp", func(c *Config) { c.Issuer, c.AllowPrivate = "ftp://id.test", true }, "issuer", ""},
		{"query", func(c *Config) { c.Issuer = "https://id.test?x=1" }, "issuer", ""},
		{"fragment", func(c *Config) { c.Issuer = "https://id.test#x" }, "issuer", ""},
		{"password", func(c *Config) { c.Issuer = "https://u:p@id.test" }, "issuer", ""},
		{"base_url of oidc", func(c *Config) { c.BaseURL = "https://id.test" }, "base_url", "leave it out"},
		{"allow_private of a fixed host", func(c *Config) { c.Kind, c.Issuer, c.AllowPrivate = "google", "", true }, "allow_private", "leave it out"},
		{"http base_url", func(c *Config) { c.Kind, c.Issuer, c.BaseURL = "github", "", "http://git.test" }, "base_url", "use https, or set allow_private for a provider on a private network"},
		{"bad id", func(c *Config) { c.ID = "Work_1" }, "", ""},
		{"long id", func(c *Config) { c.ID = strings.Repeat("a", 33) }, "", ""},
		{"reserved id", func(c *Config) { c.ID = "confirm" }, "", ""},
		{"empty id", func(c *Config) { c.ID = "" }, "", ""},
		{"two scopes in one", func(c *Config) { c.Scopes = []string{"openid", "a b"} }, "scopes", "write each scope as its own item"},
		{"empty scope", func(c *Config) { c.Scopes = []string{"openid", ""} }, "scopes", "write each scope as its own item"},
		{"no openid", func(c *Config) { c.Scopes = []string{"email"} }, "scopes", `add "openid"`},
		{"trust", func(c *Config) { c.EmailTrust = "yes" }, "email_trust", `"verified" or "never"`},
		{"trust without a flag", func(c *Config) { c.Kind, c.Issuer, c.EmailTrust = "facebook", "", "verified" }, "email_trust", "leave it out"},
		{"authority without trust", func(c *Config) { c.EmailTrust, c.EmailAuthority = "never", true }, "email_authority", "leave it out"},
		{"line break", func(c *Config) { c.ClientSecret = canary + "\n" }, "client_secret", "look for a line break at its end"},
		{"PKCE of Steam", func(c *Config) { on := true; c.Kind, c.ClientID, c.Issuer, c.PKCE = "steam", "", "", &on }, "pkce", "leave it out"},
		{"refused kind", func(c *Config) { c.Kind = "xero" }, "kind", ""},
		{"tenant", func(c *Config) { c.Kind, c.Issuer, c.Extra = "microsoft", "", map[string]string{"tenant": "corp.com"} }, "tenant", ""},
		{"no tenant", func(c *Config) { c.Kind, c.Issuer = "microsoft", "" }, "tenant", ""},
		{"a key of another kind", func(c *Config) { c.Extra = map[string]string{"tenant": "common"} }, "tenant", "leave it out"},
		{"audiences of GitHub", func(c *Config) { c.Kind, c.Issuer, c.Audiences = "github", "", []string{"x"} }, "audiences", "leave it out"},
		{"public client of a preset", func(c *Config) { c.Kind, c.ClientSecret, c.PKCE = "keycloak", "", &off }, "pkce", "set client_secret"},
		{"public client without PKCE", func(c *Config) { c.ClientSecret, c.PKCE = "", &off }, "pkce", "set client_secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := good
			bad.ID, bad.Where = "bad", "gatebook.toml:12"
			tt.change(&bad)
			set, problems := NewSet([]Config{good, bad}, Options{URL: "https://gate.test"})
			if len(problems) != 1 {
				t.Fatalf("problems: %v", problems)
			}
			p := problems[0]
			if p.Field != tt.field || p.Where != "gatebook.toml:12" || p.Provider != bad.ID || tt.suggestion != "" && p.Suggestion != tt.suggestion {
				t.Errorf("problem %+v", p)
			}
			if !strings.HasPrefix(p.Error(), "gatebook.toml:12: provider ") || strings.Contains(p.Error(), canary) {
				t.Errorf("text %q", p.Error())
			}
			if list := set.List(); len(list) != 1 || list[0].ID() != "good" {
				t.Errorf("the good provider was lost with the bad one")
			}
		})
	}
	_, problems := NewSet([]Config{good, good}, Options{URL: "https://gate.test"})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "exists already") {
		t.Errorf("duplicate id: %v", problems)
	}
}

func TestProviderTellsWhatItIs(t *testing.T) {
	set, problems := NewSet([]Config{
		{ID: "github", ClientID: "i", ClientSecret: "s"},
		{ID: "work", Kind: "github", ClientID: "i", ClientSecret: "s", BaseURL: "https://git.corp.test/sub/", Label: "Work"},
		{ID: "home", Kind: "oidc", ClientID: "i", Issuer: "https://id.home.test:8443/realm/", Scopes: []string{"openid"}},
	}, Options{URL: "https://gate.test/"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, p := range set.List() {
		got = append(got, strings.Join([]string{p.ID(), p.Kind().ID, p.Label(), p.Host(), p.CallbackURL(), strings.Join(p.Scopes(), "+")}, " "))
	}
	want := []string{
		"github github GitHub github.com https://gate.test/signin/github/callback read:user+user:email",
		"work github Work git.corp.test https://gate.test/signin/work/callback read:user+user:email",
		"home oidc OpenID Connect id.home.test:8443 https://gate.test/signin/home/callback openid",
	}
	if !slices.Equal(got, want) {
		t.Errorf("providers:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	work, _ := set.Get("work")
	if e := work.fixed; e.auth != "https://git.corp.test/sub/login/oauth/authorize" || e.token != "https://git.corp.test/sub/login/oauth/access_token" ||
		e.userinfo != "https://git.corp.test/sub/api/v3/user" || e.emails != "https://git.corp.test/sub/api/v3/user/emails" {
		t.Errorf("endpoints %+v", *e)
	}
	if ns := githubNamespace(work.cfg); ns != "git.corp.test/sub" {
		t.Errorf("namespace %q", ns)
	}
	if _, ok := set.Get("nope"); ok {
		t.Error("an unknown provider was found")
	}
}

func TestPublicClientSendsNoSecret(t *testing.T) {
	b := newBench(t, "oidc", func(c *Config, _ *Options) { c.ClientSecret = "" })
	b.answer["token"] = func(w http.ResponseWriter, r *http.Request) {
		if _, _, basic := r.BasicAuth(); basic || r.FormValue("client_id") != "client" || r.Form.Has("client_secret") || r.FormValue("code_verifier") == "" {
			t.Errorf("token request %v, Basic %v", r.PostForm, basic)
		}
		writeError(w, "invalid_grant")
	}
	b.refused(event.ReasonProviderRejectedCode, "", one)
}

func TestInstallGuardsTheDefaults(t *testing.T) {
	oldClient, oldTransport := http.DefaultClient, http.DefaultTransport
	defer func() { http.DefaultClient, http.DefaultTransport = oldClient, oldTransport }()
	Install()
	b := newBench(t, "ghe")
	refused := func(_ *http.Response, err error) {
		t.Helper()
		wantFailure(t, err, event.ReasonProviderSSRFBlocked, "")
	}
	form := url.Values{"code": {canary + "-code"}}
	refused(http.Get(b.server.URL + "/user"))
	refused(http.PostForm(b.server.URL+"/login/oauth/access_token", form))
	refused((&http.Client{}).Get(b.server.URL))
	if len(b.hits) > 0 {
		t.Fatalf("requests outside of a trip were made: %q", b.hits)
	}
	back, end, err := b.p.openBack(context.Background(), *b.p.fixed, canary+"-code", "verifier")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.PostForm(b.server.URL+"/login/oauth/access_token", form); err == nil {
		t.Error("the fake took an unknown code")
	}
	if got := b.form(); got.Get("code_verifier") != "verifier" || got.Get("client_id") != "client" {
		t.Errorf("the running trip's request was %v", got)
	}
	req, _ := http.NewRequestWithContext(back.ctx, http.MethodGet, b.server.URL+"/user", nil)
	if _, err := http.DefaultClient.Do(req); err != nil {
		t.Errorf("a call with the trip's context: %v", err)
	}
	end()
	refused(http.PostForm(b.server.URL+"/login/oauth/access_token", form))
	refused(http.DefaultClient.Do(req))
}

func TestFailureText(t *testing.T) {
	f := &Failure{Reason: event.ReasonIDTokenInvalid, Check: "exp", Status: 200, err: errors.New("it is late")}
	if got, want := f.Error(), "id_token_invalid, check exp, status 200: it is late"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

// The room keeps its borders: no rows, no handlers, no test servers.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		ours := strings.HasPrefix(name, "gatebook/") && name != "gatebook/handlers/accounts" && name != "gatebook/db/event"
		if ours || name == "net/http/httptest" || strings.HasSuffix(name, "/gothic") {
			t.Errorf("imports %s", name)
		}
	}
}
