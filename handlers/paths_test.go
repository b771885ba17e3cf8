package handlers

import (
	"net/url"
	"strings"
	"testing"
)

func TestW11_ReturnPaths(t *testing.T) {
	for _, bad := range []string{
		"", "e", "account", "//e", "///e", "////e", "//e/x", "//e:80", "//@e", "//u:p@e", "//e@gate.example", "//gate.evil",
		`/\e`, `\\e`, `\/e`, `/\/e`, `/a\..\e`, "/%5ce", "/%5c%5ce", "/%09/e", "/%0a/e", "/%20/e", "/\t/e", "/\n/e", "/\r/e", "/ /e",
		"\t//e", " //e", "\x00//e", "/\x00/e", "/\x7f", "/x\r\nSet-Cookie: a=b", "/x%0d%0aSet-Cookie:%20a=b", "/x\u0085", "/\ufeff/e",
		"\ufeff//e", "/é", "/／e", "／／e", "https:e", "https://e", "HTTPS://e", "http://gate@e", "http:/e", "http:///e", "//%65", "javascript:alert(1)",
		"JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:a@b", "?x", "#x", ".", "..", "./e", "../e",
		"/%2f%2fe", "/%2fe", "/..//e", "/../e", "/./e", "/a/../e", "/a/./e", "/%2e%2e/e", "/%2e/e", "/a//e", "/a/%2f/e", "/a%20b", "/%", "/%zz", "/%e",
		"/" + strings.Repeat("a", maxPath),
	} {
		if got := localPath(bad); got != defaultPath {
			t.Errorf("localPath(%q) = %q", bad, got)
		}
	}
	for _, good := range []string{
		"/", "/account", "/account?x=1", "/account?x=//evil", "/account?next=https://evil", "/account#x", "/admin/events?q=a%20b&kind=session.signin",
		"/a/", "/%C3%A9", "/a;b", "/a:b", "/@x", "/a,b", "/?x", "/#//e", "/~x", "/" + strings.Repeat("a", maxPath-1),
	} {
		if got := localPath(good); got != good {
			t.Errorf("localPath(%q) = %q", good, got)
		}
	}
}

// sameOrigin is how a browser reads a reference on a page of gate.example
// (WHATWG URL §4.4, special schemes): control characters and spaces are cut
// off both ends, tabs and newlines out of the middle, a backslash is a slash,
// and two slashes lead to another host.
func sameOrigin(ref string) bool {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(ref)
	if strings.HasPrefix(ref, "//") {
		return false
	}
	if strings.HasPrefix(ref, "/") || ref == "" || ref[0] == '?' || ref[0] == '#' {
		return true
	}
	for i, r := range ref {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		case i > 0 && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'):
		default:
			return r != ':' || i == 0
		}
	}
	return true
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/account", "//e", `/\e`, "/\t/e", "/%2f%2fe", "https:e", "/a?b#c", "/../e", "/x\r\ny", "/%5c/e", "/\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := localPath(s)
		if !sameOrigin(got) || got == "" || got[0] != '/' || len(got) > maxPath {
			t.Errorf("localPath(%q) = %q leaves the site", s, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("localPath(%q) = %q is no header value", s, got)
		}
		u, err := url.Parse("https://gate.example/signin?x")
		if err != nil {
			t.Fatal(err)
		}
		if to, err := u.Parse(got); err != nil || to.Host != "gate.example" || to.Scheme != "https" || to.User != nil {
			t.Errorf("localPath(%q) = %q resolves to %v, %v", s, got, to, err)
		}
		if again := localPath(got); again != got {
			t.Errorf("localPath(localPath(%q)) = %q", s, again)
		}
	})
}
