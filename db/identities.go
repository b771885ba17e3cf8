package db

import (
	"context"
	"time"
)

// Key is what names an identity in the world: compared byte for byte, and
// unique among identities.
type Key struct {
	Provider, Namespace, Subject string
}

// Identity is one external identity of an account, with the profile last seen.
type Identity struct {
	ID         ID
	AccountID  ID
	Key        Key
	Email      string
	EmailState uint8
	EmailKey   string // match key of a verified address, "" otherwise
	Name       string
	Handle     string
	AvatarURL  string
	Nickname   string
	LinkedAt   time.Time
	UsedAt     time.Time
}

const identityColumns = `
	id,
	account_id,
	provider,
	namespace,
	subject,
	email,
	email_state,
	email_key,
	name,
	handle,
	avatar_url,
	nickname,
	linked_at,
	used_at`

func scanIdentity(s scanner) (Identity, error) {
	var i Identity
	var linked, used int64
	err := s.Scan(&i.ID, &i.AccountID, &i.Key.Provider, &i.Key.Namespace, &i.Key.Subject, &i.Email, &i.EmailState,
		&i.EmailKey, &i.Name, &i.Handle, &i.AvatarURL, &i.Nickname, &linked, &used)
	i.LinkedAt, i.UsedAt = FromMicros(linked), FromMicros(used)
	return i, err
}

const (
	selectIdentityByKey = `SELECT` + identityColumns + `
		FROM identities WHERE provider = $1 AND namespace = $2 AND subject = $3`
	selectIdentity = `SELECT` + identityColumns + `
		FROM identities WHERE id = $1`
	selectIdentitiesOf = `SELECT` + identityColumns + `
		FROM identities WHERE account_id = $1 ORDER BY id`
	selectIdentitiesByEmail = `SELECT` + identityColumns + `
		FROM identities WHERE email_key = $1 AND email_key <> '' ORDER BY id LIMIT 100`
)

// IdentityByKey reads the identity that a key names; ErrNotFound if nobody
// has linked it.
func (tx *Tx) IdentityByKey(ctx context.Context, k Key) (Identity, error) {
	return one(ctx, tx, scanIdentity, selectIdentityByKey, k.Provider, k.Namespace, k.Subject)
}

// Identity reads one identity; ErrNotFound if there is none.
func (tx *Tx) Identity(ctx context.Context, id ID) (Identity, error) {
	return one(ctx, tx, scanIdentity, selectIdentity, id)
}

// Identity reads one identity; ErrNotFound if there is none.
func (s *Store) Identity(ctx context.Context, id ID) (Identity, error) {
	return one(ctx, s, scanIdentity, selectIdentity, id)
}

// IdentitiesOf reads an account's identities, oldest first.
func (tx *Tx) IdentitiesOf(ctx context.Context, account ID) ([]Identity, error) {
	return many(ctx, tx, scanIdentity, selectIdentitiesOf, account)
}

// IdentitiesOf reads an account's identities, oldest first.
func (s *Store) IdentitiesOf(ctx context.Context, account ID) ([]Identity, error) {
	return many(ctx, s, scanIdentity, selectIdentitiesOf, account)
}

// IdentitiesByEmail reads up to 100 identities whose verified address has this
// match key; an empty key matches none.
func (tx *Tx) IdentitiesByEmail(ctx context.Context, key string) ([]Identity, error) {
	return many(ctx, tx, scanIdentity, selectIdentitiesByEmail, key)
}

// IdentitiesByEmail reads up to 100 identities whose verified address has this
// match key; an empty key matches none.
func (s *Store) IdentitiesByEmail(ctx context.Context, key string) ([]Identity, error) {
	return many(ctx, s, scanIdentity, selectIdentitiesByEmail, key)
}

// IdentitiesBySubject reads the identities of one subject at a provider,
// whatever the namespace.
func (s *Store) IdentitiesBySubject(ctx context.Context, provider, subject string) ([]Identity, error) {
	return many(ctx, s, scanIdentity, `SELECT`+identityColumns+`
		FROM identities WHERE provider = $1 AND subject = $2 ORDER BY id LIMIT 100`, provider, subject)
}

// InsertIdentity links an identity to its account; ErrConflict if its key is
// linked already.
func (tx *Tx) InsertIdentity(i Identity) (Identity, error) {
	i.ID, i.LinkedAt, i.UsedAt = tx.NewID(), tx.now, tx.now
	_, err := tx.exec(`
		INSERT INTO identities (id, account_id, provider, namespace, subject, email, email_state, email_key, name, handle,
			avatar_url, folded, linked_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
		i.ID, i.AccountID, i.Key.Provider, i.Key.Namespace, i.Key.Subject, i.Email, i.EmailState, i.EmailKey, i.Name,
		i.Handle, i.AvatarURL, i.folded(), Micros(tx.now))
	return i, err
}

// folded is what a search for people looks through.
func (i Identity) folded() string { return Fold(i.Name + "\n" + i.Email + "\n" + i.Handle) }

// RefreshIdentity writes the profile just seen and the instant of its use.
func (tx *Tx) RefreshIdentity(i Identity) error {
	return tx.execOne(`
		UPDATE identities
		SET email = $1, email_state = $2, email_key = $3, name = $4, handle = $5, avatar_url = $6, folded = $7,
			used_at = $8
		WHERE id = $9`,
		i.Email, i.EmailState, i.EmailKey, i.Name, i.Handle, i.AvatarURL, i.folded(), Micros(tx.now), i.ID)
}

// DeleteIdentity unlinks an identity; ErrNotFound if it is gone already.
func (tx *Tx) DeleteIdentity(id ID) error {
	return tx.execOne(`DELETE FROM identities WHERE id = $1`, id)
}
