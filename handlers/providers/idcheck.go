package providers

import (
	"crypto/subtle"
	"slices"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/coreos/go-oidc/v3/oidc"
)

// claims is a JSON object, its numbers unread.
type claims map[string]any

// text is a member that is text, "" otherwise.
func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// instant is a NumericDate (RFC 7519 §2); ok is false when the member is
// absent, no number, or beyond any calendar.
func (c claims) instant(name string) (at time.Time, ok bool) {
	f, err := number(c[name]).Float64()
	if err != nil || f <= 0 || f > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0), true
}

// idCheck is one verified ID token under its remaining checks.
type idCheck struct {
	claims  claims
	now     time.Time
	r       Return
	client  string
	issuers []string
	token   *oidc.IDToken // nil when go-oidc refused
	refused bool
	access  string

	audiences []string // other clients that a token may name too
	nonceless bool     // this kind leaves the nonce out
}

// run makes the checks in order; the first that fails is the answer.
func (c idCheck) run() error {
	for _, check := range []func() error{
		c.issuer, c.audience, c.nonce, c.party, c.issued, c.expiry, c.notBefore,
		c.subject, c.library, c.accessHash, c.authTime,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c idCheck) issuer() error {
	if !slices.Contains(c.issuers, c.claims.text("iss")) {
		return failCheck("iss", "the ID token is by another issuer")
	}
	return nil
}

// audience accepts this client, and beside it only those that the settings
// name: any other audience could have been handed the same token and could
// present it here.
func (c idCheck) audience() error {
	list, isList := c.claims["aud"].([]any)
	if !isList {
		list = []any{c.claims["aud"]}
	}
	ours := false
	for _, aud := range list {
		text, _ := aud.(string)
		ours = ours || text == c.client
		if text == "" || text != c.client && !slices.Contains(c.audiences, text) {
			return failCheck("aud", "the ID token is for another client, or for others too")
		}
	}
	if !ours {
		return failCheck("aud", "the ID token is not for this client")
	}
	return nil
}

// nonce ties the token to this attempt; an absent one is as wrong as another's,
// but for a kind that is known to leave it out.
func (c idCheck) nonce() error {
	if _, present := c.claims["nonce"]; !present && c.nonceless {
		return nil
	}
	said := c.claims.text("nonce")
	if c.r.Nonce == "" || subtle.ConstantTimeCompare([]byte(said), []byte(c.r.Nonce)) != 1 {
		return fail(event.ReasonNonceMismatch, "the ID token is not of this attempt")
	}
	return nil
}

// party asks a token for several audiences whose it is (OpenID Connect Core
// §3.1.3.7): it must be this client's.
func (c idCheck) party() error {
	list, _ := c.claims["aud"].([]any)
	azp, present := c.claims["azp"]
	if (present || len(list) > 1) && azp != any(c.client) {
		return failCheck("azp", "the ID token was issued to another client")
	}
	return nil
}

func (c idCheck) issued() error {
	at, ok := c.claims.instant("iat")
	switch {
	case !ok:
		return failCheck("iat", "the ID token does not say when it was issued")
	case at.After(c.now.Add(skew)):
		return failCheck("iat", "the ID token is from the future")
	case at.Before(c.r.StartedAt.Add(-skew)):
		return failCheck("iat", "the ID token is older than this attempt")
	}
	return nil
}

func (c idCheck) expiry() error {
	at, ok := c.claims.instant("exp")
	if !ok {
		return failCheck("exp", "the ID token does not say when it expires")
	}
	if at.Add(expSkew).Before(c.now) {
		return failCheck("exp", "the ID token has expired")
	}
	return nil
}

func (c idCheck) notBefore() error {
	if _, present := c.claims["nbf"]; !present {
		return nil
	}
	if at, ok := c.claims.instant("nbf"); !ok || at.After(c.now.Add(skew)) {
		return failCheck("nbf", "the ID token is not valid yet")
	}
	return nil
}

func (c idCheck) subject() error {
	if err := accounts.CheckSubject(c.claims.text("sub")); err != nil {
		return fail(event.ReasonSubjectInvalid, err.Error())
	}
	return nil
}

// library lets go-oidc's own verdict stand where ours found nothing.
func (c idCheck) library() error {
	if c.refused {
		return failCheck("format", "the ID token's claims are malformed")
	}
	return nil
}

func (c idCheck) accessHash() error {
	if _, present := c.claims["at_hash"]; present && c.token.VerifyAccessToken(c.access) != nil {
		return failCheck("at_hash", "the ID token is not of this access token")
	}
	return nil
}

// authTime holds a provider that says when the person proved themselves to
// what was asked: during this attempt (OpenID Connect Core §3.1.2.1, max_age).
func (c idCheck) authTime() error {
	if _, present := c.claims["auth_time"]; !present || !c.r.Fresh {
		return nil
	}
	at, ok := c.claims.instant("auth_time")
	if !ok {
		return failCheck("auth_time", "auth_time is not an instant")
	}
	if at.Before(c.r.StartedAt.Add(-skew)) {
		return &Failure{Reason: event.ReasonNotFresh, Check: "auth_time", err: errStale}
	}
	return nil
}
