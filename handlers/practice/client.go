package practice

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
)

// readForm reads a token request: one form in the body, nothing from the query
// (RFC 6749 §3.2), no parameter twice.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *refusal) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		return nil, &refusal{"invalid_request", "the body is not a form"}
	}
	for _, values := range r.PostForm {
		if len(values) > 1 {
			return nil, &refusal{"invalid_request", "a parameter is repeated"}
		}
	}
	return r.PostForm, nil
}

// authenticate checks the client by client_secret_basic or client_secret_post,
// never both at once (RFC 6749 §2.3).
func (p *provider) authenticate(r *http.Request, form url.Values) *refusal {
	id, secret, basic := r.BasicAuth()
	if basic && form.Has("client_secret") {
		return &refusal{"invalid_request", "the client proves itself twice"}
	}
	if basic {
		id, secret = unescape(id), unescape(secret)
	} else {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if !same(id, p.clientID) || !same(secret, p.clientSecret) {
		return &refusal{"invalid_client", "client_id or client_secret is wrong"}
	}
	return nil
}

// unescape undoes the form encoding of a Basic credential (RFC 6749 §2.3.1);
// what is not encoded right is nobody's.
func unescape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		return ""
	}
	return plain
}

// same compares in a time that tells nothing, not even the length.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// redeem hands the code of a token request to the ledger.
func (p *provider) redeem(form url.Values, f change) (grant, error) {
	pkce := verifierFits
	if f.pkce != nil {
		pkce = f.pkce
	}
	return p.srv.ledger.redeem(redemption{
		code:        form.Get("code"),
		clientID:    p.clientID,
		redirectURI: form.Get("redirect_uri"),
		verifier:    form.Get("code_verifier"),
		pkce:        pkce,
	})
}

// verifierFits is RFC 7636 §4.6. A verifier without a challenge is refused as
// well: somebody has taken the challenge out of the request (RFC 9700 §2.1.1).
func verifierFits(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return same(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

// refuseToken is the error reply of RFC 6749 §5.2.
func refuseToken(w http.ResponseWriter, r *http.Request, no *refusal) {
	status := http.StatusBadRequest
	if no.code == "invalid_client" {
		status = http.StatusUnauthorized
		if _, _, basic := r.BasicAuth(); basic {
			w.Header().Set("WWW-Authenticate", `Basic realm="practice"`)
		}
	}
	writeJSON(w, status, map[string]string{"error": no.code, "error_description": no.text})
}
