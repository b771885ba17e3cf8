package db

import (
	"context"
	"time"
)

// ReplaceClaim makes hash the only claim code, valid until expires.
func (tx *Tx) ReplaceClaim(hash []byte, expires time.Time) error {
	if _, err := tx.exec(`DELETE FROM claims`); err != nil {
		return err
	}
	_, err := tx.exec(`
		INSERT INTO claims (code_hash, created_at, expires_at)
		VALUES ($1, $2, $3)`, hash, Micros(tx.now), Micros(expires))
	return err
}

// UseClaim consumes a claim code; ErrNotFound if it is unknown, used or over.
func (tx *Tx) UseClaim(hash []byte) error {
	return tx.execOne(`DELETE FROM claims WHERE code_hash = $1 AND expires_at > $2`, hash, Micros(tx.now))
}

// DropClaims forgets every claim code.
func (tx *Tx) DropClaims() error {
	_, err := tx.exec(`DELETE FROM claims`)
	return err
}

const countClaims = `SELECT count(*) FROM claims WHERE code_hash = $1 AND expires_at > $2`

// ClaimValid says whether a code's hash could be redeemed now.
func (s *Store) ClaimValid(ctx context.Context, hash []byte) (bool, error) {
	n, err := one(ctx, s, scanInt, countClaims, hash, Micros(s.Now()))
	return n > 0, err
}

// ClaimValid says whether a code's hash could be redeemed now.
func (tx *Tx) ClaimValid(ctx context.Context, hash []byte) (bool, error) {
	n, err := one(ctx, tx, scanInt, countClaims, hash, Micros(tx.now))
	return n > 0, err
}
