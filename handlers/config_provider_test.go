package handlers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatebook/handlers/providers"

	"github.com/google/go-cmp/cmp"
)

func TestSplitProviderVariable(t *testing.T) {
	fields := []string{"id", "client_id", "client_secret", "client_secret_file", "label", "email_trust", "issuer", "private_key", "key"}
	cases := []struct{ name, id, field string }{
		{"GATEBOOK_PROVIDER_GITHUB_CLIENT_ID", "github", "client_id"},
		{"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_ID", "gitlab-work", "client_id"},
		{"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_SECRET", "gitlab-work", "client_secret"},
		{"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_SECRET_FILE", "gitlab-work", "client_secret_file"},
		{"GATEBOOK_PROVIDER_A_B_C_EMAIL_TRUST", "a-b-c", "email_trust"},
		{"GATEBOOK_PROVIDER_X_PRIVATE_KEY", "x", "private_key"},
		{"GATEBOOK_PROVIDER_X_PUBLIC_KEY", "x-public", "key"},
		{"GATEBOOK_PROVIDER_CLIENT_ID", "client", "id"},
		{"GATEBOOK_PROVIDER_7_LABEL", "7", "label"},
		{"GATEBOOK_PROVIDER__LABEL", "", ""},
		{"GATEBOOK_PROVIDER_LABEL", "", ""},
		{"GATEBOOK_PROVIDER_", "", ""},
		{"GATEBOOK_PROVIDER_GITHUB_SECRET", "", ""},
		{"GATEBOOK_PROVIDER_github_LABEL", "", ""},
		{"GATEBOOK_PROVIDER_GIT HUB_LABEL", "", ""},
		{"GATEBOOK_PROVIDER_" + strings.Repeat("A", 32) + "_LABEL", strings.Repeat("a", 32), "label"},
		{"GATEBOOK_PROVIDER_" + strings.Repeat("A", 33) + "_LABEL", "", ""},
		{"GATEBOOK_GITHUB_LABEL", "", ""},
	}
	for _, c := range cases {
		id, field, ok := splitProviderVariable(c.name, fields)
		if ok != (c.id != "") || ok && (id != c.id || field != c.field) {
			t.Errorf("%s is %q, %q, %v; want %q, %q", c.name, id, field, ok, c.id, c.field)
		}
	}
}

func TestProvidersFromEnvironment(t *testing.T) {
	cfg, problems := resolve(t, given{env: []string{someURL,
		"GATEBOOK_PROVIDER_GITLAB_WORK_KIND=oidc",
		"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_ID=work",
		"GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_SECRET=a=b",
		"GATEBOOK_PROVIDER_GITLAB_WORK_ISSUER=https://gitlab.example.org",
		"GATEBOOK_PROVIDER_GITLAB_WORK_SCOPES=read_user, email openid",
		"GATEBOOK_PROVIDER_GITLAB_WORK_PKCE=false",
		"GATEBOOK_PROVIDER_GITLAB_WORK_EMAIL_AUTHORITY=true",
		"GATEBOOK_PROVIDER_GITLAB_WORK_LABEL=",
		"GATEBOOK_PROVIDER_GITHUB_CLIENT_ID=hub",
		"GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=x",
	}})
	no := false
	want := []providers.Config{
		{ID: "github", Kind: "github", ClientID: "hub", ClientSecret: "x", Where: "GATEBOOK_PROVIDER_GITHUB_CLIENT_ID"},
		{ID: "gitlab-work", Kind: "oidc", ClientID: "work", ClientSecret: "a=b", Issuer: "https://gitlab.example.org",
			Scopes: []string{"read_user", "email", "openid"}, PKCE: &no, EmailAuthority: true, Where: "GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_ID"},
	}
	if diff := cmp.Diff(want, cfg.Providers); diff != "" || len(problems) > 0 {
		t.Error(diff, problems)
	}
}

// The environment is laid over the file field by field; a secret's variable
// takes the place of the file's secret however either is spelled.
func TestEnvironmentOverFile(t *testing.T) {
	const file = urlLine + "[providers.github]\nclient_id = \"file\"\nlabel = \"File\"\nclient_secret = \"file\"\n"
	const byFile = urlLine + "[providers.github]\nclient_id = \"file\"\nclient_secret_file = \"/absent\"\n"
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		given
		id, label, secret string
	}{
		"field by field":             {given{file: file, env: []string{"GATEBOOK_PROVIDER_GITHUB_CLIENT_ID=env"}}, "env", "File", "file"},
		"secret":                     {given{file: file, env: []string{"GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=env"}}, "file", "File", "env"},
		"secret file over secret":    {given{file: file, env: []string{"GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE=" + secret}}, "file", "File", "from a file"},
		"secret over secret file":    {given{file: byFile, env: []string{"GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=env"}}, "file", "", "env"},
		"empty variables are absent": {given{file: file, env: []string{"GATEBOOK_PROVIDER_GITHUB_CLIENT_ID=", "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE="}}, "file", "File", "file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, problems := resolve(t, c.given)
			if len(problems) > 0 || len(cfg.Providers) != 1 {
				t.Fatal(problems)
			}
			p := cfg.Providers[0]
			if p.ClientID != c.id || p.Label != c.label || p.ClientSecret != c.secret || filepath.Base(p.Where) != "gatebook.toml:2" {
				t.Errorf("got %+v, want %q %q %q", p, c.id, c.label, c.secret)
			}
		})
	}
}

