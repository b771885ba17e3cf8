package handlers

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"gatebook/handlers/providers"

	"github.com/BurntSushi/toml"
)

// settingsExample is the smallest settings file that starts.
const settingsExample = `  url = "https://id.example.org"
  [providers.github]
  client_id = "Ov23li…"
  client_secret_file = "/etc/gatebook/github.secret"
`

// Missing says what is required and not set, with an example and a way to
// look around first; "" if nothing is missing.
func Missing(ps Problems) string {
	var wants []string
	for _, p := range ps {
		switch {
		case p.missing && p.Setting == "url":
			wants = append(wants, "its public address (url)")
		case p.missing && p.Setting == "providers":
			wants = append(wants, "one provider to sign in with")
		}
	}
	if len(wants) == 0 {
		return ""
	}
	return "Gatebook needs " + strings.Join(wants, " and ") + ". For example, in gatebook.toml:\n\n" + settingsExample +
		"\nand at GitHub the callback URL https://id.example.org/signin/github/callback.\n" +
		"To look around first, without any settings: gatebook demo\n"
}

// SettingsTable is the Markdown table of all settings, made from the flags
// themselves.
func SettingsTable() string {
	var b strings.Builder
	b.WriteString("| flag | variable | key | default | meaning |\n|---|---|---|---|---|\n")
	for _, t := range allSettings() {
		key := "`" + t.key + "`"
		if t.key == "config" {
			key = ""
		}
		if t.list {
			key += " (list)"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s | %s |\n", t.flag, t.variable, key, tableCell(t.fallback), tableCell(t.help))
	}
	return b.String()
}

// ProviderTable is the Markdown table of the fields of providers, made from
// the catalogue: which kinds have a field, and what it means there.
func ProviderTable() string {
	var b strings.Builder
	b.WriteString("| key | kinds | meaning |\n|---|---|---|\n")
	for _, row := range fieldRows() {
		kinds := strings.Join(row.kinds, ", ")
		if len(row.kinds) == len(providers.Kinds()) {
			kinds = "all"
		}
		meaning := row.field.Help
		if row.field.Required {
			meaning += " (required)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", row.field.Name, tableCell(kinds), tableCell(meaning))
		if row.field.Secret {
			fmt.Fprintf(&b, "| `%s` | %s | path of a file with the %s, instead of it |\n", row.field.Name+fileSuffix, tableCell(kinds), row.field.Name)
		}
	}
	return b.String()
}

// fieldRow is a field and the kinds that have it with this meaning.
type fieldRow struct {
	field providers.Field
	kinds []string
}

func fieldRows() []fieldRow {
	var rows []fieldRow
	for _, k := range providers.Kinds() {
		for _, f := range fieldsOf(k) {
			i := slices.IndexFunc(rows, func(r fieldRow) bool { return r.field == f })
			if i < 0 {
				i = len(rows)
				rows = append(rows, fieldRow{field: f})
			}
			rows[i].kinds = append(rows[i].kinds, k.ID)
		}
	}
	return rows
}

// tableCell makes text safe inside a Markdown table.
func tableCell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}

// String is Effective, so that printing a Config by accident shows no secret.
func (c Config) String() string { return c.Effective() }

// LogValue keeps secrets out of every handler of log/slog, as String does out
// of package fmt.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.Effective()) }

// Effective is the settings in force as a TOML file, with the place that each
// came from behind it and every secret masked.
func (c Config) Effective() string {
	var b strings.Builder
	for _, line := range c.settings.lines(c) {
		c.print(&b, line.key, line.key, line.value)
	}
	for _, p := range c.Providers {
		fmt.Fprintf(&b, "\n[providers.%s]\n", p.ID)
		for _, line := range providerLines(p) {
			c.print(&b, "providers."+p.ID+"."+line.key, line.key, line.value)
		}
	}
	return b.String()
}

type effectiveLine struct {
	key   string
	value any
}

// lines are the values in force where Resolve changed what was given, else
// what was given.
func (s Settings) lines(c Config) []effectiveLine {
	url := s.URL
	if c.URL != nil {
		url = c.URL.String()
	}
	return []effectiveLine{
		{"addr", s.Addr}, {"url", url}, {"data_dir", c.DataDir}, {"db", c.DB},
		{"trusted_proxies", trimmedList(s.TrustedProxies)}, {"signup", s.Signup}, {"email_link", s.EmailLink},
		{"allow", trimmedList(s.Allow)}, {"session_lifetime", s.SessionLifetime}, {"step_up", s.StepUp},
		{"site_name", s.SiteName}, {"log_level", s.LogLevel}, {"log_format", s.LogFormat},
	}
}

func providerLines(p providers.Config) []effectiveLine {
	lines := []effectiveLine{{"kind", p.Kind}}
	for _, l := range []effectiveLine{
		{"label", p.Label}, {"client_id", p.ClientID}, {"client_secret", maskSecret(p.ClientSecret)},
		{"issuer", p.Issuer}, {"base_url", p.BaseURL}, {"icon", p.Icon.Path}, {"email_trust", p.EmailTrust},
	} {
		if l.value != "" {
			lines = append(lines, l)
		}
	}
	lines = append(lines, extraLines(p)...)
	if p.Scopes != nil {
		lines = append(lines, effectiveLine{"scopes", p.Scopes})
	}
	if p.Audiences != nil {
		lines = append(lines, effectiveLine{"audiences", p.Audiences})
	}
	if p.PKCE != nil {
		lines = append(lines, effectiveLine{"pkce", *p.PKCE})
	}
	for _, l := range []effectiveLine{{"email_authority", p.EmailAuthority}, {"allow_private", p.AllowPrivate}} {
		if l.value == true {
			lines = append(lines, l)
		}
	}
	return lines
}

// extraLines are the kind's own fields, its secrets masked.
func extraLines(p providers.Config) []effectiveLine {
	var lines []effectiveLine
	kind, _ := providers.KindByID(p.Kind)
	for _, f := range kind.Fields {
		value := p.Extra[f.Name]
		if value == "" {
			continue
		}
		if f.Secret {
			value = maskSecret(value)
		}
		lines = append(lines, effectiveLine{f.Name, value})
	}
	return lines
}

// maskSecret leaves the last four characters of a long secret, enough to tell two
// apart, and nothing of a short one.
func maskSecret(secret string) string {
	switch {
	case secret == "":
		return ""
	case len(secret) < 20:
		return "…"
	}
	return "…" + secret[len(secret)-4:]
}

func (c Config) print(b *strings.Builder, place, key string, value any) {
	if list, ok := value.([]string); ok && list == nil {
		value = []string{}
	}
	text, err := toml.Marshal(map[string]any{key: value})
	if err != nil {
		text = fmt.Appendf(nil, "# %s: %v", key, err)
	}
	where := c.places[place]
	if file, ok := c.places[place+fileSuffix]; ok {
		where = file + ", a file"
	}
	if where == "" {
		where = "default"
	}
	fmt.Fprintf(b, "%s  # %s\n", strings.TrimSpace(string(text)), where)
}
