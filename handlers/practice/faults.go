package practice

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// faults is the table of what each fault changes. Those marked (fine) are odd
// but allowed: a client has to accept them.
var faults = map[Fault]change{
	// The answer to an authorization request.
	"iss-wrong":     {about: "the redirect names another issuer", redirect: answering("iss", "https://evil.example")},
	"iss-missing":   {about: "the redirect names no issuer though the metadata promise it", redirect: withholding("iss")},
	"state-wrong":   {about: "the redirect has another state", redirect: answering("state", "another"), forge: true},
	"state-missing": {about: "the redirect has no state", redirect: withholding("state"), forge: true},

	// Metadata and keys.
	"discovery-issuer-mismatch": {about: "the metadata name another issuer", metadata: set("issuer", "https://evil.example")},
	"discovery-500":             {about: "the metadata fail", at: atDiscovery, takeOver: failing},
	"discovery-garbage":         {about: "the metadata are broken JSON", at: atDiscovery, takeOver: garbage},
	"jwks-500":                  {about: "the keys fail", at: atJWKS, takeOver: failing},
	"jwks-empty":                {about: "there are no keys", at: atJWKS, takeOver: saying("application/json", `{"keys":[]}`)},

	// The token endpoint.
	"token-slow":       {about: "the token endpoint holds the request until its client leaves or the fault is lifted", at: atToken, takeOver: holding},
	"token-500":        {about: "the token endpoint fails", at: atToken, takeOver: failing},
	"token-redirect":   {about: "the token endpoint answers 307 to itself; a client that follows is counted again", at: atToken, takeOver: redirecting},
	"token-garbage":    {about: "the token reply is broken JSON", at: atToken, takeOver: garbage},
	"token-huge":       {about: "the token reply is 256 MiB", at: atToken, takeOver: huge},
	"token-html":       {about: "the token reply is a web page", at: atToken, takeOver: saying("text/html", "<h1>Sorry</h1>")},
	"token-type-case":  {about: "token_type is BEARER (fine)", reply: set("token_type", "BEARER")},
	"expires-missing":  {about: "expires_in is left out (fine)", reply: unset("expires_in")},
	"id-token-missing": {about: "there is no ID token", reply: unset("id_token")},
	"id-token-number":  {about: "the ID token is a number", reply: set("id_token", 7)},
	"id-token-garbage": {about: "the ID token is no JWT", reply: set("id_token", "not.a.jwt")},
	"pkce-skip":        {about: "any code_verifier will do", pkce: func(string, string) bool { return true }, forge: true},
	"pkce-refuse":      {about: "no code_verifier will do", pkce: func(string, string) bool { return false }, forge: true},

	// The ID token's signature.
	"bad-sig":     {about: "the signature is not the key's", seal: sealSpoilt},
	"alg-none":    {about: "the ID token is unsigned, alg none", seal: sealNone},
	"alg-hs256":   {about: "the ID token is signed with the client secret", seal: sealSecret},
	"kid-unknown": {about: "the ID token names a key that is not published", seal: sealKeyID("unknown")},
	"kid-absent":  {about: "the ID token names no key (fine, there is one)", seal: sealKeyID("")},

	// The ID token's claims.
	"invalid-iss":           {about: "iss is another issuer", claims: set("iss", "https://evil.example")},
	"missing-iss":           {about: "iss is missing", claims: unset("iss")},
	"invalid-aud":           {about: "aud is another client", claims: set("aud", "another-client")},
	"missing-aud":           {about: "aud is missing", claims: unset("aud")},
	"aud-array-ok":          {about: "aud is a list of one (fine)", claims: func(m map[string]any) { m["aud"] = []any{m["aud"]} }},
	"aud-extra-untrusted":   {about: "aud has a second, unknown audience", claims: func(m map[string]any) { m["aud"] = []any{m["aud"], "another-client"} }},
	"azp-wrong":             {about: "azp is another client", claims: set("azp", "another-client")},
	"nonce-invalid":         {about: "the nonce is another", claims: set("nonce", "another")},
	"nonce-missing":         {about: "the nonce is missing", claims: unset("nonce")},
	"missing-sub":           {about: "sub is missing", claims: unset("sub")},
	"sub-empty":             {about: "sub is empty", claims: set("sub", "")},
	"sub-number":            {about: "sub is a number", claims: set("sub", 7)},
	"sub-300":               {about: "sub is 300 bytes long", claims: set("sub", strings.Repeat("s", 300))},
	"exp-missing":           {about: "exp is missing", claims: unset("exp")},
	"exp-past":              {about: "exp was an hour ago", claims: relative("exp", "iat", -time.Hour)},
	"exp-string":            {about: "exp is a text", claims: func(m map[string]any) { m["exp"] = fmt.Sprint(m["exp"]) }},
	"iat-missing":           {about: "iat is missing", claims: unset("iat")},
	"iat-future":            {about: "iat is in an hour", claims: relative("iat", "iat", time.Hour)},
	"nbf-future":            {about: "nbf is in an hour", claims: relative("nbf", "iat", time.Hour)},
	"at-hash-wrong":         {about: "at_hash belongs to another access token", claims: set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
	"auth-time-stale":       {about: "auth_time was an hour ago", claims: relative("auth_time", "auth_time", -time.Hour)},
	"auth-time-missing":     {about: "auth_time is missing", claims: unset("auth_time")},
	"email-verified-string": {about: "email_verified is the text false", claims: set("email_verified", "false")},
	"email-array":           {about: "email is a list", claims: set("email", []string{"ada@example.org"})},

	// The userinfo endpoint; Forge's /api/v3/user.
	"userinfo-500":          {about: "userinfo fails", at: atUserinfo, takeOver: failing},
	"userinfo-slow":         {about: "userinfo holds the request until its client leaves or the fault is lifted", at: atUserinfo, takeOver: holding},
	"userinfo-trickle":      {about: "userinfo sends a byte every tenth of a second", at: atUserinfo, takeOver: trickling},
	"userinfo-huge":         {about: "userinfo is 256 MiB", at: atUserinfo, takeOver: huge},
	"userinfo-redirect":     {about: "userinfo answers 307 to itself; a client that follows is counted again", at: atUserinfo, takeOver: redirecting},
	"userinfo-garbage":      {about: "userinfo is broken JSON", at: atUserinfo, takeOver: garbage},
	"userinfo-array":        {about: "userinfo is an array", at: atUserinfo, takeOver: saying("application/json", "[]")},
	"userinfo-html":         {about: "userinfo is a web page", at: atUserinfo, takeOver: saying("text/html", "<h1>Sorry</h1>")},
	"userinfo-empty":        {about: "userinfo is an empty object", at: atUserinfo, takeOver: saying("application/json", "{}")},
	"userinfo-sub-mismatch": {about: "userinfo is somebody else's", profile: set("sub", "somebody-else")},
	"userinfo-sub-missing":  {about: "userinfo has no sub; Forge's user no id", profile: unset("sub", "id"), forge: true},
	"userinfo-email-lifted": {about: "the ID token calls the address unverified, userinfo verified", claims: set("email_verified", false), profile: set("email_verified", true)},
}

func set(name string, value any) edit[map[string]any] {
	return func(m map[string]any) { m[name] = value }
}

func unset(names ...string) edit[map[string]any] {
	return func(m map[string]any) {
		for _, name := range names {
			delete(m, name)
		}
	}
}

// relative sets one time by another of the same claims.
func relative(name, to string, by time.Duration) edit[map[string]any] {
	return func(m map[string]any) { m[name] = m[to].(int64) + int64(by.Seconds()) }
}

func answering(name, value string) edit[url.Values] {
	return func(q url.Values) { q.Set(name, value) }
}

func withholding(name string) edit[url.Values] {
	return func(q url.Values) { q.Del(name) }
}

func saying(contentType, body string) func(http.ResponseWriter, *http.Request, <-chan struct{}) {
	return func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		writeReply(w, http.StatusOK, contentType, []byte(body))
	}
}

var garbage = saying("application/json", `{"access_token": "x`+"\x00\xff")

func failing(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) { serverError(w) }

func redirecting(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
	http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
}

// holding reads the body first: only then does the server notice that a client
// has gone.
func holding(w http.ResponseWriter, r *http.Request, lifted <-chan struct{}) {
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody))
	select {
	case <-r.Context().Done():
	case <-lifted:
		http.Error(w, "held back for long", http.StatusServiceUnavailable)
	}
}
