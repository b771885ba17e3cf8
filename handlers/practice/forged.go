package practice

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// sealSpoilt signs rightly and then turns one bit of the signature over.
func sealSpoilt(p *provider, payload []byte) (string, error) {
	signed, err := p.sign(payload)
	if err != nil {
		return "", err
	}
	cut := strings.LastIndexByte(signed, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(signed[cut:])
	if err != nil {
		return "", fmt.Errorf("own signature: %w", err)
	}
	signature[0] ^= 1
	return signed[:cut] + base64.RawURLEncoding.EncodeToString(signature), nil
}

// sealNone leaves the token unsigned (RFC 7519 §6), which no client may accept.
func sealNone(_ *provider, payload []byte) (string, error) {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + ".", nil
}

// sealSecret signs with HMAC over the client secret, for clients that let the
// token choose its algorithm.
func sealSecret(p *provider, payload []byte) (string, error) {
	return seal(jose.HS256, []byte(p.clientSecret), payload)
}

// sealKeyID signs with the real key under another key id.
func sealKeyID(id string) func(*provider, []byte) (string, error) {
	return func(p *provider, payload []byte) (string, error) {
		key, err := p.key()
		if err != nil {
			return "", err
		}
		named := key.jwk
		named.KeyID = id
		return seal(jose.RS256, named, payload)
	}
}
