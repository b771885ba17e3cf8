package practice

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// discovery is the metadata of OIDC Discovery §3 and RFC 8414.
func (p *provider) discovery(w http.ResponseWriter, r *http.Request, f change) {
	meta := map[string]any{
		"issuer":                                         p.base,
		"authorization_endpoint":                         p.base + "/authorize",
		"token_endpoint":                                 p.base + "/token",
		"userinfo_endpoint":                              p.base + "/userinfo",
		"jwks_uri":                                       p.base + "/jwks",
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"scopes_supported":                               []string{"openid", "profile", "email"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"prompt_values_supported":                        []string{"none", "login", "consent", "select_account"},
		"authorization_response_iss_parameter_supported": true,
		"claims_parameter_supported":                     false,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false, // absent would mean true
		"claims_supported": []string{"iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "at_hash",
			"email", "email_verified", "name", "preferred_username", "picture"},
	}
	f.metadata.apply(meta)
	writeJSON(w, http.StatusOK, meta)
}

// jwks is the public half of the signing key (RFC 7517 §5).
func (p *provider) jwks(w http.ResponseWriter, r *http.Request, f change) {
	key, err := p.key()
	if err != nil {
		serverError(w)
		return
	}
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.jwk.Public()}})
}

// token exchanges a code (RFC 6749 §4.1.3) for an access token and an ID token.
func (p *provider) token(w http.ResponseWriter, r *http.Request, f change) {
	form, no := readForm(w, r)
	if no == nil {
		no = p.authenticate(r, form)
	}
	if no == nil && form.Get("grant_type") != "authorization_code" {
		no = &refusal{"unsupported_grant_type", "only authorization_code is served"}
	}
	if no != nil {
		refuseToken(w, r, no)
		return
	}
	g, err := p.redeem(form, f)
	if err != nil {
		refuseToken(w, r, &refusal{"invalid_grant", err.Error()})
		return
	}
	p.writeTokens(w, g, f)
}

func (p *provider) writeTokens(w http.ResponseWriter, g grant, f change) {
	idToken, err := p.idToken(g, f)
	if err != nil {
		serverError(w)
		return
	}
	reply := map[string]any{
		"access_token": g.token,
		"token_type":   "Bearer",
		"expires_in":   int(tokenLife.Seconds()),
		"scope":        strings.Join(scopes(g.scope), " "),
		"id_token":     idToken,
	}
	f.reply.apply(reply)
	writeJSON(w, http.StatusOK, reply)
}

// userinfo answers the bearer of an access token (OIDC Core §5.3).
func (p *provider) userinfo(w http.ResponseWriter, r *http.Request, f change) {
	held, ok := p.srv.ledger.pass(bearer(r), p.clientID)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims := p.personClaims(held.who, held.scope)
	claims["sub"] = held.who.subject(p.ID)
	f.profile.apply(claims)
	writeJSON(w, http.StatusOK, claims)
}

// bearer is the token of an Authorization header; GitHub's own word "token" is
// a bearer too.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "token") {
		return strings.TrimSpace(token)
	}
	return ""
}

// scopes reads a scope parameter, each scope once and in its order; GitHub's
// clients part them by commas too.
func scopes(scope string) []string {
	var list []string
	for word := range strings.FieldsFuncSeq(scope, func(c rune) bool { return c == ' ' || c == ',' }) {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		serverError(w)
		return
	}
	writeReply(w, status, "application/json; charset=utf-8", text)
}

// writeReply sends an answer that no cache may keep (RFC 6749 §5.1).
func writeReply(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away misses nothing
}

func serverError(w http.ResponseWriter) {
	http.Error(w, "the practice provider failed", http.StatusInternalServerError)
}
