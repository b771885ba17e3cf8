package handlers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatebook/handlers/providers"

	"github.com/google/go-cmp/cmp"
)

const urlLine = "url = \"https://id.example.org\"\n"

func mistakeInFile(line string) given { return given{file: urlLine + line + "\n" + someProvider} }

func mistakeInTable(line string) given { return given{file: urlLine + someProvider + line + "\n"} }

func mistakeInVariable(pair string) given { return given{env: enough(pair)} }

func mistakeInFlag(arg string) given { return given{env: enough(), args: []string{arg}} }

// mistakes holds one row for each thing that people get wrong, with all that
// is said of it: place, message and suggestion.
var mistakes = map[string]struct {
	given
	want string
}{
	"unknown key":               {mistakeInFile(`sginup = "open"`), "gatebook.toml:2: there is no setting sginup; did you mean signup?"},
	"dashes in a key":           {mistakeInFile(`session-lifetime = "1h"`), "gatebook.toml:2: there is no setting session-lifetime; did you mean session_lifetime?"},
	"another program's word":    {mistakeInFile(`listen = ":80"`), "gatebook.toml:2: there is no setting listen; did you mean addr?"},
	"part of a key":             {mistakeInFile(`proxies = ["10.0.0.0/8"]`), "gatebook.toml:2: there is no setting proxies; did you mean trusted_proxies?"},
	"nothing near":              {mistakeInFile(`"quite other" = 1`), `gatebook.toml:2: there is no setting "quite other"`},
	"singular table":            {given{file: urlLine + someProvider + "\n[provider.google]\nclient_id = \"x\"\n"}, "gatebook.toml:6: there is no setting provider; did you mean providers?"},
	"file names a file":         {mistakeInFile(`config = "x"`), "gatebook.toml:2: a settings file cannot name another one; use --config or GATEBOOK_CONFIG"},
	"number for text":           {mistakeInFile(`step_up = 10`), `gatebook.toml:2: step_up is not text in quotes; write step_up = "…"`},
	"text for list":             {mistakeInFile(`allow = "@example.org"`), `gatebook.toml:2: allow is not a list of texts; write allow = ["…", "…"]`},
	"numbers in list":           {mistakeInFile(`allow = [1]`), `gatebook.toml:2: allow is not a list of texts; write allow = ["…", "…"]`},
	"no quotes":                 {mistakeInFile(`site_name = Ada`), `gatebook.toml:2: there is no value behind =; put text in quotes: key = "value"`},
	"no quotes around a secret": {mistakeInTable(`client_secret_file = hunter2`), `gatebook.toml:5: there is no value behind =; put text in quotes: key = "value"`},
	"secret behind a secret":    {mistakeInTable(`client_secret_file = "x" hunter2`), `gatebook.toml:5: this is not TOML; write client_secret = "…" on a line of its own`},
	"secret of many digits":     {mistakeInTable(`client_secret_file = 12345678901234567890`), `gatebook.toml:5: this is not TOML; write client_secret = "…" on a line of its own`},
	"bad escape in a secret":    {mistakeInTable(`client_secret_file = "hunter\2"`), `gatebook.toml:5: this is not TOML; write client_secret = "…" on a line of its own`},
	"key twice":                 {mistakeInFile("signup = \"open\"\nsignup = \"open\""), "gatebook.toml:3: Key 'signup' has already been defined"},
	"provider twice":            {given{file: urlLine + someProvider + "\n[providers.github]\n"}, "gatebook.toml:6: Key 'providers.github' has already been defined"},
	"bad word in file":          {mistakeInFile(`signup = "aprove"`), `gatebook.toml:2: signup: "aprove" is none of approve, open, invite, closed; did you mean approve?`},
	"bad word in variable":      {mistakeInVariable("GATEBOOK_EMAIL_LINK=of"), `GATEBOOK_EMAIL_LINK: email_link: "of" is none of ask, auto, off; did you mean off?`},
	"bad word in flag":          {mistakeInFlag("--log-format=jsn"), `--log-format: log_format: "jsn" is none of text, json, auto; did you mean json?`},
	"bad level":                 {mistakeInFlag("--log-level=verbose"), `--log-level: log_level: "verbose" is none of debug, info, warn, error`},
	"days":                      {mistakeInFile(`session_lifetime = "30d"`), `gatebook.toml:2: session_lifetime: "30d" is no duration; did you mean 720h?`},
	"minutes in words":          {mistakeInFlag("--step-up=10 min"), `--step-up: step_up: "10 min" is no duration; did you mean 10m?`},
	"no unit":                   {mistakeInVariable("GATEBOOK_STEP_UP=600"), `GATEBOOK_STEP_UP: step_up: "600" is no duration; give it a unit, 600s, 600m or 600h`},
	"duration in words":         {mistakeInVariable("GATEBOOK_STEP_UP=soon"), `GATEBOOK_STEP_UP: step_up: "soon" is no duration; write it like 90m or 12h`},
	"too short":                 {mistakeInFile(`session_lifetime = "4m59s"`), `gatebook.toml:2: session_lifetime: 4m59s is out of bounds; use 5m to 8760h`},
	"too long":                  {mistakeInFile(`session_lifetime = "8760h1s"`), `gatebook.toml:2: session_lifetime: 8760h1s is out of bounds; use 5m to 8760h`},
	"step-up too long":          {mistakeInFile(`step_up = "61m"`), `gatebook.toml:2: step_up: 61m is out of bounds; use 1m to 1h`},
	"step-up negative":          {mistakeInFlag("--step-up=-5m"), `--step-up: step_up: -5m is out of bounds; use 1m to 1h`},
	"proxy without length":      {mistakeInFile(`trusted_proxies = ["10.0.0.1"]`), `gatebook.toml:2: trusted_proxies: "10.0.0.1" is no network; did you mean 10.0.0.1/32?`},
	"proxy by name":             {mistakeInVariable("GATEBOOK_TRUSTED_PROXIES=proxy"), `GATEBOOK_TRUSTED_PROXIES: trusted_proxies: "proxy" is no network; write it like 10.0.0.0/8 or fd00::/8`},
	"proxy within network":      {mistakeInFlag("--trusted-proxies=10.0.0.1/8"), `--trusted-proxies: trusted_proxies: "10.0.0.1/8" is an address within a network; did you mean 10.0.0.0/8 or 10.0.0.1/32?`},
	"mapped proxy":              {mistakeInFlag("--trusted-proxies=::ffff:10.0.0.0/104"), `--trusted-proxies: trusted_proxies: "::ffff:10.0.0.0/104" is an IPv4 network in IPv6 clothes; write it as IPv4`},
	"everyone is a proxy":       {mistakeInFlag("--trusted-proxies=0.0.0.0/0"), `--trusted-proxies: warning: trusted_proxies: 0.0.0.0/0 lets every visitor choose the address that is recorded; name the proxy's own address`},
	"addr is a port":            {mistakeInFlag("--addr=9000"), `--addr: addr: "9000" is no host:port; did you mean 127.0.0.1:9000?`},
	"addr without port":         {mistakeInFlag("--addr=localhost"), `--addr: addr: "localhost" is no host:port; write host:port, such as 127.0.0.1:8080`},
	"addr with a big port":      {mistakeInFlag("--addr=:70000"), `--addr: addr: "70000" is no port; use 1 to 65535`},
	"addr is a URL":             {mistakeInFlag("--addr=http://x:80"), `--addr: addr: "http://x:80" is no host:port; write host:port, such as 127.0.0.1:8080`},
	"allow everyone there":      {mistakeInFlag("--allow=example.org"), `--allow: allow rule "example.org": want an address, @domain or provider:subject: address needs exactly one @ after a name; did you mean @example.org?`},
	"refused kind":              {mistakeInTable(`kind = "wepay"`), `gatebook.toml:5: wepay is not offered: the service was wound down; gatebook providers lists the kinds`},
	"allow with a star":         {mistakeInFile(`allow = ["*@example.org"]`), `gatebook.toml:2: allow rule "*@example.org": there are no wildcards; did you mean @example.org?`},
	"allow nothing known":       {mistakeInFile(`allow = ["a@b@c"]`), `gatebook.toml:2: allow rule "a@b@c": want an address, @domain or provider:subject: address needs exactly one @ after a name`},
	"weeks":                     {mistakeInFile(`session_lifetime = "2 weeks"`), `gatebook.toml:2: session_lifetime: "2 weeks" is no duration; did you mean 336h?`},
	"addr with a path":          {mistakeInFlag("--addr=a/b:80"), `--addr: addr: "a/b" is no host; write host:port, such as 127.0.0.1:8080`},
	"provider file is a number": {mistakeInTable(`client_secret_file = 5`), `gatebook.toml:5: client_secret is set as well; keep one of them`},
	"allow at no provider":      {mistakeInFlag("--allow=gihub:1"), `--allow: allow rule "gihub:1": there is no provider gihub; did you mean github?`},
	"no name":                   {mistakeInFile(`site_name = " "`), `gatebook.toml:2: site_name is empty`},
	"long name":                 {mistakeInFile(`site_name = "` + strings.Repeat("é", 65) + `"`), `gatebook.toml:2: site_name has 65 characters; 64 is the most`},
	"two lines of name":         {mistakeInFile(`site_name = "a\nb"`), `gatebook.toml:2: site_name holds a character that cannot be shown`},
	"unknown variable":          {mistakeInVariable("GATEBOOK_SINGUP=open"), "GATEBOOK_SINGUP: there is no such variable; did you mean GATEBOOK_SIGNUP?"},
	"small variable":            {mistakeInVariable("GATEBOOK_signup=open"), "GATEBOOK_signup: there is no such variable; did you mean GATEBOOK_SIGNUP?"},
	"strange variable":          {mistakeInVariable("GATEBOOK_XYZZY=1"), "GATEBOOK_XYZZY: there is no such variable"},
	"provider variable":         {mistakeInVariable("GATEBOOK_PROVIDER_GITHUB_CLIENTID=x"), "GATEBOOK_PROVIDER_GITHUB_CLIENTID: there is no such variable; did you mean GATEBOOK_PROVIDER_GITHUB_CLIENT_ID?"},
	"providers variable":        {mistakeInVariable("GATEBOOK_PROVIDERS_GITHUB_LABEL=x"), "GATEBOOK_PROVIDERS_GITHUB_LABEL: there is no such variable; did you mean GATEBOOK_PROVIDER_GITHUB_LABEL?"},
	"no PROVIDER":               {mistakeInVariable("GATEBOOK_GITHUB_CLIENT_ID=x"), "GATEBOOK_GITHUB_CLIENT_ID: there is no such variable; did you mean GATEBOOK_PROVIDER_GITHUB_CLIENT_ID?"},
	"small provider variable":   {mistakeInVariable("GATEBOOK_PROVIDER_github_LABEL=x"), "GATEBOOK_PROVIDER_github_LABEL: there is no such variable; did you mean GATEBOOK_PROVIDER_GITHUB_LABEL?"},
	"port by a person":          {mistakeInVariable("GATEBOOK_PORT=9000"), "GATEBOOK_PORT: warning: this variable is not read; did you mean GATEBOOK_ADDR?"},
	"unknown field":             {mistakeInTable(`client_scret = "x"`), "gatebook.toml:5: there is no setting client_scret of a provider; did you mean client_secret?"},
	"setting below a table":     {mistakeInTable(`signup = "open"`), "gatebook.toml:5: signup is no setting of a provider; move it above the first [table] of the file"},
	"another kind's field":      {mistakeInTable(`issuer = "https://x"`), "gatebook.toml:5: providers of kind github have no issuer; remove it"},
	"number for a label":        {mistakeInTable(`label = 5`), `gatebook.toml:5: label is not text in quotes; write label = "…"`},
	"text for truth":            {mistakeInTable(`pkce = "true"`), "gatebook.toml:5: pkce is neither true nor false; write true or false, without quotes in a file"},
	"yes for truth":             {mistakeInVariable("GATEBOOK_PROVIDER_GITHUB_ALLOW_PRIVATE=yes"), "GATEBOOK_PROVIDER_GITHUB_ALLOW_PRIVATE: allow_private is neither true nor false; write true or false, without quotes in a file"},
	"text for scopes":           {mistakeInTable(`scopes = "a b"`), `gatebook.toml:5: scopes is not a list of texts; write scopes = ["…", "…"]`},
	"bad trust":                 {mistakeInTable(`email_trust = "verifed"`), `gatebook.toml:5: "verifed" is none of verified, never; did you mean verified?`},
	"unknown kind":              {mistakeInTable(`kind = "githib"`), `gatebook.toml:5: "githib" is no kind of provider; did you mean github?`},
	"number for kind":           {mistakeInTable(`kind = 5`), `gatebook.toml:5: "" is no kind of provider; gatebook providers lists the kinds`},
	"id near a kind":            {given{file: urlLine + "[providers.gihub]\nclient_id = \"abc\"\n"}, "gatebook.toml:2: provider gihub has no kind, and its id is none; did you mean github?"},
	"id begins with a kind":     {given{file: urlLine + "[providers.github-work]\nclient_id = \"abc\"\n"}, `gatebook.toml:2: provider github-work has no kind, and its id is none; add kind = "github"`},
	"id of its own":             {given{file: urlLine + "[providers.home]\nclient_id = \"abc\"\n"}, `gatebook.toml:2: provider home has no kind, and its id is none; say which kind it is, such as kind = "oidc"`},
	"capital id":                {given{file: urlLine + "[providers.GitHub]\nkind = \"github\"\n"}, "gatebook.toml:2: GitHub is no id for a provider; use up to 32 of a-z, 0-9 and -"},
	"reserved id":               {given{file: urlLine + "[providers.confirm]\nkind = \"github\"\n"}, "gatebook.toml:2: confirm is no id for a provider; this word is taken by a page"},
	"provider is no table":      {given{file: urlLine + "[providers]\ngithub = 5\n"}, "gatebook.toml:3: providers.github is not a table; write [providers.github] and its fields below"},
	"array of tables":           {given{file: urlLine + "[[providers.github]]\nclient_id = \"a\"\n"}, "gatebook.toml:2: providers.github is not a table; write [providers.github] and its fields below"},
	"providers is no table":     {given{file: "providers = 5\n", env: enough()}, "gatebook.toml:1: providers is not a group of tables; write [providers.github] and its fields below"},
	"same provider again":       {mistakeInTable("\n[providers.other]\nkind = \"github\"\nclient_id = \"abc\"\n"), "gatebook.toml:6: provider other is provider github again: same kind, place and client_id; remove one of them"},
	"secret twice in file":      {mistakeInTable(`client_secret_file = "@DIR@/x"`), "gatebook.toml:5: client_secret is set as well; keep one of them"},
	"secret twice in variables": {mistakeInVariable("GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE=@DIR@/x"), "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET_FILE: client_secret is set as well; keep one of them"},
}

