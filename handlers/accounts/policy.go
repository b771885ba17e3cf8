package accounts

import (
	"fmt"
	"strings"
)

// Signup says what becomes of a person whom no account knows.
type Signup string

// The sign-up policies. An allow rule lets a person skip the queue or a shut
// door, whichever of these is set.
const (
	SignupApprove Signup = "approve" // a pending account that an admin approves
	SignupOpen    Signup = "open"    // an active account at once
	SignupInvite  Signup = "invite"  // only with an invite
	SignupClosed  Signup = "closed"  // nobody
)

// EmailLink says what becomes of a new identity whose verified address is
// already that of an account. An address by itself never signs anyone in.
type EmailLink string

// The e-mail policies.
const (
	EmailLinkAsk  EmailLink = "ask"  // sign in as before, then link
	EmailLinkAuto EmailLink = "auto" // link, where the provider is an authority for the address
	EmailLinkOff  EmailLink = "off"  // treat them as strangers to each other
)

// Policy is the configured part of Decide's inputs.
type Policy struct {
	Signup    Signup
	EmailLink EmailLink
	Allow     []AllowRule
}

// ParseSignup finds the policy of a word; the error lists the words.
func ParseSignup(s string) (Signup, error) {
	switch p := Signup(s); p {
	case SignupApprove, SignupOpen, SignupInvite, SignupClosed:
		return p, nil
	}
	return "", fmt.Errorf("%q is none of approve, open, invite, closed", s)
}

// ParseEmailLink finds the policy of a word; the error lists the words.
func ParseEmailLink(s string) (EmailLink, error) {
	switch p := EmailLink(s); p {
	case EmailLinkAsk, EmailLinkAuto, EmailLinkOff:
		return p, nil
	}
	return "", fmt.Errorf("%q is none of ask, auto, off", s)
}

// AllowRule names people who need no approval: one verified address, every
// verified address of one domain, or one identity.
type AllowRule struct {
	EmailKey string // the match key of an address
	Domain   string // ASCII, lower case
	Provider string
	Subject  string
}

// ParseAllowRule reads "ada@example.org", "@example.org" or
// "provider:subject"; the error says what is wrong with the rule.
func ParseAllowRule(s string) (AllowRule, error) {
	s = strings.TrimSpace(s)
	if domain, ok := strings.CutPrefix(s, "@"); ok {
		key, err := domainKey(domain)
		if err != nil {
			return AllowRule{}, fmt.Errorf("allow rule %q: %w", s, err)
		}
		return AllowRule{Domain: key}, nil
	}
	if provider, subject, ok := strings.Cut(s, ":"); ok && !strings.Contains(provider, "@") {
		if provider == "" || CheckSubject(subject) != nil {
			return AllowRule{}, fmt.Errorf("allow rule %q: want provider:subject", s)
		}
		return AllowRule{Provider: provider, Subject: subject}, nil
	}
	if strings.Contains(s, "*") {
		return AllowRule{}, fmt.Errorf("allow rule %q: there are no wildcards", s)
	}
	key, err := EmailKey(s)
	if err != nil {
		return AllowRule{}, fmt.Errorf("allow rule %q: want an address, @domain or provider:subject: %w", s, err)
	}
	return AllowRule{EmailKey: key}, nil
}

// allows says whether a rule lets this profile in without approval. Address
// and domain rules count verified addresses only.
func (p Policy) allows(who Profile) bool {
	key := who.matchKey()
	_, domain, _ := strings.Cut(key, "@")
	for _, rule := range p.Allow {
		switch {
		case rule.Subject != "":
			if rule.Provider == who.Provider && rule.Subject == who.Subject {
				return true
			}
		case key == "":
		case rule.EmailKey == key, rule.Domain != "" && rule.Domain == domain:
			return true
		}
	}
	return false
}
