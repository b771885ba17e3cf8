package practice

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// forgeErrors puts refusals into GitHub's words.
var forgeErrors = map[string]string{
	"invalid_client":         "incorrect_client_credentials",
	"unsupported_grant_type": "unsupported_grant_type",
	"invalid_request":        "invalid_request",
}

// forgeToken exchanges a code as GitHub does: a form or, where Accept asks for
// it, JSON, and status 200 even for an error.
func (p *provider) forgeToken(w http.ResponseWriter, r *http.Request, f change) {
	form, no := readForm(w, r)
	if no == nil {
		no = p.authenticate(r, form)
	}
	if kind := form.Get("grant_type"); no == nil && kind != "" && kind != "authorization_code" {
		no = &refusal{"unsupported_grant_type", "only authorization_code is served"}
	}
	if no != nil {
		refuseForge(w, r, forgeErrors[no.code], no.text)
		return
	}
	g, err := p.redeem(form, f)
	switch {
	case errors.Is(err, errRedirect):
		refuseForge(w, r, "redirect_uri_mismatch", err.Error())
	case err != nil:
		refuseForge(w, r, "bad_verification_code", err.Error())
	default:
		writeForge(w, r, map[string]string{
			"access_token": g.token,
			"token_type":   "bearer",
			"scope":        strings.Join(scopes(g.scope), ","),
		})
	}
}

func refuseForge(w http.ResponseWriter, r *http.Request, code, text string) {
	writeForge(w, r, map[string]string{"error": code, "error_description": text})
}

func writeForge(w http.ResponseWriter, r *http.Request, reply map[string]string) {
	if strings.Contains(r.Header.Get("Accept"), "json") {
		writeJSON(w, http.StatusOK, reply)
		return
	}
	form := url.Values{}
	for name, value := range reply {
		form.Set(name, value)
	}
	writeReply(w, http.StatusOK, "application/x-www-form-urlencoded; charset=utf-8", []byte(form.Encode()))
}

// forgeBearer finds who asks the API, and answers for itself where nobody may.
func (p *provider) forgeBearer(w http.ResponseWriter, r *http.Request) (pass, bool) {
	held, ok := p.srv.ledger.pass(bearer(r), p.clientID)
	if !ok {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return pass{}, false
	}
	w.Header().Set("X-OAuth-Scopes", strings.Join(scopes(held.scope), ", "))
	return held, true
}

// forgeUser is the person's public profile. E-mail addresses are private here,
// so the one in the profile is always null.
func (p *provider) forgeUser(w http.ResponseWriter, r *http.Request, f change) {
	held, ok := p.forgeBearer(w, r)
	if !ok {
		return
	}
	who := held.who
	reply := map[string]any{
		"id":         who.number,
		"login":      who.Handle,
		"name":       who.Name,
		"avatar_url": p.avatarURL(who),
		"email":      nil,
		"type":       "User",
		"site_admin": false,
	}
	f.profile.apply(reply)
	writeJSON(w, http.StatusOK, reply)
}

// forgeEmails lists the person's addresses to a token with the scope for it,
// and is not there for any other.
func (p *provider) forgeEmails(w http.ResponseWriter, r *http.Request, f change) {
	held, ok := p.forgeBearer(w, r)
	if !ok {
		return
	}
	asked := scopes(held.scope)
	if !slices.Contains(asked, "user") && !slices.Contains(asked, "user:email") {
		writeJSON(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
		return
	}
	type address struct {
		Email      string `json:"email"`
		Primary    bool   `json:"primary"`
		Verified   bool   `json:"verified"`
		Visibility string `json:"visibility"`
	}
	list := []address{}
	if who := held.who; who.Email != "" {
		list = append(list, address{Email: who.Email, Primary: true, Verified: who.Verified, Visibility: "private"})
	}
	writeJSON(w, http.StatusOK, list)
}
