package handlers

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// given is one start of a command with settings: its arguments, its whole
// environment and the text of gatebook.toml, "" for no file.
type given struct {
	args, env []string
	file      string
}

const (
	someURL      = "GATEBOOK_URL=https://id.example.org"
	someID       = "GATEBOOK_PROVIDER_GITHUB_CLIENT_ID=abc"
	someSecret   = "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=s3cret"
	someProvider = "[providers.github]\nclient_id = \"abc\"\nclient_secret = \"s3cret\"\n"
)

// enough is an environment that starts.
func enough(more ...string) []string {
	return append([]string{someURL, someID, someSecret}, more...)
}

// resolve goes the way of a real start: kong with the source, then Resolve.
// The temporary folder is cut from places and messages.
func resolve(t *testing.T, g given) (Config, Problems) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "gatebook.toml")
	if g.file != "" {
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(g.file, "@DIR@", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source := NewSource(strings.Split(strings.ReplaceAll(strings.Join(g.env, "\x00"), "@DIR@", dir), "\x00"))
	source.defaults = []string{path}
	settings := &parse(t, source, g.args).Serve.Settings
	cfg, problems := settings.Resolve(source)
	for i := range problems {
		problems[i].Where = strings.ReplaceAll(problems[i].Where, dir+"/", "")
		problems[i].Message = strings.ReplaceAll(problems[i].Message, dir+"/", "")
		problems[i].Suggestion = strings.ReplaceAll(problems[i].Suggestion, dir+"/", "")
	}
	return cfg, problems
}

// commands are a default command that has settings beside a flag of its own,
// and one without settings.
type commands struct {
	Serve struct {
		Settings
		Verbose bool
	} `cmd:"" default:"withargs"`
	Demo struct {
		Addr string `default:"127.0.0.1:8080"`
	} `cmd:""`
}

// parse runs a command line.
func parse(t *testing.T, source *Source, args []string) *commands {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, source, kong.Exit(func(int) { t.Error("exit") }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &cli
}

func TestPrecedence(t *testing.T) {
	const file = "signup = \"closed\"\nallow = [\"ada@example.org\", \"@example.net\"]\n"
	cases := map[string]struct {
		given
		signup accounts.Signup
		allow  int
		where  string
	}{
		"default":                {given{}, accounts.SignupApprove, 0, ""},
		"file":                   {given{file: file}, accounts.SignupClosed, 2, "gatebook.toml:1"},
		"variable over file":     {given{file: file, env: []string{"GATEBOOK_SIGNUP=closed", "GATEBOOK_ALLOW=@a.example, @b.example,,@c.example"}}, accounts.SignupClosed, 3, "GATEBOOK_SIGNUP"},
		"flag over both":         {given{file: file, env: []string{"GATEBOOK_SIGNUP=closed", "GATEBOOK_ALLOW=@a.example"}, args: []string{"--signup=open", "--allow=github:1", "--allow=github:2"}}, accounts.SignupOpen, 2, "--signup"},
		"flag over file":         {given{file: file, args: []string{"--signup", "open", "--allow=github:1,github:2,github:3"}}, accounts.SignupOpen, 3, "--signup"},
		"empty variable is none": {given{file: file, env: []string{"GATEBOOK_SIGNUP=", "GATEBOOK_ALLOW="}}, accounts.SignupClosed, 2, "gatebook.toml:1"},
		"empty, and no file":     {given{env: []string{"GATEBOOK_SIGNUP="}}, accounts.SignupApprove, 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.env = enough(c.env...)
			cfg, problems := resolve(t, c.given)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if cfg.Policy.Signup != c.signup || len(cfg.Policy.Allow) != c.allow {
				t.Errorf("signup %q, %d rules; want %q, %d", cfg.Policy.Signup, len(cfg.Policy.Allow), c.signup, c.allow)
			}
			if where := filepath.Base(cfg.places["signup"]); where != c.where && c.where != "" || c.where == "" && cfg.places["signup"] != "" {
				t.Errorf("signup was set at %q, want %q", where, c.where)
			}
		})
	}
}

// The process's own environment is what kong itself would read; the source
// must say the same when both are there.
func TestPrecedenceWithProcessEnvironment(t *testing.T) {
	t.Setenv("GATEBOOK_SIGNUP", "open")
	t.Setenv("GATEBOOK_EMAIL_LINK", "")
	cfg, problems := resolve(t, given{env: enough("GATEBOOK_SIGNUP=open", "GATEBOOK_EMAIL_LINK="), file: "signup = \"closed\"\nemail_link = \"off\"\n"})
	if len(problems) > 0 || cfg.Policy.Signup != accounts.SignupOpen || cfg.Policy.EmailLink != accounts.EmailLinkOff {
		t.Errorf("signup %q, email_link %q, %v", cfg.Policy.Signup, cfg.Policy.EmailLink, problems)
	}
}

func TestResolvedValues(t *testing.T) {
	cfg, problems := resolve(t, given{file: `
addr = "[::1]:9000"
url = "HTTPS://ID.Example.org:443/"
data_dir = "/srv/gatebook/"
trusted_proxies = ["10.0.0.0/8", "fd00::/8"]
signup = "closed"
email_link = "auto"
session_lifetime = "24h"
step_up = "5m"
site_name = "Ada's"
log_level = "warn"
log_format = "json"
[providers.home]
kind = "oidc"
label = "Home"
client_id = "abc"
client_secret = "s3cret"
issuer = "https://sso.example.org"
scopes = ["openid", "email"]
pkce = false
email_trust = "never"
email_authority = true
allow_private = true
`})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	no := false
	want := []providers.Config{{
		ID: "home", Kind: "oidc", Label: "Home", ClientID: "abc", ClientSecret: "s3cret", Issuer: "https://sso.example.org",
		Scopes: []string{"openid", "email"}, PKCE: &no, EmailTrust: "never", EmailAuthority: true, AllowPrivate: true,
		Where: cfg.File + ":13",
	}}
	if diff := cmp.Diff(want, cfg.Providers); diff != "" {
		t.Error(diff)
	}
	cfg.Providers, cfg.settings, cfg.places = nil, Settings{}, nil
	if cfg.URL.String() != "https://id.example.org" || !cfg.Secure() {
		t.Errorf("url %s, secure %v", cfg.URL, cfg.Secure())
	}
	got := []any{cfg.Addr, cfg.DataDir, cfg.DB, cfg.TrustedProxies[1], cfg.Policy.Signup, cfg.Policy.EmailLink, cfg.SessionLifetime, cfg.StepUp, cfg.SiteName, cfg.LogLevel, cfg.LogFormat}
	wants := []any{"[::1]:9000", "/srv/gatebook", "/srv/gatebook/gatebook.db", netip.MustParsePrefix("fd00::/8"), accounts.SignupClosed, accounts.EmailLinkAuto, 24 * time.Hour, 5 * time.Minute, "Ada's", slog.LevelWarn, "json"}
	for i := range got {
		if got[i] != wants[i] {
			t.Errorf("value %d is %v, want %v", i, got[i], wants[i])
		}
	}
}

func TestDefaults(t *testing.T) {
	cfg, problems := resolve(t, given{env: enough()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if cfg.Addr != "127.0.0.1:8080" || cfg.DataDir != "gatebook-data" || cfg.DB != "gatebook-data/gatebook.db" ||
		cfg.SessionLifetime != 720*time.Hour || cfg.StepUp != 10*time.Minute || cfg.SiteName != "Gatebook" ||
		cfg.LogLevel != slog.LevelInfo || cfg.LogFormat != "auto" || cfg.Policy.EmailLink != accounts.EmailLinkAsk || cfg.File != "" {
		t.Errorf("defaults are %+v", cfg)
	}
}

func TestDataDirOfSystemd(t *testing.T) {
	cases := map[string]struct {
		env  []string
		args []string
		dir  string
		db   string
	}{
		"one of several":    {[]string{"STATE_DIRECTORY=/var/lib/gatebook:/var/lib/other"}, nil, "/var/lib/gatebook", "/var/lib/gatebook/gatebook.db"},
		"the flag wins":     {[]string{"STATE_DIRECTORY=/var/lib/gatebook"}, []string{"--data-dir=/d"}, "/d", "/d/gatebook.db"},
		"relative database": {[]string{"GATEBOOK_DB=x/y.db"}, []string{"--data-dir=/d"}, "/d", "/d/x/y.db"},
		"typed database":    {nil, []string{"--data-dir=/d", "--db=x/y.db"}, "/d", "x/y.db"},
		"absolute database": {nil, []string{"--data-dir=/d", "--db=/x/y.db"}, "/d", "/x/y.db"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, problems := resolve(t, given{env: enough(c.env...), args: c.args})
			if len(problems) > 0 || cfg.DataDir != c.dir || cfg.DB != c.db {
				t.Errorf("%s, %s, %v; want %s, %s", cfg.DataDir, cfg.DB, problems, c.dir, c.db)
			}
		})
	}
}

// A command without settings neither reads the file nor takes a setting's
// variable for a flag of the same name.
func TestOtherCommandsAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	source := NewSource([]string{"GATEBOOK_CONFIG=" + dir, "GATEBOOK_ADDR=0.0.0.0:1"})
	cli := parse(t, source, []string{"demo"})
	if source.opened || cli.Demo.Addr != "127.0.0.1:8080" {
		t.Errorf("opened %v, addr %q", source.opened, cli.Demo.Addr)
	}
}

func TestLogger(t *testing.T) {
	for format, want := range map[string]string{"text": "level=WARN msg=hello", "json": `"msg":"hello"`, "auto": `"msg":"hello"`} {
		f, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		log := Config{LogFormat: format, LogLevel: slog.LevelWarn}.Logger(f)
		log.Info("unheard")
		log.Warn("hello")
		f.Close()
		text, err := os.ReadFile(f.Name())
		if err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), "unheard") {
			t.Errorf("%s: %q, %v", format, text, err)
		}
	}
}
