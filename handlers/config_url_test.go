package handlers

import (
	"strings"
	"testing"
)

func TestURLRules(t *testing.T) {
	cases := []struct{ value, want, message, suggestion string }{
		{"https://id.example.org", "https://id.example.org", "", ""},
		{"https://id.example.org/", "https://id.example.org", "", ""},
		{"HTTPS://ID.EXAMPLE.ORG", "https://id.example.org", "", ""},
		{"https://id.example.org:443", "https://id.example.org", "", ""},
		{"https://id.example.org:", "https://id.example.org", "", ""},
		{"https://id.example.org:8443", "https://id.example.org:8443", "", ""},
		{"https://id.example.org:80", "https://id.example.org:80", "", ""},
		{"https://192.0.2.7", "https://192.0.2.7", "", ""},
		{"https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443", "", ""},
		{"https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "", ""},
		{"http://localhost:8080", "http://localhost:8080", "", ""},
		{"http://LOCALHOST", "http://localhost", "", ""},
		{"http://127.0.0.1:80", "http://127.0.0.1", "", ""},
		{"http://127.9.9.9:81", "http://127.9.9.9:81", "", ""},
		{"http://[::1]:8080", "http://[::1]:8080", "", ""},
		{"http://[::1]", "http://[::1]", "", ""},

		{"id.example.org", "", "no absolute URL", "did you mean https://id.example.org?"},
		{"localhost:8080", "", "no absolute URL", "did you mean http://localhost:8080?"},
		{"//id.example.org", "", "no absolute URL", "did you mean https://id.example.org?"},
		{"https:id.example.org", "", "no absolute URL", "write it like https://id.example.org"},
		{"https://", "", "no absolute URL", "write it like https://id.example.org"},
		{"https://:8080", "", "no absolute URL", "write it like https://id.example.org"},
		{"/signin", "", "no absolute URL", "write it like"},
		{"ftp://id.example.org", "", "scheme ftp", "did you mean https://id.example.org?"},
		{"https://id.example.org/auth", "", "not the path /auth", "did you mean https://id.example.org?"},
		{"https://id.example.org//", "", "not the path //", "did you mean https://id.example.org?"},
		{"https://id.example.org?x=1", "", "after ? or #", "did you mean https://id.example.org?"},
		{"https://id.example.org?", "", "after ? or #", "did you mean https://id.example.org?"},
		{"https://id.example.org#x", "", "after ? or #", "did you mean https://id.example.org?"},
		{"https://id.example.org#", "", "after ? or #", "did you mean https://id.example.org?"},
		{"https://ada@id.example.org", "", "name or password", "did you mean https://id.example.org?"},
		{"https://ada:hunter2@id.example.org", "", "name or password", "did you mean https://id.example.org?"},
		{"https://ada:hunter2@id.example.org:port", "", "no absolute URL", "write it like"},
		{"https://id.example.org:70000", "", "70000 is no port", "use 1 to 65535"},
		{"https://id.example.org:0", "", "0 is no port", "use 1 to 65535"},
		{"https://bücher.example", "", "no host name", "xn--"},
		{"https://a;b", "", "no host name", ""},
		{"https://*.example.org", "", "no host name", ""},
		{"https://id.example.org.", "", "no host name", ""},
		{"https://[fe80::1%25eth0]", "", "no host name", "without a zone"},
		{"https://id.example.org evil", "", "no absolute URL", "write it like"},
	}
	for _, c := range cases {
		t.Run(c.value, func(t *testing.T) { checkURL(t, c.value, c.want, c.message, c.suggestion) })
	}
}

// Plain http would let anyone on the way take sessions; only a host that is
// this machine by its very spelling may be named.
func TestP03_PlainHTTPOnlyOnLoopback(t *testing.T) {
	for _, value := range []string{
		"http://id.example.org", "http://0.0.0.0:8080", "http://192.168.1.5", "http://10.0.0.1", "http://128.0.0.1",
		"http://localhost.example.org", "http://127.0.0.1.example.org", "http://127.1", "http://2130706433", "http://0x7f000001",
		"http://[::ffff:127.0.0.1]", "http://[::]", "http://localhos", "http://app.localhost",
	} {
		t.Run(value, func(t *testing.T) {
			checkURL(t, value, "", "http is for this machine only", "did you mean https"+strings.TrimPrefix(value, "http")+"?")
		})
	}
}

func checkURL(t *testing.T, value, want, message, suggestion string) {
	t.Helper()
	cfg, problems := resolve(t, given{args: []string{"--url=" + value}, env: []string{someID, someSecret}})
	if want != "" {
		if len(problems) > 0 || cfg.URL.String() != want || cfg.Secure() != strings.HasPrefix(want, "https:") {
			t.Errorf("%v, %v; want %s", cfg.URL, problems, want)
		}
		return
	}
	if len(problems) != 1 || cfg.URL != nil || problems[0].Where != "--url" || problems[0].Setting != "url" {
		t.Fatalf("%v, %v; want one problem", cfg.URL, problems)
	}
	if !strings.Contains(problems[0].Message, message) || !strings.Contains(problems[0].Suggestion, suggestion) {
		t.Errorf("%q, want %q; %q", problems[0].Error(), message, suggestion)
	}
	if strings.Contains(problems[0].Error(), "hunter2") {
		t.Error("a password was repeated")
	}
}
