package practice

import (
	"errors"
	"sync"
	"time"
)

// Bounds of what the providers remember.
const (
	maxKept   = 10_000           // codes, and tokens; the oldest give way
	codeLife  = 60 * time.Second // RFC 6749 §4.1.2 asks for a short one
	tokenLife = 10 * time.Minute
)

// Why a code was not redeemed. OpenID providers say invalid_grant to all of
// them; Forge has its own words.
var (
	errCode     = errors.New("the code is unknown, expired or already used")
	errRedirect = errors.New("the redirect_uri is not the one of the authorization request")
	errVerifier = errors.New("the code_verifier does not fit the code_challenge")
)

// grant is what one authorization code stands for.
type grant struct {
	clientID    string
	redirectURI string
	challenge   string // "" where Forge was asked without PKCE
	nonce       string
	scope       string
	who         person
	authTime    time.Time
	expires     time.Time
	spent       bool
	token       string // handed out for it, to be revoked if it comes again
}

// pass is what one access token allows.
type pass struct {
	clientID string
	scope    string
	who      person
	expires  time.Time
}

// ledger keeps the codes and tokens of all three providers; both are bound to
// a client, and so to its provider.
type ledger struct {
	now    func() time.Time
	mu     sync.Mutex
	codes  *shelf[*grant]
	passes *shelf[pass]
}

func newLedger(now func() time.Time) *ledger {
	return &ledger{now: now, codes: newShelf[*grant](maxKept), passes: newShelf[pass](maxKept)}
}

// issue files a grant and returns its code.
func (l *ledger) issue(g grant) string {
	code := newSecret()
	l.mu.Lock()
	defer l.mu.Unlock()
	g.expires = g.authTime.Add(codeLife)
	l.codes.put(code, &g)
	return code
}

// redemption is a token request whose client has proved itself.
type redemption struct {
	code, clientID, redirectURI, verifier string
	pkce                                  func(challenge, verifier string) bool
}

// redeem turns a code into an access token, once: the first try of its own
// client uses it up even where the try fails, and a second try also revokes the
// token of the first (RFC 6749 §4.1.2). Another client's try changes nothing.
func (l *ledger) redeem(r redemption) (grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, ok := l.codes.get(r.code)
	if !ok || g.clientID != r.clientID {
		return grant{}, errCode
	}
	if g.spent {
		l.passes.drop(g.token)
		return grant{}, errCode
	}
	g.spent = true
	if err := r.fits(g, l.now()); err != nil {
		return grant{}, err
	}
	g.token = newSecret()
	l.passes.put(g.token, pass{clientID: g.clientID, scope: g.scope, who: g.who, expires: l.now().Add(tokenLife)})
	return *g, nil
}

func (r redemption) fits(g *grant, now time.Time) error {
	switch {
	case !now.Before(g.expires):
		return errCode
	case r.redirectURI != g.redirectURI:
		return errRedirect
	case !r.pkce(g.challenge, r.verifier):
		return errVerifier
	}
	return nil
}

// pass finds a live access token of the client.
func (l *ledger) pass(token, clientID string) (pass, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.passes.get(token)
	if !ok || found.clientID != clientID || !l.now().Before(found.expires) {
		return pass{}, false
	}
	return found, true
}

// shelf holds a bounded number of values by key; a new one takes the place of
// the oldest. Its owner locks.
type shelf[T any] struct {
	items map[string]T
	ring  []string // keys in the order of their coming
	next  int
}

func newShelf[T any](size int) *shelf[T] {
	return &shelf[T]{items: make(map[string]T), ring: make([]string, size)}
}

func (s *shelf[T]) get(key string) (T, bool) {
	v, ok := s.items[key]
	return v, ok
}

func (s *shelf[T]) drop(key string) { delete(s.items, key) }

func (s *shelf[T]) put(key string, v T) {
	delete(s.items, s.ring[s.next])
	s.ring[s.next] = key
	s.items[key] = v
	s.next = (s.next + 1) % len(s.ring)
}