func TestMistakes(t *testing.T) {
	for name, c := range mistakes {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, c.given)
			var got []string
			for _, p := range problems {
				if !p.missing {
					got = append(got, p.Error())
				}
			}
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A file that breaks off must not bring complaints about what it might have
// held further on.
func TestBrokenFileIsTheOnlyProblem(t *testing.T) {
	_, problems := resolve(t, given{file: "signup =\n" + urlLine, args: []string{"--allow=github:1"}})
	if len(problems) != 1 || problems[0].Where != "gatebook.toml:1" {
		t.Errorf("problems are %v", problems)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, problems := resolve(t, given{
		file: "sginup = \"open\"\nstep_up = \"x\"\n[providers.github]\npkce = 1\nisser = 1\n",
		env:  []string{"GATEBOOK_XYZZY=1"},
		args: []string{"--addr=x"},
	})
	var got []string
	for _, p := range problems {
		got = append(got, p.Where+" "+p.Setting)
	}
	want := []string{"gatebook.toml:1 sginup", "GATEBOOK_XYZZY ", "--addr addr", " url", "gatebook.toml:2 step_up",
		"gatebook.toml:4 providers.github.pkce", "gatebook.toml:5 providers.github.isser"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text := problems.Error()
	if !strings.HasPrefix(text, "6 problems in the settings:\n  gatebook.toml:1: ") || !strings.Contains(text, "Gatebook needs its public address (url). For") {
		t.Errorf("the report is\n%s", text)
	}
}

func TestConfigFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.toml")
	if err := os.WriteFile(big, make([]byte, maxSettingsFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "absent.toml"): "no such file",
		dir:                               "is a directory",
		big:                               "is over 1048576 bytes",
	} {
		_, byFlag := resolve(t, given{args: []string{"--config", path}})
		_, byVariable := resolve(t, given{env: []string{"GATEBOOK_CONFIG=" + path}})
		for where, problems := range map[string]Problems{"--config": byFlag, "GATEBOOK_CONFIG": byVariable} {
			if len(problems) != 1 || problems[0].Where != where || !strings.Contains(problems[0].Message, want) {
				t.Errorf("%s: %v, want %q", where, problems, want)
			}
		}
	}
}

func TestWarningsAloneStart(t *testing.T) {
	cfg, problems := resolve(t, given{env: enough("GATEBOOK_PORT=9000")})
	if problems.Err() != nil || len(problems.Warnings()) != 1 || len(cfg.Providers) != 1 {
		t.Errorf("%v, %d providers", problems, len(cfg.Providers))
	}
	problems = append(problems, Problem{Message: "real"})
	if problems.Err() == nil || len(problems.Warnings()) != 1 {
		t.Error("a real problem was lost among warnings")
	}
}

// A cluster puts these into every container beside a Service.
func TestKubernetesNames(t *testing.T) {
	cfg, problems := resolve(t, given{env: enough(
		"GATEBOOK_SERVICE_HOST=10.0.0.1", "GATEBOOK_SERVICE_PORT=80", "GATEBOOK_SERVICE_PORT_HTTP=80",
		"GATEBOOK_PORT=tcp://10.0.0.1:80", "GATEBOOK_PORT_80_TCP=tcp://10.0.0.1:80", "GATEBOOK_PORT_80_TCP_PROTO=tcp",
		"GATEBOOK_PORT_80_TCP_PORT=80", "GATEBOOK_PORT_80_TCP_ADDR=10.0.0.1", "GATEBOOK_WEB_SERVICE_HOST=10.0.0.2",
		"GATEBOOK_WEB_PORT=tcp://10.0.0.2:80", "GATEBOOK_WEB_PORT_80_UDP_ADDR=10.0.0.2")})
	if len(problems) > 0 || len(cfg.Providers) != 1 {
		t.Errorf("%v", problems)
	}
}

func TestLocate(t *testing.T) {
	cfg, _ := resolve(t, given{file: urlLine + someProvider, env: []string{"GATEBOOK_PROVIDER_GITHUB_LABEL=x"}})
	for field, want := range map[string]string{
		"client_id": "gatebook.toml:3: provider github: client_id: m; s",
		"label":     "GATEBOOK_PROVIDER_GITHUB_LABEL: provider github: label: m; s",
		"base_url":  "gatebook.toml:2: provider github: base_url: m; s",
		"":          "gatebook.toml:2: provider github: m; s",
	} {
		p := cfg.Locate(providers.Problem{Provider: "github", Field: field, Where: cfg.Providers[0].Where, Message: "m", Suggestion: "s"})
		p.Where = filepath.Base(p.Where)
		if p.Error() != want {
			t.Errorf("%q: %v, want %s", field, p, want)
		}
	}
}

// The bounds themselves are allowed.
func TestDurationBounds(t *testing.T) {
	for _, args := range [][]string{{"--session-lifetime=5m", "--step-up=1m"}, {"--session-lifetime=8760h", "--step-up=1h"}} {
		if _, problems := resolve(t, given{env: enough(), args: args}); len(problems) > 0 {
			t.Errorf("%v: %v", args, problems)
		}
	}
}
