package providers

import (
	"net/url"
	"strings"
	"unicode"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// mail is an address as one source gave it: the address and the word on it
// always come from the same place.
type mail struct {
	address   string
	verified  bool   // the source says so
	by        string // the source, in words
	authority bool   // the provider owns the address's domain
}

// profile puts together what the kind found. It refuses a subject that cannot
// tell one person from another, and blanks what is not fit to be kept.
func (a *arrival) profile(namespace, subject string, m mail) (accounts.Profile, error) {
	if err := accounts.CheckSubject(subject); err != nil {
		return accounts.Profile{}, fail(event.ReasonSubjectInvalid, err.Error())
	}
	if a.user.Name == "" {
		a.user.Name = strings.TrimSpace(a.user.FirstName + " " + a.user.LastName)
	}
	out := accounts.Profile{
		Provider:  a.p.cfg.ID,
		Namespace: namespace,
		Subject:   subject,
		Name:      accounts.CleanText(a.user.Name, accounts.MaxName),
		Handle:    accounts.CleanText(a.user.NickName, accounts.MaxHandle),
		AvatarURL: cleanAvatar(a.user.AvatarURL),
	}
	out.AuthTime, _ = a.id.instant("auth_time")
	a.address(&out, m)
	out.Checks = a.checks
	return out, nil
}

// address judges an address by its syntax, its flag and the trust that this
// provider has.
func (a *arrival) address(out *accounts.Profile, m mail) {
	switch {
	case m.address == "":
		a.check("no e-mail address was given")
		return
	case !validAddress(m.address):
		a.check("the e-mail address was malformed and is left out")
		return
	}
	out.Email, out.EmailState = m.address, accounts.EmailUnverified
	switch {
	case !m.verified:
		a.check("the e-mail address is not verified: " + m.by + " does not say so")
	case a.p.trust != TrustVerified:
		a.check("the e-mail address is not verified: this provider's word on it does not count")
	default:
		out.EmailState, out.VerifiedBy = accounts.EmailVerified, m.by
		out.Authority = m.authority || a.p.cfg.EmailAuthority
		a.check("the e-mail address is verified by " + m.by)
	}
}

// mailOf takes address and flag from the first source that has an address:
// the ID token, then the profile reply. The flag of one is never applied to
// the address of the other.
func (a *arrival) mailOf() mail {
	for _, source := range []struct {
		claims claims
		by     string
	}{
		{a.id, "the ID token of " + a.ends.issuer},
		{a.info, "the profile reply of " + a.p.Host()},
	} {
		if address := source.claims.text("email"); address != "" {
			return mail{address: address, verified: a.flag(source.claims), by: source.by}
		}
	}
	return mail{}
}

// flag is true only for JSON true and the text "true" (some servers send
// text). Any other value is no word at all.
func (a *arrival) flag(c claims) bool {
	if a.p.kind.EmailFlag == "" {
		return false
	}
	return isTrue(c[a.p.kind.EmailFlag])
}

// validAddress is stricter than RFC 5321: one @ and no quoting, so that no two
// readers can disagree on where the domain begins.
func validAddress(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	switch {
	case !found || strings.Contains(domain, "@"), len(s) > accounts.MaxEmail, local == "", len(local) > 64,
		strings.HasPrefix(local, "."), strings.HasSuffix(local, "."),
		strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."),
		!strings.Contains(domain, "."), strings.Contains(s, ".."):
		return false
	}
	return accounts.CleanText(s, len(s)) == s && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`"()<>[]{},;:\`+"`", r)
	})
}

// cleanAvatar keeps a picture's address only when it is plain https.
func cleanAvatar(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(raw) > accounts.MaxURL {
		return ""
	}
	if raw != accounts.CleanText(raw, accounts.MaxURL) || strings.ContainsFunc(raw, unicode.IsSpace) {
		return ""
	}
	return raw
}
