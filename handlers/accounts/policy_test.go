package accounts_test

import (
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestParsePolicy(t *testing.T) {
	for _, word := range []string{"approve", "open", "invite", "closed"} {
		if p, err := accounts.ParseSignup(word); string(p) != word || err != nil {
			t.Errorf("signup %s: %q, %v", word, p, err)
		}
	}
	for _, word := range []string{"ask", "auto", "off"} {
		if p, err := accounts.ParseEmailLink(word); string(p) != word || err != nil {
			t.Errorf("email_link %s: %q, %v", word, p, err)
		}
	}
	for _, word := range []string{"", "Open", "open ", "yes"} {
		if p, err := accounts.ParseSignup(word); p != "" || err == nil || !strings.Contains(err.Error(), "approve") {
			t.Errorf("signup %q: %q, %v", word, p, err)
		}
		if p, err := accounts.ParseEmailLink(word); p != "" || err == nil || !strings.Contains(err.Error(), "ask") {
			t.Errorf("email_link %q: %q, %v", word, p, err)
		}
	}
}

func TestParseAllowRule(t *testing.T) {
	tests := []struct {
		text string
		want accounts.AllowRule
	}{
		{" Ada@Example.ORG ", accounts.AllowRule{EmailKey: "ada@example.org"}},
		{"@Bücher.example", accounts.AllowRule{Domain: "xn--bcher-kva.example"}},
		{"github:42", accounts.AllowRule{Provider: "github", Subject: "42"}},
		{"home:ada@example.org", accounts.AllowRule{Provider: "home", Subject: "ada@example.org"}},
		{"home:a:b", accounts.AllowRule{Provider: "home", Subject: "a:b"}},
	}
	for _, test := range tests {
		if got, err := accounts.ParseAllowRule(test.text); got != test.want || err != nil {
			t.Errorf("%q: %+v, %v", test.text, got, err)
		}
	}
	for _, bad := range []string{
		"", "@", "ada", "@*.example.org", "*@example.org", "@example.org.", "@a@b", "a@b@c", ":42", "github:", "github:0",
		"github:null", "ada@example.org:42", "*",
	} {
		if got, err := accounts.ParseAllowRule(bad); got != (accounts.AllowRule{}) || err == nil {
			t.Errorf("%q is taken as %+v", bad, got)
		}
	}
}

// TestO27_AllowRules: who gets past a shut door. An address counts when it is
// verified, a domain when it is that very domain.
func TestO27_AllowRules(t *testing.T) {
	rules := []string{"bob@corp.test", "@example.org", "github:42", "@xn--bcher-kva.example"}
	policy := accounts.Policy{Signup: accounts.SignupClosed}
	for _, text := range rules {
		rule, err := accounts.ParseAllowRule(text)
		if err != nil {
			t.Fatal(err)
		}
		policy.Allow = append(policy.Allow, rule)
	}
	policy.Allow = append(policy.Allow, accounts.AllowRule{}) // allows nobody
	tests := []struct {
		name    string
		profile accounts.Profile
		want    event.Reason
	}{
		{"the address", at("BOB@corp.test"), event.ReasonAllowed},
		{"another at its domain", at("eve@corp.test"), event.ReasonDomainNotAllowed},
		{"the domain", at("x@EXAMPLE.org"), event.ReasonAllowed},
		{"the domain in its own script", at("x@bücher.example"), event.ReasonAllowed},
		{"a part of the domain", at("x@sub.example.org"), event.ReasonDomainNotAllowed},
		{"a longer domain", at("x@example.org.evil.test"), event.ReasonDomainNotAllowed},
		{"an ending", at("x@notexample.org"), event.ReasonDomainNotAllowed},
		{"two @", at("x@evil.test@example.org"), event.ReasonDomainNotAllowed},
		{"quoted", at(`"x@example.org"@evil.test`), event.ReasonDomainNotAllowed},
		{"a trailing dot", at("x@example.org."), event.ReasonDomainNotAllowed},
		{"NUL", at("x@example.org\x00"), event.ReasonDomainNotAllowed},
		{"a letter that looks alike", at("x@exаmple.org"), event.ReasonDomainNotAllowed}, // Cyrillic а
		{"the Kelvin sign", at("b\u212Ab@corp.test"), event.ReasonDomainNotAllowed},
		{"not verified", unverified(at("x@example.org")), event.ReasonEmailUnverified},
		{"verified and empty", at(""), event.ReasonDomainNotAllowed},
		{"no address", accounts.Profile{Provider: "home", Subject: "9"}, event.ReasonEmailMissing},
		{"the subject", accounts.Profile{Provider: "github", Subject: "42"}, event.ReasonAllowed},
		{"the subject elsewhere", accounts.Profile{Provider: "home", Subject: "42"}, event.ReasonEmailMissing},
		{"another subject", accounts.Profile{Provider: "github", Subject: "421"}, event.ReasonEmailMissing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := accounts.Decide(policy, test.profile, accounts.Facts{Intent: accounts.IntentSignIn})
			if d.Reason != test.want || (d.Act == accounts.ActSignUp) != (test.want == event.ReasonAllowed) {
				t.Errorf("act %d for %s, want %s", d.Act, d.Reason, test.want)
			}
		})
	}
}

// at is somebody at home with a verified address.
func at(email string) accounts.Profile {
	return accounts.Profile{Provider: "home", Subject: "9", Email: email, EmailState: accounts.EmailVerified}
}
