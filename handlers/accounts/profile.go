package accounts

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Intent is why a trip to a provider was started.
type Intent string

// The intents. Every attempt has exactly one.
const (
	IntentSignIn Intent = "signin"
	IntentLink   Intent = "link"
	IntentStepUp Intent = "stepup"
	IntentTest   Intent = "test"
	IntentClaim  Intent = "claim"
)

// EmailState is what is known of a profile's address. Only EmailVerified is
// ever looked up, matched or used by an allow rule.
type EmailState uint8

// The states of an address.
const (
	EmailNone EmailState = iota
	EmailUnverified
	EmailVerified
)

// String is the state's word, as events and pages show it.
func (e EmailState) String() string {
	if e > EmailVerified {
		e = EmailNone // never more than is known
	}
	return [...]string{"none", "unverified", "verified"}[e]
}

// Profile is what one callback said of a person, already mapped, cleaned and
// checked by the provider's own rules. Provider, Namespace and Subject are the
// identity key; nothing else ever signs anyone in.
type Profile struct {
	Provider  string // the configured instance, never goth's own name
	Namespace string // issuer, host or tenant; "" where the kind has one world
	Subject   string // the provider's permanent id, 1 to 255 bytes

	Email      string
	EmailState EmailState
	VerifiedBy string // who said that the address is verified, for the decision path
	Authority  bool   // the provider may vouch for this address (email_link = auto)

	Name      string
	Handle    string
	AvatarURL string

	AuthTime time.Time // when the person last proved themselves there; zero if unsaid
	Checks   []string  // what was checked, in order, in words of the decision path
}

// Bounds of profile text, in bytes. A longer subject is refused, never cut:
// two long subjects must not become one.
const (
	MaxSubject = 255
	MaxEmail   = 254
	MaxName    = 256
	MaxHandle  = 128
	MaxURL     = 2048
)

// CheckSubject refuses subjects that cannot tell one person from another:
// empty, "0" and the printed forms of nothing that goth returns for a reply
// without an id (OIDC Core §2 bounds a sub to 255 ASCII characters; other
// kinds may use any printable text).
func CheckSubject(s string) error {
	switch strings.ToLower(s) {
	case "", "0", "null", "<nil>", "nil", "undefined", "false", "true":
		return fmt.Errorf("subject says nobody")
	}
	if len(s) > MaxSubject || !utf8.ValidString(s) {
		return fmt.Errorf("subject is over %d bytes or not text", MaxSubject)
	}
	if strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("subject holds a control character, or a space at an end")
	}
	return nil
}

// CleanText makes provider text safe to store: valid UTF-8, no control
// characters (so no NUL and no line breaks), trimmed, at most limit bytes cut
// at a character.
func CleanText(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
