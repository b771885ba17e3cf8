package providers

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Bounds of settings.
const (
	maxScopes = 50
	maxScope  = 256  // bytes of one scope
	maxClient = 1024 // bytes of a client id
	maxSecret = 8192 // bytes of a client secret: some are signed tokens
)

var (
	idPattern    = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	scopePattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`) // RFC 6749 §3.3
)

func problem(c Config, field, message, suggestion string) Problem {
	return Problem{Provider: c.ID, Field: field, Where: c.Where, Message: message, Suggestion: suggestion}
}

// checkConfig finds everything that is wrong with one table.
func checkConfig(c Config) (Kind, []Problem) {
	var found []Problem
	if !idPattern.MatchString(c.ID) || c.ID == "confirm" {
		found = append(found, problem(c, "", "the id must be 1 to 32 of a-z, 0-9 and -, and not confirm", ""))
	}
	kind, ok := KindByID(c.Kind)
	if !ok {
		if why := refusedWhy(c.Kind); why != "" {
			return kind, append(found, problem(c, "kind", quote(c.Kind)+" is not offered: "+why, ""))
		}
		return kind, append(found, problem(c, "kind", "there is no kind "+quote(c.Kind), nearKind(c.Kind)))
	}
	for _, check := range []func(Config, Kind) []Problem{checkFields, checkAddresses, checkClient, checkScopes, checkTrust, checkOwn} {
		found = append(found, check(c, kind)...)
	}
	return kind, found
}

func checkFields(c Config, k Kind) (found []Problem) {
	for _, f := range k.Fields {
		if f.Required && c.value(f.Name) == "" {
			found = append(found, problem(c, f.Name, "is missing", f.Help))
		}
	}
	if len(c.Audiences) > 0 && !k.IDToken {
		found = append(found, problem(c, "audiences", "means nothing to the kind "+k.ID, "leave it out"))
	}
	for _, name := range append([]string{"issuer", "base_url"}, slices.Sorted(maps.Keys(c.Extra))...) {
		if c.value(name) != "" && !k.field(name) {
			found = append(found, problem(c, name, "means nothing to the kind "+k.ID, "leave it out"))
		}
	}
	return found
}

func checkAddresses(c Config, k Kind) (found []Problem) {
	for _, name := range []string{"issuer", "base_url"} {
		raw := c.value(name)
		if raw == "" || !k.field(name) {
			continue
		}
		u, err := checkURL(raw, c.AllowPrivate)
		switch {
		case err != nil && strings.HasPrefix(raw, "http://") && !c.AllowPrivate:
			found = append(found, problem(c, name, err.Error(), "use https, or set allow_private for a provider on a private network"))
		case err != nil:
			found = append(found, problem(c, name, err.Error(), ""))
		case u.RawQuery != "" || u.ForceQuery:
			found = append(found, problem(c, name, "holds a query", ""))
		}
	}
	if c.AllowPrivate && c.Issuer == "" && c.BaseURL == "" {
		found = append(found, problem(c, "allow_private", "is for a provider whose address is configured", "leave it out"))
	}
	return found
}

func checkClient(c Config, k Kind) (found []Problem) {
	if len(c.ClientID) > maxClient || strings.ContainsFunc(c.ClientID, odd) {
		found = append(found, problem(c, "client_id", "is too long, or holds a space or a control character", ""))
	}
	if len(c.ClientSecret) > maxSecret || strings.ContainsFunc(c.ClientSecret, odd) {
		found = append(found, problem(c, "client_secret", "is too long, or holds a space or a control character", "look for a line break at its end"))
	}
	if c.PKCE != nil && *c.PKCE && k.trade.method != "" {
		found = append(found, problem(c, "pkce", k.Label+" has no place for it", "leave it out"))
	}
	if c.ClientSecret == "" && c.PKCE != nil && !*c.PKCE && k.publicClient() {
		found = append(found, problem(c, "pkce", "cannot be off for a client without a secret", "set client_secret"))
	}
	return found
}

func checkScopes(c Config, k Kind) (found []Problem) {
	if len(c.Scopes) > maxScopes {
		found = append(found, problem(c, "scopes", "are too many", ""))
	}
	for _, s := range c.Scopes {
		if len(s) > maxScope || !scopePattern.MatchString(s) {
			found = append(found, problem(c, "scopes", quote(s)+" is not a scope", "write each scope as its own item"))
		}
	}
	if len(c.Scopes) > 0 && k.IDToken && !slices.Contains(c.Scopes, "openid") {
		found = append(found, problem(c, "scopes", "openid is missing, without which no ID token comes", `add "openid"`))
	}
	return found
}

func checkTrust(c Config, k Kind) (found []Problem) {
	switch {
	case !slices.Contains([]string{"", string(TrustVerified), string(TrustNever)}, c.EmailTrust):
		found = append(found, problem(c, "email_trust", quote(c.EmailTrust)+" is not a trust", `"verified" or "never"`))
	case c.EmailTrust == string(TrustVerified) && k.EmailFlag == "":
		found = append(found, problem(c, "email_trust", k.Label+" never says whether an address is verified", "leave it out"))
	}
	trusted := c.EmailTrust == string(TrustVerified) || c.EmailTrust == "" && k.EmailTrust == TrustVerified
	if c.EmailAuthority && !trusted {
		found = append(found, problem(c, "email_authority", "needs a provider whose word on addresses counts", "leave it out"))
	}
	return found
}

// checkOwn asks the kind about its own keys.
func checkOwn(c Config, k Kind) []Problem {
	if k.vet == nil {
		return nil
	}
	return k.vet(c)
}

func odd(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

// quote shows a setting's text, cut where it is too long to be a word.
func quote(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return `"` + strings.ToValidUTF8(strings.Map(printable, s), "?") + `"`
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}

// nearKind is a hint at the nearest kind; they are too many to name them all.
func nearKind(word string) string {
	if hint := didYouMean(word, kindIDs()); strings.HasPrefix(hint, "did") {
		return hint
	}
	return "gatebook providers lists the kinds"
}

// didYouMean is a hint at the nearest known word, or at all of them.
func didYouMean(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(lowerASCII(word), k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return "one of " + strings.Join(known, ", ")
	}
	return "did you mean " + best + "?"
}

// distance is how many letters must be added, dropped or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
