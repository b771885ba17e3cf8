package providers

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"gatebook/db/event"

	"github.com/coreos/go-oidc/v3/oidc"
)

// skew is how far the provider's clock may be from ours.
const skew = 60 * time.Second

// expSkew is smaller: goth asks the same of exp a moment later and allows ten
// seconds.
const expSkew = 10 * time.Second

// watchedKeys stands between go-oidc and the keys, to keep what the keys said:
// go-oidc's own errors are text.
type watchedKeys struct {
	keys    oidc.KeySet
	asked   bool
	payload []byte
	err     error
}

// VerifySignature asks the keys and remembers their answer.
func (w *watchedKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	w.asked = true
	w.payload, w.err = w.keys.VerifySignature(ctx, jwt)
	return w.payload, w.err
}

// verifyIDToken checks an ID token (OpenID Connect Core §3.1.3.7): first
// go-oidc, with the provider's keys, then what go-oidc leaves to its caller.
// Both must agree. The error is a *Failure that names the check.
func (p *Provider) verifyIDToken(ctx context.Context, ends endpoints, t tokenReply, r Return) (claims, error) {
	if t.id == "" {
		return nil, fail(event.ReasonIDTokenMissing, "the token reply holds no ID token")
	}
	header, ok := jwtHeader(t.id)
	if !ok {
		return nil, failCheck("format", "the ID token is not a compact JWS")
	}
	now := p.shared.now()
	keys := &watchedKeys{keys: ends.keys.set}
	token, err := oidc.NewVerifier(ends.issuer, keys, &oidc.Config{
		ClientID:             p.cfg.ClientID,
		SupportedSigningAlgs: ends.algs,
		SkipIssuerCheck:      p.kind.issuerOf != nil, // idCheck makes it
		Now:                  func() time.Time { return now.Add(-expSkew) },
	}).Verify(ctx, t.id)
	if err := keys.failure(ctx, ends, header); err != nil {
		return nil, err
	}
	said, ok := decodeObject(keys.payload)
	if !ok {
		return nil, failCheck("format", "the ID token's claims are not a JSON object")
	}
	c := idCheck{
		claims: said, now: now, r: r, client: p.cfg.ClientID,
		issuers: []string{ends.issuer}, token: token, refused: err != nil, access: t.access,
		audiences: p.cfg.Audiences, nonceless: p.kind.nonceless,
	}
	if p.kind.issAlias != "" {
		c.issuers = append(c.issuers, p.kind.issAlias)
	}
	if p.kind.issuerOf != nil {
		issuer, err := p.kind.issuerOf(p.cfg, said)
		if err != nil {
			return nil, err
		}
		c.issuers = []string{issuer}
	}
	return said, c.run()
}

// failure is why the signature was not proved, nil when it was.
func (w *watchedKeys) failure(ctx context.Context, ends endpoints, header claims) error {
	var f *Failure
	switch {
	case w.asked && w.err == nil && ends.keys.knows(header.text("kid")):
		return nil
	case w.asked && w.err == nil:
		// go-oidc answers those who wait for new keys before it forgets the old
		// ones; the keyring has the new ones first.
		return failCheck("kid", "the ID token is signed with a key that the provider shows no more")
	case !w.asked && !slices.Contains(ends.algs, header.text("alg")):
		return failCheck("alg", "the ID token is signed in a way that is not accepted")
	case !w.asked:
		return failCheck("format", "the ID token is not a signed token")
	case errors.As(w.err, &f):
		return f
	case ctx.Err() != nil:
		return classify(ctx, w.err)
	case !ends.keys.knows(header.text("kid")):
		return failCheck("kid", "the ID token is signed with a key that the provider does not show")
	}
	return failCheck("signature", "the ID token's signature is wrong")
}

// jwtHeader reads the header of a compact JWS. go-jose would also take the
// JSON form, which no token endpoint sends. Nothing of the header is trusted:
// it only names the check that failed.
func jwtHeader(raw string) (claims, bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return nil, false
	}
	return decodeObject(text)
}
