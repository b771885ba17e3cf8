package handlers

import (
	"strings"
	"testing"
)

// FuzzProviderVariable looks for a panic, and for a name whose parts do not
// make the name again.
func FuzzProviderVariable(f *testing.F) {
	for _, seed := range []string{"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_ID", "GATEBOOK_PROVIDER__CLIENT_ID", "GATEBOOK_PROVIDER_", "GATEBOOK_PROVIDERS_X_LABEL",
		"GATEBOOK_GITHUB_CLIENT_ID", "GATEBOOK_PROVIDER_github_label", "GATEBOOK_", "GATEBOOK_PROVIDER_\xff_LABEL", "GATEBOOK_PROVIDER_É_LABEL"} {
		f.Add(seed)
	}
	fields := allFieldNames()
	f.Fuzz(func(t *testing.T, name string) {
		id, field, ok := splitProviderVariable(name, fields)
		if ok && (providerVariable(id, field) != strings.ReplaceAll(name, "-", "_") || !providerIDForm.MatchString(id)) {
			t.Errorf("%q is %q, %q", name, id, field)
		}
		suggestion := suggestVariable(name)
		if suggestion != "" && strings.TrimSuffix(strings.TrimPrefix(suggestion, "did you mean "), "?") == name && !ok {
			t.Errorf("%q is suggested for itself", name)
		}
	})
}

// FuzzSettingsFile looks for a panic anywhere between the text of a file and
// the settings in force, and for a problem without a place.
func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{"", urlLine + someProvider, "providers = 5", "[[providers.x]]\na=1", "providers.a.b.c = {d = [1, {e = 2}]}",
		"[providers.\"\"]\nkind = 'oidc'", "allow = [[1], 'x']", "a = \"\"\"\n\\q", "signup = 1979-05-27T07:32:00Z", "x = inf", "\xff", "a\r\nb", "[providers]\nx = {}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		source := NewSource(nil)
		source.opened = true
		source.file, source.problems = parseSettings("gatebook.toml", text)
		settings := parse(t, source, nil)
		cfg, problems := settings.Serve.Resolve(source)
		for _, p := range problems {
			if p.Where == "" && !p.missing || p.Message == "" {
				t.Errorf("%+v has no place or no message", p)
			}
		}
		if problems.Err() == nil && cfg.URL == nil {
			t.Error("no problem and no URL")
		}
		if cfg.Effective() == "" {
			t.Error("nothing is in force")
		}
	})
}
