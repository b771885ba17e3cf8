package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/netip"
	"time"

	"gatebook/db/event"
)

// Session is one browser's signed-in state. Family is the id of the session
// that it grew from by renewal, so that a renewal is not a stranger.
type Session struct {
	ID         ID
	AccountID  ID
	IdentityID ID // the identity that signed it in
	Family     ID
	ProvedAt   time.Time // last completed round trip with an identity of the account
	CreatedAt  time.Time
	ExpiresAt  time.Time

	IP         netip.Addr
	UserAgent  string
	LastSeenAt time.Time
}

// NewToken makes a session token of 256 random bits, in URL-safe base64.
func NewToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// TokenHash is the form in which a token is stored, so that a copied database
// holds no live session. It is the hash that scs makes of a token.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// StartSession adds a session under its token's hash. A zero Family makes it
// the first of its own.
func (tx *Tx) StartSession(tokenHash string, s Session) (Session, error) {
	s.ID, s.CreatedAt, s.LastSeenAt = tx.NewID(), tx.now, tx.now
	if s.Family == 0 {
		s.Family = s.ID
	}
	data, err := encodeSession(s)
	if err != nil {
		return s, err
	}
	_, err = tx.exec(`
		INSERT INTO sessions (id, token_hash, account_id, identity_id, data, ip, user_agent, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
		s.ID, tokenHash, s.AccountID, s.IdentityID, data, ipBytes(s.IP), s.UserAgent, Micros(tx.now), Micros(s.ExpiresAt))
	return s, err
}

// EndSession ends a live session; ErrEnded if it has ended before.
func (tx *Tx) EndSession(ctx context.Context, id ID, why event.Reason) error {
	hash, err := one(ctx, tx, scanText, `
		UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE id = $3 AND ended_at = 0 RETURNING token_hash`, Micros(tx.now), why, id)
	if errors.Is(err, ErrNotFound) {
		return ErrEnded
	}
	tx.forgetSession(hash)
	return err
}

// EndedSession is a session that one of the End methods has just ended.
type EndedSession struct {
	ID   ID
	hash string
}

// EndSessionsBornOf ends the live sessions that an identity signed in.
func (tx *Tx) EndSessionsBornOf(ctx context.Context, account, identity ID, why event.Reason) ([]EndedSession, error) {
	ended, err := many(ctx, tx, scanEnded, `
		UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE account_id = $3 AND identity_id = $4 AND ended_at = 0 RETURNING id, token_hash`,
		Micros(tx.now), why, account, identity)
	return tx.forgetEnded(ended), err
}

// EndSessionsOf ends every live session of an account.
func (tx *Tx) EndSessionsOf(ctx context.Context, account ID, why event.Reason) ([]EndedSession, error) {
	ended, err := many(ctx, tx, scanEnded, `
		UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE account_id = $3 AND ended_at = 0 RETURNING id, token_hash`, Micros(tx.now), why, account)
	return tx.forgetEnded(ended), err
}

// EndSessionsOver ends the oldest live sessions of an account beyond keep.
func (tx *Tx) EndSessionsOver(ctx context.Context, account ID, keep int, why event.Reason) ([]EndedSession, error) {
	ended, err := many(ctx, tx, scanEnded, `
		UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE account_id = $3 AND ended_at = 0 AND id NOT IN (
			SELECT id FROM sessions WHERE account_id = $3 AND ended_at = 0 ORDER BY id DESC LIMIT $4)
		RETURNING id, token_hash`, Micros(tx.now), why, account, keep)
	return tx.forgetEnded(ended), err
}

func (tx *Tx) forgetEnded(ended []EndedSession) []EndedSession {
	for _, e := range ended {
		tx.forgetSession(e.hash)
	}
	return ended
}

func (tx *Tx) forgetSession(hash string) {
	live := tx.w.store.live
	tx.AfterCommit(func() { live.forget(hash) })
}

func scanText(s scanner) (string, error) {
	var text string
	return text, s.Scan(&text)
}

func scanEnded(s scanner) (EndedSession, error) {
	var e EndedSession
	return e, s.Scan(&e.ID, &e.hash)
}

// SweepSessions deletes sessions that expired or ended before an instant, at
// most limit of them, and says how many.
func (tx *Tx) SweepSessions(before time.Time, limit int) (int64, error) {
	return tx.exec(`
		DELETE FROM sessions WHERE id IN (
			SELECT id FROM sessions WHERE expires_at < $1 OR (ended_at <> 0 AND ended_at < $1) LIMIT $2)`,
		Micros(before), limit)
}

// CountSessions counts the sessions that are live now.
func (s *Store) CountSessions(ctx context.Context) (int64, error) {
	return one(ctx, s, scanInt,
		`SELECT count(*) FROM sessions WHERE ended_at = 0 AND expires_at > $1`, Micros(s.Now()))
}

// ipBytes is an address in 16 bytes, IPv4 as mapped; none is empty.
func ipBytes(ip netip.Addr) []byte {
	if !ip.IsValid() {
		return []byte{}
	}
	b := ip.WithZone("").As16()
	return b[:]
}

func ipFrom(b []byte) netip.Addr {
	ip, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.Addr{}
	}
	return ip.Unmap()
}
