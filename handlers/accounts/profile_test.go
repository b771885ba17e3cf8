package accounts_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gatebook/handlers/accounts"
)

// TestO12_CheckSubject: what cannot tell one person from another is nobody.
func TestO12_CheckSubject(t *testing.T) {
	for _, good := range []string{"1", "00", "Ada", "ada", "true1", "a b", "https://openid.example/ada", "é", strings.Repeat("a", 255)} {
		if err := accounts.CheckSubject(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "0", "null", "NULL", "<nil>", "nil", "undefined", "false", "True", " a", "a ", "a\n", "a\x00", "\x7f", "\u00a0", "\xff",
		strings.Repeat("a", 256), strings.Repeat("é", 128),
	} {
		if accounts.CheckSubject(bad) == nil {
			t.Errorf("%q is somebody", bad)
		}
	}
}

func TestCleanText(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"Ada", 10, "Ada"},
		{"  Ada\r\n2026 login\x00 \x1b[2J ", 99, "Ada2026 login [2J"},
		{"a\xffb", 10, "a\uFFFDb"},
		{"ééé", 5, "éé"},
		{"é", 1, ""},
		{"abc", 0, ""},
		{"", 5, ""},
	}
	for _, test := range tests {
		if got := accounts.CleanText(test.text, test.limit); got != test.want {
			t.Errorf("%q at %d: %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add("Ada\x00é\xff", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit &= 1023
		got := accounts.CleanText(s, limit)
		if len(got) > limit || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q at %d: %q", s, limit, got)
		}
	})
}

func TestEmailState(t *testing.T) {
	for state, want := range map[accounts.EmailState]string{
		accounts.EmailNone: "none", accounts.EmailUnverified: "unverified", accounts.EmailVerified: "verified", 77: "none",
	} {
		if got := state.String(); got != want {
			t.Errorf("state %d: %s", state, got)
		}
	}
}

// TestAccountName: what an account is called, of what its first profile says.
func TestAccountName(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	p := accounts.Profile{Provider: "github", Subject: "1"}
	for i, want := range []string{"Somebody at github", "a@b.example", "ada", "Ada"} {
		p.Subject += "1"
		switch i {
		case 1:
			p.Email, p.EmailState = want, accounts.EmailUnverified
		case 2:
			p.Handle = want
		case 3:
			p.Name = want
		}
		if _, result := w.in(p); result.Account.Name != want {
			t.Errorf("called %q, want %q", result.Account.Name, want)
		}
	}
}
