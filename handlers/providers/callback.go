package providers

import (
	"net/url"
	"strings"

	"gatebook/db/event"
)

// Bounds of callback parameters, in bytes. Codes are tokens of some hundred
// bytes at most of the large providers, and of two thousand at one.
const (
	maxCode = 4096
	maxIss  = 2048
)

// readCallback takes from the callback's parameters what goth may see, and
// nothing else: some packages of goth would take redirect_uri and
// code_verifier from them. It makes no call.
func (p *Provider) readCallback(q url.Values, ends endpoints) (code string, params url.Values, err error) {
	if err := p.checkIss(q["iss"], ends); err != nil {
		return "", nil, err
	}
	if said, present := q["error"]; present {
		return "", nil, providerError(said)
	}
	if code, err = p.codeOf(q); err != nil {
		return "", nil, err
	}
	return code, p.allowed(q), nil
}

// codeOf is what the callback wants exchanged, once its form is right.
func (p *Provider) codeOf(q url.Values) (string, error) {
	if p.kind.gate != nil {
		return p.kind.gate(p, q)
	}
	code := q["code"]
	if len(code) != 1 || code[0] == "" || len(code[0]) > maxCode || strings.ContainsFunc(code[0], unprintable) {
		return "", fail(event.ReasonCallbackMalformed, "the callback does not carry one code")
	}
	return code[0], nil
}

// allowed is the parameters that this kind's package may see.
func (p *Provider) allowed(q url.Values) url.Values {
	params := url.Values{}
	for _, name := range p.kind.Params {
		if values := q[name]; len(values) == 1 {
			params.Set(name, values[0])
		}
	}
	return params
}

// checkIss compares the issuer that the callback names with the one that the
// trip went to (RFC 9207 §2.4), so that one server's code is never shown to
// another. A kind without an issuer can be held to its host alone.
func (p *Provider) checkIss(iss []string, ends endpoints) error {
	wrong := fail(event.ReasonIssMismatch, "the callback is not by the issuer that was asked")
	switch {
	case len(iss) == 0 && ends.promisesIss:
		return fail(event.ReasonIssMismatch, "the callback names no issuer, though the provider promises to")
	case len(iss) == 0:
		return nil
	case len(iss) > 1 || len(iss[0]) > maxIss:
		return wrong
	case ends.issuer != "" && p.kind.issuerOf == nil && iss[0] != ends.issuer:
		return wrong
	case ends.issuer != "" && p.kind.issuerOf == nil:
		return nil
	}
	u, err := url.Parse(iss[0])
	if err != nil || hostPort(u) != hostOf(ends.auth) {
		return wrong
	}
	return nil
}

// providerError is the provider's refusal in our words (RFC 6749 §4.1.2.1,
// OpenID Connect Core §3.1.2.6). Its own text is never kept.
func providerError(said []string) *Failure {
	if len(said) != 1 {
		return fail(event.ReasonCallbackMalformed, "the callback carries several errors")
	}
	switch said[0] {
	case "access_denied":
		return fail(event.ReasonDeniedByUser, "the person or the provider said no")
	case "login_required":
		return fail(event.ReasonLoginRequired, "the provider wants the person to sign in there")
	case "consent_required":
		return fail(event.ReasonConsentRequired, "the provider wants the person's consent")
	case "interaction_required", "account_selection_required":
		return fail(event.ReasonInteractionRequired, "the provider wants to ask the person something")
	case "temporarily_unavailable", "server_error":
		return fail(event.ReasonProviderHTTPError, "the provider says that it cannot answer now")
	}
	return fail(event.ReasonCallbackMalformed, "the provider answered with an error of its own")
}

func unprintable(r rune) bool { return r < 0x20 || r == 0x7f }
