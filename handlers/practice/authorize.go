package practice

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds the body of any request, in bytes; maxParam one parameter of
// an authorization request, since a code remembers some of them.
const (
	maxBody  = 64 << 10
	maxParam = 2048
)

// refusal is an OAuth error: an RFC 6749 §4.1.2.1 or §5.2 code and a sentence.
type refusal struct{ code, text string }

// authorize shows the page of personas, or answers the client where the request
// carries the pressed button. Both methods are served (OIDC Core §3.1.2.1).
func (p *provider) authorize(w http.ResponseWriter, r *http.Request, f change) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		p.showProblem(w, "The request could not be read.")
		return
	}
	if problem := p.distrust(r.Form); problem != "" {
		p.showProblem(w, problem)
		return
	}
	if no := p.refuse(r.Form); no != nil {
		p.sendBack(w, r, f, url.Values{"error": {no.code}, "error_description": {no.text}})
		return
	}
	p.answer(w, r, f)
}

// distrust says why the client's address cannot be believed. Until it can,
// nothing is ever sent there (RFC 6749 §3.1.2.4).
func (p *provider) distrust(q url.Values) string {
	switch redirect := q["redirect_uri"]; {
	case len(q["client_id"]) != 1 || q.Get("client_id") != p.clientID:
		return "The app that sent you here is not known: its client_id is missing or wrong."
	case len(redirect) != 1 || !slices.Contains(p.srv.opts.RedirectURIs(p.ID), redirect[0]):
		return "The app wants you sent to an address that it never registered: its redirect_uri is missing or wrong."
	}
	if _, err := url.Parse(q.Get("redirect_uri")); err != nil {
		return "The app registered an address that cannot be read."
	}
	return ""
}

// refuse is what is wrong with a request of a trusted client, or nil.
func (p *provider) refuse(q url.Values) *refusal {
	for name, values := range q {
		if len(values) != 1 || len(values[0]) > maxParam {
			return &refusal{"invalid_request", "a parameter is repeated or too long"}
		}
		if name == "request" || name == "request_uri" {
			return &refusal{name + "_not_supported", "request objects are not served"}
		}
	}
	return p.check(q)
}

// checkOIDC holds an authorization request to OIDC Core §3.1.2.1, and to PKCE
// with S256, which these providers ask of everyone (RFC 7636 §4.4.1).
func checkOIDC(q url.Values) *refusal {
	switch {
	case q.Get("response_type") == "":
		return &refusal{"invalid_request", "response_type is missing"}
	case q.Get("response_type") != "code":
		return &refusal{"unsupported_response_type", "only response_type=code is served"}
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return &refusal{"invalid_request", "only response_mode=query is served"}
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return &refusal{"invalid_scope", "scope openid is missing"}
	}
	if no := checkChallenge(q); no != nil {
		return no
	}
	return checkPrompt(q)
}

// checkChallenge wants an S256 challenge: 43 characters of base64url.
func checkChallenge(q url.Values) *refusal {
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
		return &refusal{"invalid_request", "a code_challenge with method S256 is required"}
	}
	return nil
}

// checkPrompt reads prompt and max_age. Nobody stays signed in at a practice
// provider, so none always needs a login, and every auth_time is fresh.
func checkPrompt(q url.Values) *refusal {
	prompts := strings.Fields(q.Get("prompt"))
	for _, prompt := range prompts {
		if !slices.Contains([]string{"none", "login", "consent", "select_account"}, prompt) {
			return &refusal{"invalid_request", "an unknown prompt"}
		}
	}
	if age := q.Get("max_age"); age != "" {
		if n, err := strconv.Atoi(age); err != nil || n < 0 {
			return &refusal{"invalid_request", "max_age is not a number of seconds"}
		}
	}
	if !slices.Contains(prompts, "none") {
		return nil
	}
	if len(prompts) > 1 {
		return &refusal{"invalid_request", "prompt none stands alone"}
	}
	return &refusal{"login_required", "nobody is signed in here"}
}

// checkForge is GitHub's looser rule: PKCE is a choice, but S256 once chosen.
func checkForge(q url.Values) *refusal {
	if t := q.Get("response_type"); t != "" && t != "code" {
		return &refusal{"unsupported_response_type", "only response_type=code is served"}
	}
	if q.Has("code_challenge") || q.Has("code_challenge_method") {
		return checkChallenge(q)
	}
	return nil
}

// answer acts on the pressed button of an acceptable request.
func (p *provider) answer(w http.ResponseWriter, r *http.Request, f change) {
	persona := r.Form.Get("persona")
	who, known := findPerson(persona)
	switch {
	case persona == "":
		p.showPeople(w, r.Form)
	case persona == deny:
		p.sendBack(w, r, f, url.Values{"error": {"access_denied"}, "error_description": {"the person said no"}})
	case !known:
		p.showProblem(w, fmt.Sprintf("Nobody here is called %q.", persona))
	default:
		p.sendBack(w, r, f, url.Values{"code": {p.srv.ledger.issue(p.grantFor(who, r.Form))}})
	}
}

func (p *provider) grantFor(who person, q url.Values) grant {
	return grant{
		clientID:    p.clientID,
		redirectURI: q.Get("redirect_uri"),
		challenge:   q.Get("code_challenge"),
		nonce:       q.Get("nonce"),
		scope:       q.Get("scope"),
		who:         who,
		authTime:    p.srv.opts.Now(),
	}
}

// sendBack redirects to the client, whose address distrust has passed, with
// 303 so that a POST is never repeated there. An OpenID provider adds its name
// against mix-ups (RFC 9207).
func (p *provider) sendBack(w http.ResponseWriter, r *http.Request, f change, reply url.Values) {
	if state := r.Form["state"]; len(state) == 1 && state[0] != "" {
		reply.Set("state", state[0])
	}
	if p.Kind == kindOIDC {
		reply.Set("iss", p.base)
	}
	f.redirect.apply(reply)
	target, err := url.Parse(r.Form.Get("redirect_uri"))
	if err != nil { // distrust has parsed it already
		p.showProblem(w, "The app registered an address that cannot be read.")
		return
	}
	q := target.Query()
	for name := range reply {
		q.Set(name, reply.Get(name))
	}
	target.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}
