package db

import (
	"context"
	"time"
)

// Attempt is one started trip to a provider. Its secrets exist from the start
// until the callback that uses it, and nowhere else.
type Attempt struct {
	ID            ID
	StateHash     []byte // SHA-256 of the state parameter
	BrowserHash   []byte // SHA-256 of the browser's binding cookie
	Provider      string
	Intent        string
	AccountID     ID // who was signed in when it started, 0 for nobody
	SessionFamily ID
	ClaimHash     []byte
	ReturnPath    string
	Fresh         bool // a renewed sign-in was asked of the provider
	GothSession   string
	Verifier      string
	Nonce         string
	CreatedAt     time.Time
	ExpiresAt     time.Time
	UsedAt        time.Time // zero until its callback
}

const attemptColumns = `
	id,
	state_hash,
	browser_hash,
	provider,
	intent,
	account_id,
	session_family,
	claim_hash,
	return_path,
	fresh,
	goth_session,
	verifier,
	nonce,
	created_at,
	expires_at,
	used_at`

func scanAttempt(s scanner) (Attempt, error) {
	var a Attempt
	var created, expires, used int64
	err := s.Scan(&a.ID, &a.StateHash, &a.BrowserHash, &a.Provider, &a.Intent, &a.AccountID, &a.SessionFamily, &a.ClaimHash,
		&a.ReturnPath, &a.Fresh, &a.GothSession, &a.Verifier, &a.Nonce, &created, &expires, &used)
	a.CreatedAt, a.ExpiresAt, a.UsedAt = FromMicros(created), FromMicros(expires), FromMicros(used)
	return a, err
}

// InsertAttempt adds an attempt. Of one browser's unused attempts only the
// newest keep are left.
func (tx *Tx) InsertAttempt(a Attempt, keep int) (Attempt, error) {
	a.ID, a.CreatedAt = tx.NewID(), tx.now
	_, err := tx.exec(`
		INSERT INTO attempts (id, state_hash, browser_hash, provider, intent, account_id, session_family, claim_hash, return_path,
			fresh, goth_session, verifier, nonce, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.ID, a.StateHash, a.BrowserHash, a.Provider, a.Intent, a.AccountID, a.SessionFamily, blob(a.ClaimHash), a.ReturnPath,
		flag(a.Fresh), a.GothSession, a.Verifier, a.Nonce, Micros(a.CreatedAt), Micros(a.ExpiresAt))
	if err != nil {
		return a, err
	}
	_, err = tx.exec(`
		DELETE FROM attempts
		WHERE browser_hash = $1 AND used_at = 0 AND id NOT IN (
			SELECT id FROM attempts WHERE browser_hash = $1 AND used_at = 0 ORDER BY id DESC LIMIT $2)`,
		a.BrowserHash, keep)
	return a, err
}

// AttemptByState reads the attempt of a state parameter's hash.
func (tx *Tx) AttemptByState(ctx context.Context, hash []byte) (Attempt, error) {
	return one(ctx, tx, scanAttempt, `SELECT`+attemptColumns+` FROM attempts WHERE state_hash = $1`, hash)
}

// UseAttempt marks an attempt used and blanks its secrets; ErrNotFound if it
// was used before. The row stays until it is swept, so that a replay is told
// from a state that never was.
func (tx *Tx) UseAttempt(id ID) error {
	return tx.execOne(`
		UPDATE attempts SET used_at = $1, goth_session = '', verifier = '', nonce = ''
		WHERE id = $2 AND used_at = 0`, Micros(tx.now), id)
}

// SweepAttempts deletes attempts that expired before an instant, at most limit
// of them, and says how many.
func (tx *Tx) SweepAttempts(before time.Time, limit int) (int64, error) {
	return tx.exec(`
		DELETE FROM attempts WHERE id IN (
			SELECT id FROM attempts WHERE expires_at < $1 LIMIT $2)`, Micros(before), limit)
}

// CountAttempts counts every attempt row.
func (s *Store) CountAttempts(ctx context.Context) (int64, error) {
	return one(ctx, s, scanInt, `SELECT count(*) FROM attempts`)
}

// blob is bytes that are never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// flag is a yes or no as a SMALLINT column keeps it on every engine.
func flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
