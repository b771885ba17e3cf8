// Package handlers is Gatebook's HTTP surface and the settings that shape it.
// It decides nothing about people: the rules are in package accounts, the
// trips to providers in package providers, the rows in package db.
package handlers

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// Settings are the flags of every command that runs on a configured Gatebook,
// as kong fills them in. They are text on purpose: Resolve checks them all, so
// that one start names every mistake with the place it was made at.
//
// Each comes from its flag, else its variable, else the key of the settings
// file that has the flag's name with _ for -, else its default. The providers
// have no flags; Resolve reads them from the file and the environment.
type Settings struct {
	Config          string   `env:"GATEBOOK_CONFIG" placeholder:"FILE" fallback:"gatebook.toml here, else /etc/gatebook/gatebook.toml, where there is one" help:"Settings file (TOML)."`
	Addr            string   `env:"GATEBOOK_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on."`
	URL             string   `env:"GATEBOOK_URL" placeholder:"URL" fallback:"required" help:"Public address of this Gatebook; https unless on this machine."`
	DataDir         string   `env:"GATEBOOK_DATA_DIR" placeholder:"DIR" fallback:"the first of $STATE_DIRECTORY, else gatebook-data here" help:"Folder for everything that Gatebook keeps; created for its owner alone."`
	DB              string   `name:"db" env:"GATEBOOK_DB" default:"gatebook.db" placeholder:"FILE" help:"SQLite database; a relative path starts in the data folder, or here when typed as the flag."`
	TrustedProxies  []string `env:"GATEBOOK_TRUSTED_PROXIES" placeholder:"CIDR" fallback:"none" help:"Networks of the reverse proxies whose word on a visitor's address counts."`
	Signup          string   `env:"GATEBOOK_SIGNUP" default:"approve" placeholder:"POLICY" help:"What becomes of strangers: approve (an admin decides), open, invite or closed."`
	EmailLink       string   `env:"GATEBOOK_EMAIL_LINK" default:"ask" placeholder:"POLICY" help:"What becomes of a new identity with a known verified address: ask, auto or off."`
	Allow           []string `env:"GATEBOOK_ALLOW" placeholder:"RULE" fallback:"nobody" help:"Who needs no approval: name@example.org, @example.org or provider:subject."`
	SessionLifetime string   `env:"GATEBOOK_SESSION_LIFETIME" default:"720h" placeholder:"DURATION" help:"How long a session lasts, whatever happens in it: 5m to 8760h."`
	StepUp          string   `env:"GATEBOOK_STEP_UP" default:"10m" placeholder:"DURATION" help:"How long a sign-in counts as fresh enough for linking and admin acts: 1m to 1h."`
	SiteName        string   `env:"GATEBOOK_SITE_NAME" default:"Gatebook" placeholder:"NAME" help:"Name on every page, up to 64 characters."`
	LogLevel        string   `env:"GATEBOOK_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"Least important log line to write: debug, info, warn or error."`
	LogFormat       string   `env:"GATEBOOK_LOG_FORMAT" default:"auto" placeholder:"FORMAT" help:"Form of the log: text, json or auto (text on a terminal, else json)."`
}

// Config is what valid settings come to: parsed, bounded and ready for use.
// It holds client secrets; only Effective may print it.
type Config struct {
	File            string // the settings file that was read, "" without one
	Addr            string // host:port to listen on
	URL             *url.URL
	DataDir         string
	DB              string // path of the database file, already joined to DataDir
	TrustedProxies  []netip.Prefix
	Policy          accounts.Policy
	SessionLifetime time.Duration
	StepUp          time.Duration
	SiteName        string
	LogLevel        slog.Level
	LogFormat       string // "text", "json" or "auto"
	Providers       []providers.Config
	LeftOut         Problems // of providers that are not in Providers

	settings Settings          // as given, for Effective
	places   map[string]string // setting or "providers.ID.field" → where it was set
}

// Bounds of the durations and of the site's name.
const (
	MinSessionLifetime = 5 * time.Minute
	MaxSessionLifetime = 8760 * time.Hour
	MinStepUp          = time.Minute
	MaxStepUp          = time.Hour
	MaxSiteName        = 64
)

// Secure says whether people reach this Gatebook by https, so that cookies
// carry Secure and the __Host- prefix. Only the configured URL decides, never
// a header that a proxy could add.
func (c Config) Secure() bool {
	return c.URL != nil && c.URL.Scheme == "https"
}

// Resolve checks every setting and returns what they come to, with all
// problems at once. Config is usable when Problems.Err is nil; warnings alone
// leave it nil. Secret files are read here, nothing else is touched.
func (s *Settings) Resolve(src *Source) (Config, Problems) {
	src.open(s.Config)
	c := &settingsChecker{src: src}
	c.add(src.problems...)
	c.add(src.unknownVariables()...)
	cfg := Config{
		File:            src.file.path,
		Addr:            c.addr(s.Addr),
		URL:             c.url(s.URL),
		DataDir:         s.DataDir,
		TrustedProxies:  c.prefixes(s.TrustedProxies),
		SessionLifetime: c.duration("session_lifetime", s.SessionLifetime, MinSessionLifetime, MaxSessionLifetime),
		StepUp:          c.duration("step_up", s.StepUp, MinStepUp, MaxStepUp),
		SiteName:        c.siteName(s.SiteName),
		LogLevel:        c.logLevel(s.LogLevel),
		LogFormat:       c.word("log_format", s.LogFormat, "text", "json", "auto"),
		settings:        *s,
	}
	cfg.Policy.Signup = accounts.Signup(c.word("signup", s.Signup, "approve", "open", "invite", "closed"))
	cfg.Policy.EmailLink = accounts.EmailLink(c.word("email_link", s.EmailLink, "ask", "auto", "off"))
	if cfg.Policy.Signup == accounts.SignupInvite {
		c.warn(src.place("signup"), "signup", "use approve, or closed with allow rules", "invites cannot be made yet, so strangers are refused")
	}
	cfg.DataDir, cfg.DB = src.paths(s.DataDir, s.DB)
	var ids []string
	cfg.Providers, ids = c.providers()
	cfg.Policy.Allow = c.allow(s.Allow, ids)
	cfg.places = src.places()
	return cfg, c.problems
}

// Locate turns what a provider's own check found into a Problem whose place
// is that of the field where the field was set, else that of the provider.
func (c Config) Locate(p providers.Problem) Problem {
	key := "providers." + p.Provider
	if p.Field != "" {
		key += "." + p.Field
	}
	where := p.Where
	if place, ok := c.places[key]; ok {
		where = place
	}
	said := providers.Problem{Provider: p.Provider, Field: p.Field, Message: p.Message}
	return Problem{Where: where, Setting: key, Message: said.Error(), Suggestion: p.Suggestion}
}
