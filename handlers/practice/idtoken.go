package practice

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// idTokenLife is how long an ID token may be used.
const idTokenLife = 5 * time.Minute

// signingKey is the RSA key of one OpenID provider.
type signingKey struct{ jwk jose.JSONWebKey }

// newSigningKey returns a function that makes the key when it is first asked
// for, since it costs some hundred milliseconds and many Servers never sign.
func newSigningKey() func() (*signingKey, error) {
	return sync.OnceValues(func() (*signingKey, error) {
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		jwk := jose.JSONWebKey{Key: private, Algorithm: string(jose.RS256), Use: "sig"}
		thumb, err := jwk.Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("signing key id: %w", err)
		}
		jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
		return &signingKey{jwk: jwk}, nil
	})
}

// idToken says who signed in (OIDC Core §2), signed with RS256 unless the fault
// seals it otherwise.
func (p *provider) idToken(g grant, f change) (string, error) {
	claims := p.personClaims(g.who, g.scope)
	now := p.srv.opts.Now()
	claims["iss"], claims["aud"], claims["sub"] = p.base, p.clientID, g.who.subject(p.ID)
	claims["iat"], claims["exp"] = now.Unix(), now.Add(idTokenLife).Unix()
	claims["auth_time"] = g.authTime.Unix()
	claims["at_hash"] = atHash(g.token)
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	f.claims.apply(claims)
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("id token: %w", err)
	}
	if f.seal != nil {
		return f.seal(p, payload)
	}
	return p.sign(payload)
}

// personClaims are the claims that the scopes ask for (OIDC Core §5.4).
func (p *provider) personClaims(who person, scope string) map[string]any {
	claims := map[string]any{}
	asked := scopes(scope)
	if slices.Contains(asked, "email") && who.Email != "" {
		claims["email"], claims["email_verified"] = who.Email, who.Verified
	}
	if slices.Contains(asked, "profile") {
		claims["name"], claims["preferred_username"] = who.Name, who.Handle
		claims["picture"] = p.avatarURL(who)
	}
	return claims
}

// atHash binds the ID token to its access token (OIDC Core §3.1.3.6).
func atHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func (p *provider) sign(payload []byte) (string, error) {
	key, err := p.key()
	if err != nil {
		return "", err
	}
	return seal(jose.RS256, key.jwk, payload)
}

func seal(alg jose.SignatureAlgorithm, key any, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("signer: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}
