package providers

import (
	"log/slog"
	"strings"
	"time"
)

// Config is one configured provider: a [providers.ID] table of the settings.
type Config struct {
	ID, Kind, Label        string
	ClientID, ClientSecret string
	Issuer, BaseURL        string

	Extra     map[string]string // the kind's own keys, such as tenant or team_id
	Audiences []string          // other clients that an ID token may name beside this one

	Scopes []string // replaces the kind's own when set
	PKCE   *bool    // overrides the kind's default

	EmailTrust     string // "", "verified" or "never": lowers or raises the kind's default
	EmailAuthority bool   // this provider may vouch for every address that it verified
	AllowPrivate   bool   // its hosts may be on loopback or private networks, in plain http there

	Icon Icon // the operator's own picture for the button; zero for the kind's

	Where string // where the setting was read, for messages ("gatebook.toml:12")
}

// Icon is a picture that an operator gave a provider.
type Icon struct {
	Path string // where it was read
	Type string // its media type: image/svg+xml or image/png
	Data []byte
}

// Field is one key that a kind understands.
type Field struct {
	Name     string // the key in the settings file, such as "client_id"
	Required bool
	Secret   bool
	Help     string
}

// Options is what all providers of a Set share.
type Options struct {
	URL string           // Gatebook's own public URL, without a trailing slash
	Now func() time.Time // the clock; time.Now when nil
	Log *slog.Logger     // where panics of provider code go; silent when nil

	Changed Changed // told when a provider goes down or comes back; may be nil

	hooks hooks // set by tests of this package alone
}

// value is the configured text of a field, "" when it is absent.
func (c Config) value(field string) string {
	switch field {
	case "client_id":
		return c.ClientID
	case "client_secret":
		return c.ClientSecret
	case "issuer":
		return c.Issuer
	case "base_url":
		return c.BaseURL
	}
	return c.Extra[field]
}

// Problem is one setting that keeps its provider out of the Set.
type Problem struct {
	Provider   string // the provider's id as configured
	Field      string // the key, "" when it is about the table as a whole
	Where      string // where the setting was read
	Message    string // what is wrong, in plain words
	Suggestion string // what to write instead, "" when nothing is near
}

// Error is the problem in one line. It never holds a setting's secret value.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + ": ")
	}
	b.WriteString("provider " + p.Provider)
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Message)
	if p.Suggestion != "" {
		b.WriteString(" (" + p.Suggestion + ")")
	}
	return b.String()
}
