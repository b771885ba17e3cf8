package accounts_test

import (
	"net/mail"
	"strings"
	"testing"
	"unicode"

	"gatebook/handlers/accounts"
)

// TestO27_EmailKey: one parser, which refuses what two readers might read in
// two ways.
func TestO27_EmailKey(t *testing.T) {
	long := strings.Repeat("a", 254-len("@example.org"))
	tests := []struct{ name, address, want string }{
		{"plain", "ada@example.org", "ada@example.org"},
		{"case", "Ada@EXAMPLE.Org", "ada@example.org"},
		{"tag kept", "ada+news@example.org", "ada+news@example.org"},
		{"dots kept", "a.d.a@gmail.com", "a.d.a@gmail.com"},
		{"single label", "root@localhost", "root@localhost"},
		{"IDN", "ada@Bücher.example", "ada@xn--bcher-kva.example"},
		{"punycode", "ada@XN--bcher-KVA.example", "ada@xn--bcher-kva.example"},
		{"sharp s is its own", "ada@straße.example", "ada@xn--strae-oqa.example"},
		{"wide letters of a domain", "ada@ｅｘａｍｐｌｅ.org", "ada@example.org"},
		{"ideographic full stop", "ada@example。org", "ada@example.org"},
		{"accent in the name", "Ádá@example.org", "Ádá@example.org"},
		{"the Kelvin sign is not k", "\u212Aim@example.org", "\u212Aim@example.org"},
		{"the dotted I is not i", "\u0130da@example.org", "\u0130da@example.org"},
		{"254 bytes", long + "@example.org", long + "@example.org"},

		{"empty", "", ""},
		{"no @", "example.org", ""},
		{"no name", "@example.org", ""},
		{"no domain", "ada@", ""},
		{"two @", "ada@evil.test@example.org", ""},
		{"two @, other way", "ada@example.org@evil.test", ""},
		{"wide @", "ada@evil.test＠example.org", ""},
		{"quoted", `"ada@example.org"@evil.test`, ""},
		{"quoted domain", `ada@"example.org"`, ""},
		{"comment", "ada(x)@example.org", ""},
		{"comment in the domain", "ada@example.org(x)", ""},
		{"source route", "@a,@b:ada@example.org", ""},
		{"angle", "<ada@example.org>", ""},
		{"list", "ada@example.org,bob@example.org", ""},
		{"literal", "ada@[192.0.2.1]", ""},
		{"port", "ada@example.org:25", ""},
		{"path", "ada@example.org/x", ""},
		{"trailing dot", "ada@example.org.", ""},
		{"wide trailing dot", "ada@example.org。", ""},
		{"leading dot", "ada@.example.org", ""},
		{"doubled dot", "ada@example..org", ""},
		{"underscore", "ada@ex_ample.org", ""},
		{"hyphens", "ada@-example-.org", ""},
		{"bad punycode", "ada@xn--a.example", ""},
		{"right to left mixed", "ada@aא.example", ""},
		{"NUL", "ada@example.org\x00.evil.test", ""},
		{"NUL in the name", "ada\x00@example.org", ""},
		{"newline", "ada@example.org\n", ""},
		{"space", "ada @example.org", ""},
		{"no-break space", "ada\u00a0@example.org", ""},
		{"not UTF-8", "ad\xffa@example.org", ""},
		{"255 bytes", long + "a@example.org", ""},
		{"255 bytes as ASCII", strings.Repeat("a", 254-len("@bücher.example")) + "@bücher.example", ""},
		{"label of 64", "ada@" + strings.Repeat("a", 64) + ".org", ""},
		{"domain of 254", "a@" + strings.Repeat("a.", 125) + "org", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := accounts.EmailKey(test.address)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// FuzzEmailKey is FZ3: a key is its own key, differs from the address only by
// case in the part before the @, and net/mail reads the same two parts.
func FuzzEmailKey(f *testing.F) {
	for _, s := range []string{
		"ada@example.org", "ADA@Bücher.example", "a@xn--bcher-kva.example", "a@b@c", `"a@b"@c`, "a@corp.test.", "\u212A@k.org",
		"a@\u200d.org", "a@a。b", "a@ß.org", "a@xn--", "a@1.2.3.4", "ø@ø.ø", "a@A\u0308.org",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := accounts.EmailKey(s)
		if err != nil {
			if key != "" {
				t.Errorf("%q is refused and has the key %q", s, key)
			}
			return
		}
		if again, err := accounts.EmailKey(key); again != key || err != nil {
			t.Errorf("the key of %q is %q, whose key is %q, %v", s, key, again, err)
		}
		local, domain, _ := strings.Cut(key, "@")
		original, _, _ := strings.Cut(s, "@")
		if !strings.EqualFold(local, original) || len(local) != len(original) {
			t.Errorf("%q became %q", original, local)
		}
		for _, r := range domain {
			if r > unicode.MaxASCII || unicode.IsUpper(r) || strings.ContainsRune("@:/[] ", r) {
				t.Errorf("the domain of %q is %q", s, domain)
			}
		}
		if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
			return // which some old mailboxes have, and net/mail refuses
		}
		if parsed, err := mail.ParseAddress(key); err != nil || parsed.Address != key {
			t.Errorf("net/mail reads %q as %v, %v", key, parsed, err)
		}
	})
}