func TestProvidersKeepTheOrderOfTheFile(t *testing.T) {
	cfg, problems := resolve(t, given{
		file: urlLine + "[providers.zeta]\nkind = \"facebook\"\n[providers.github]\n\n[providers.alpha]\nkind = \"google\"\n",
		env:  []string{"GATEBOOK_PROVIDER_BETA_KIND=oidc", "GATEBOOK_PROVIDER_ZETA_LABEL=z"},
	})
	var ids []string
	for _, p := range cfg.Providers {
		ids = append(ids, p.ID)
	}
	if diff := cmp.Diff([]string{"zeta", "github", "alpha", "beta"}, ids); diff != "" || len(problems) > 0 {
		t.Error(diff, problems)
	}
}

func TestSpellingsOfTables(t *testing.T) {
	for name, text := range map[string]string{
		"header": "[providers.github]\nclient_id = 'abc'\n",
		"dotted": "providers.github.client_id = 'abc'\n",
		"inline": "providers.github = { client_id = 'abc' }\n",
		"nested": "[providers]\ngithub.client_id = 'abc'\n",
		"quoted": "[\"providers\".\"github\"]\n\"client_id\" = '''abc'''\n",
	} {
		cfg, problems := resolve(t, given{file: urlLine + text})
		if len(problems) > 0 || len(cfg.Providers) != 1 || cfg.Providers[0].ClientID != "abc" {
			t.Errorf("%s: %v, %v", name, cfg.Providers, problems)
			continue
		}
		if where := filepath.Base(cfg.Providers[0].Where); !strings.HasPrefix(where, "gatebook.toml:2") && name != "nested" || name == "nested" && where != "gatebook.toml:3" {
			t.Errorf("%s: is at %s", name, where)
		}
	}
}

// Secrets stay off the command line and out of environments: a file holds
// them, and every way in which it can fail names the file.
func TestP04_SecretFiles(t *testing.T) {
	write := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]struct {
		path func(t *testing.T) string
		want string // the secret, or after "!" the end of the message
	}{
		"plain":          {func(t *testing.T) string { return write(t, "s3cret") }, "s3cret"},
		"line end":       {func(t *testing.T) string { return write(t, "s3cret\n") }, "s3cret"},
		"windows":        {func(t *testing.T) string { return write(t, "s3cret\r\n") }, "s3cret"},
		"inner spaces":   {func(t *testing.T) string { return write(t, " s3 cret \n") }, " s3 cret "},
		"at the bound":   {func(t *testing.T) string { return write(t, strings.Repeat("x", maxSecretFile)) }, strings.Repeat("x", maxSecretFile)},
		"over the bound": {func(t *testing.T) string { return write(t, strings.Repeat("x", maxSecretFile+1)) }, "!is over 65536 bytes"},
		"empty":          {func(t *testing.T) string { return write(t, "") }, "!is empty"},
		"only lines":     {func(t *testing.T) string { return write(t, "\n \n") }, "!is empty"},
		"absent":         {func(t *testing.T) string { return filepath.Join(t.TempDir(), "secret") }, "!no such file or directory"},
		"a folder":       {func(t *testing.T) string { return t.TempDir() }, "!is a directory"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := c.path(t)
			_, inFile := resolve(t, given{file: urlLine + "[providers.github]\nclient_secret_file = '" + path + "'\n"})
			cfg, problems := resolve(t, given{env: []string{someURL, "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE=" + path}})
			if message, bad := strings.CutPrefix(c.want, "!"); bad {
				checkSecretProblem(t, inFile, "gatebook.toml:3", path, message)
				checkSecretProblem(t, problems, "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE", path, message)
				return
			}
			if len(problems)+len(inFile) > 0 || cfg.Providers[0].ClientSecret != c.want {
				t.Errorf("%v %v", problems, inFile)
			}
		})
	}
}

func checkSecretProblem(t *testing.T, problems Problems, where, path, message string) {
	t.Helper()
	if len(problems) != 1 || problems[0].Where != where || problems[0].Setting != "providers.github.client_secret_file" ||
		!strings.Contains(problems[0].Message, path) || !strings.HasSuffix(problems[0].Message, message) {
		t.Errorf("%v; want %s, %s, %s", problems, where, path, message)
	}
}

func TestP04_WorldReadableSettings(t *testing.T) {
	const inFile = urlLine + someProvider
	const inVariable = urlLine + "[providers.github]\nclient_id = \"abc\"\n"
	for _, c := range []struct {
		text string
		mode os.FileMode
		want int
	}{{inFile, 0o644, 1}, {inFile, 0o604, 1}, {inFile, 0o640, 0}, {inFile, 0o600, 0}, {inVariable, 0o644, 0}} {
		path := filepath.Join(t.TempDir(), "gatebook.toml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		env := []string{}
		if c.text == inVariable {
			env = append(env, someSecret)
		}
		_, problems := resolve(t, given{args: []string{"--config", path}, env: env})
		if len(problems) != c.want || problems.Err() != nil {
			t.Fatalf("%o: %v", c.mode, problems)
		}
		if c.want == 1 && (problems[0].Where != path+":4" || !strings.HasPrefix(problems[0].Suggestion, "chmod o-r "+path)) {
			t.Errorf("%v", problems)
		}
	}
}
