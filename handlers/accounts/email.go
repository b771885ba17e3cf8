package accounts

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// EmailKey is the form in which two addresses are compared: one unquoted @,
// the local part's A to Z in lower case, the domain as lower-case ASCII (IDNA). It is a
// match key only; what the provider said is stored beside it. The error says
// why a text is no address: more than one @, a quoted or empty local part, a
// control character or space, a bad domain, over 254 bytes (RFC 5321 §4.5.3).
func EmailKey(s string) (string, error) {
	if len(s) > MaxEmail {
		return "", fmt.Errorf("address is over %d bytes", MaxEmail)
	}
	if strings.ContainsFunc(s, badInEmail) {
		return "", fmt.Errorf("address holds a character that none may have")
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || strings.Contains(domain, "@") {
		return "", fmt.Errorf("address needs exactly one @ after a name")
	}
	key, err := domainKey(domain)
	if err != nil {
		return "", err
	}
	full := strings.Map(asciiLower, local) + "@" + key
	if len(full) > MaxEmail {
		return "", fmt.Errorf("address is over %d bytes", MaxEmail)
	}
	return full, nil
}

// asciiLower folds A to Z and nothing else: Unicode would fold the Kelvin sign
// to k, and so make two people's mailboxes one.
func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}

func badInEmail(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`"(),:;<>[\]`, r) || r == unicode.ReplacementChar
}

// domainKey is the domain in ASCII lower case. The lookup profile refuses
// what no registry would register; a trailing or doubled dot is refused, and
// what no name server could answer for (RFC 1035 §2.3.4).
func domainKey(s string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil || len(ascii) > 253 || strings.ContainsAny(ascii, "@:/") {
		return "", fmt.Errorf("%q is not a domain", s)
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("%q is not a domain", s)
		}
	}
	return strings.ToLower(ascii), nil
}

// matchKey is the profile's address as a match key, empty unless the address
// is verified: an unverified address reserves nothing and matches nothing.
func (p Profile) matchKey() string {
	if p.EmailState != EmailVerified {
		return ""
	}
	key, err := EmailKey(p.Email)
	if err != nil {
		return ""
	}
	return key
}
