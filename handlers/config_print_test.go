package handlers

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatebook/handlers/providers"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	cases := map[string]struct {
		given
		want string
	}{
		"both":     {given{}, "Gatebook needs its public address (url) and one provider to sign in with. For example,"},
		"url":      {given{file: someProvider}, "Gatebook needs its public address (url). For example,"},
		"provider": {given{file: urlLine}, "Gatebook needs one provider to sign in with. For example,"},
		"nothing":  {given{env: enough()}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, c.given)
			text := Missing(problems)
			if !strings.HasPrefix(text, c.want) || (text == "") != (c.want == "") || text != problems.Error() {
				t.Errorf("text is\n%s", text)
			}
			if text != "" && !strings.Contains(text, "gatebook demo") {
				t.Error("no word of the demo")
			}
		})
	}
}

// The example that people copy must start.
func TestExampleOfMissingStarts(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(settingsExample, "/etc/gatebook/github.secret", secret)
	cfg, problems := resolve(t, given{file: text})
	if len(problems) > 0 || len(cfg.Providers) != 1 || strings.Count(text, "\n") != 4 {
		t.Errorf("%v", problems)
	}
}

func TestSettingsTable(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(SettingsTable()), "\n")
	want := []string{"config", "addr", "url", "data-dir", "db", "trusted-proxies", "signup", "email-link", "allow", "session-lifetime", "step-up", "site-name", "log-level", "log-format"}
	if len(lines) != len(want)+2 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, flag := range want {
		line, key := lines[i+2], strings.ReplaceAll(flag, "-", "_")
		if !strings.HasPrefix(line, fmt.Sprintf("| `--%s` | `GATEBOOK_%s` |", flag, strings.ToUpper(key))) || strings.Count(line, "|") != 6 {
			t.Errorf("row of %s: %s", flag, line)
		}
		if flag != "config" && !strings.Contains(line, "| `"+key+"`") {
			t.Errorf("key of %s: %s", flag, line)
		}
		if cells := strings.Split(line, "|"); strings.TrimSpace(cells[4]) == "" || strings.TrimSpace(cells[5]) == "" {
			t.Errorf("empty cell: %s", line)
		}
	}
	if want := "| `--step-up` | `GATEBOOK_STEP_UP` | `step_up` | `10m` |"; !strings.Contains(SettingsTable(), want) {
		t.Errorf("no %s", want)
	}
}

// Every field of every kind has a row, and every row can be set: a field that
// Config has no room for would be reported as such.
func TestProviderTableAndFieldsAgree(t *testing.T) {
	table := ProviderTable()
	for _, kind := range providers.Kinds() {
		for _, field := range kind.Fields {
			if !strings.Contains(table, "| `"+field.Name+"` |") || field.Secret && !strings.Contains(table, "| `"+field.Name+"_file` |") {
				t.Errorf("no row for %s of %s", field.Name, kind.ID)
			}
			_, problems := resolve(t, given{env: []string{someURL,
				providerVariable("x", "kind") + "=" + kind.ID, providerVariable("x", field.Name) + "=true"}})
			for _, p := range problems {
				if strings.Contains(p.Message, "cannot be set") || strings.Contains(p.Message, "no such variable") {
					t.Errorf("%s: %v", kind.ID, p)
				}
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 4 {
			t.Errorf("row is %s", line)
		}
	}
}

func TestEffectiveIsTOMLWithPlaces(t *testing.T) {
	cfg, problems := resolve(t, given{
		file: urlLine + "site_name = \"A \\\"quoted\\\" #name\"\nallow = [\"@example.org\"]\n" + someProvider + "scopes = [\"a\"]\npkce = true\nallow_private = true\n",
		env:  []string{"GATEBOOK_SIGNUP=open"},
		args: []string{"--step-up=5m"},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	text := strings.ReplaceAll(cfg.Effective(), filepath.Dir(cfg.File)+"/", "")
	for _, line := range []string{
		`url = "https://id.example.org"  # gatebook.toml:1`, `signup = "open"  # GATEBOOK_SIGNUP`, `step_up = "5m"  # --step-up`,
		`email_link = "ask"  # default`, `trusted_proxies = []  # default`, `[providers.github]`,
		`client_id = "abc"  # gatebook.toml:5`, `client_secret = "…"  # gatebook.toml:6`, `pkce = true  # gatebook.toml:8`,
	} {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	var read struct {
		SiteName string   `toml:"site_name"`
		Allow    []string `toml:"allow"`
	}
	if _, err := toml.Decode(text, &read); err != nil || read.SiteName != `A "quoted" #name` || len(read.Allow) != 1 {
		t.Errorf("%+v, %v", read, err)
	}
	if again, problems := resolve(t, given{file: text}); len(problems) > 0 || again.StepUp != cfg.StepUp {
		t.Errorf("what was printed is not settings: %v", problems)
	}
}

// A canary goes in as a secret by every door; no output of the settings may
// hold more than its last four characters.
func TestP04_NoSecretInAnyOutput(t *testing.T) {
	const canary = "canary-7f3a9b2c5d8e1f60-tail"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]given{
		"file":        {file: urlLine + "[providers.github]\nclient_id = \"abc\"\nclient_secret = \"" + canary + "\"\n"},
		"variable":    {env: enough("GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=" + canary)},
		"secret file": {env: []string{someURL, someID, "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE=" + file}},
		"both":        {env: enough("GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET="+canary, "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE="+file)},
		"typo":        {env: enough("GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRETT=" + canary)},
		"typed as id": {file: urlLine + "[providers.github]\nclient_secret = [\"" + canary + "\"]\n"},
		"no quotes":   {file: urlLine + "[providers.github]\nclient_secret = " + canary + "\n"},
		"no equals":   {file: urlLine + "[providers.github]\nclient_secret \"" + canary + "\"\n"},
		"two lines":   {file: urlLine + "[providers.github]\nclient_secret = \"" + canary + "\n\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, problems := resolve(t, g)
			var log strings.Builder
			slog.New(slog.NewTextHandler(&log, nil)).Info("start", "config", cfg)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", cfg)
			outputs := []string{cfg.Effective(), fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), log.String(), problems.Error(), fmt.Sprintf("%+v", problems)}
			for _, out := range outputs {
				if strings.Contains(out, canary[:len(canary)-4]) || strings.Contains(out, "7f3a") {
					t.Errorf("the secret is in %s", out)
				}
			}
			if problems.Err() == nil && !strings.Contains(outputs[0], `client_secret = "…tail"`) {
				t.Errorf("no masked secret in %s", outputs[0])
			}
		})
	}
}

func TestMaskSecret(t *testing.T) {
	got := []string{maskSecret(""), maskSecret("short"), maskSecret(strings.Repeat("x", 19)), maskSecret(strings.Repeat("x", 16) + "last")}
	if diff := cmp.Diff([]string{"", "…", "…", "…last"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSuggestions(t *testing.T) {
	known := []string{"signup", "session_lifetime", "step_up", "site_name", "trusted_proxies", "log_level", "log_format", "db", "addr", "url"}
	for word, want := range map[string]string{
		"signup": "signup", "sgnup": "signup", "SIGN-UP": "signup", "stepup": "step_up", "lifetime": "session_lifetime",
		"log": "", "xyzzy": "", "": "", "database": "db", "dbb": "db", "urk": "url", "port": "addr", "session": "session_lifetime",
		strings.Repeat("signup", 1000): "",
	} {
		if got := closestName(word, known); got != want {
			t.Errorf("%q is near %q, want %q", word, got, want)
		}
	}
}
