package db

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Status is where an account stands.
type Status uint8

// The statuses. Only an active account passes a guard.
const (
	StatusActive Status = iota + 1
	StatusPending
	StatusDisabled
	StatusMerged
	StatusDeleted
)

// String is the status's word.
func (s Status) String() string {
	words := [...]string{"none", "active", "pending", "disabled", "merged", "deleted"}
	if int(s) >= len(words) {
		return fmt.Sprintf("unknown-%d", s)
	}
	return words[s]
}

// Account is our record of a person.
type Account struct {
	ID         ID
	Name       string
	Status     Status
	Admin      bool
	Version    int64
	MergedInto ID
	CreatedAt  time.Time
	LastSeenAt time.Time
}

const accountColumns = `
	a.id,
	a.name,
	a.status,
	a.is_admin,
	a.version,
	a.merged_into,
	a.created_at,
	a.last_seen_at`

func scanAccount(s scanner) (Account, error) {
	var a Account
	var created, seen int64
	err := s.Scan(&a.ID, &a.Name, &a.Status, &a.Admin, &a.Version, &a.MergedInto, &created, &seen)
	a.CreatedAt, a.LastSeenAt = FromMicros(created), FromMicros(seen)
	return a, err
}

const selectAccount = `SELECT` + accountColumns + ` FROM accounts a WHERE a.id = $1`

// Account reads one account; ErrNotFound if there is none.
func (s *Store) Account(ctx context.Context, id ID) (Account, error) {
	return one(ctx, s, scanAccount, selectAccount, id)
}

// Account reads one account; ErrNotFound if there is none.
func (tx *Tx) Account(ctx context.Context, id ID) (Account, error) {
	return one(ctx, tx, scanAccount, selectAccount, id)
}

// LockAccount takes the account for a read-check-write: bumping its version is
// a row lock on every engine. Lock several in ascending order of their ids.
func (tx *Tx) LockAccount(ctx context.Context, id ID) (Account, error) {
	if err := tx.execOne(`UPDATE accounts SET version = version + 1 WHERE id = $1`, id); err != nil {
		return Account{}, err
	}
	return tx.Account(ctx, id)
}

// InsertAccount adds an account, with its id and instant from the transaction.
func (tx *Tx) InsertAccount(a Account) (Account, error) {
	a.ID, a.CreatedAt, a.Version = tx.NewID(), tx.now, 1
	_, err := tx.exec(`
		INSERT INTO accounts (id, name, folded, status, is_admin, version, created_at, last_seen_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		a.ID, a.Name, Fold(a.Name), a.Status, flag(a.Admin), a.Version, Micros(a.CreatedAt))
	return a, err
}

// SetStatus moves an account to a status.
func (tx *Tx) SetStatus(id ID, status Status) error {
	return tx.execOne(`UPDATE accounts SET status = $1, version = version + 1 WHERE id = $2`, status, id)
}

// SetAdmin makes an account an admin or takes that away.
func (tx *Tx) SetAdmin(id ID, admin bool) error {
	return tx.execOne(`UPDATE accounts SET is_admin = $1, version = version + 1 WHERE id = $2`, flag(admin), id)
}

// TouchAccount notes that an account was seen at the transaction's instant.
func (tx *Tx) TouchAccount(id ID) error {
	return tx.execOne(`UPDATE accounts SET last_seen_at = $1 WHERE id = $2`, Micros(tx.now), id)
}

// CountAdmins counts the active admins.
func (tx *Tx) CountAdmins(ctx context.Context) (int64, error) {
	return one(ctx, tx, scanInt, countAdmins, StatusActive)
}

// CountAdmins counts the active admins.
func (s *Store) CountAdmins(ctx context.Context) (int64, error) {
	return one(ctx, s, scanInt, countAdmins, StatusActive)
}

const countAdmins = `SELECT count(*) FROM accounts WHERE is_admin <> 0 AND status = $1`

// CountAccounts counts every account.
func (s *Store) CountAccounts(ctx context.Context) (int64, error) {
	return one(ctx, s, scanInt, `SELECT count(*) FROM accounts`)
}

// AccountPage is one page of accounts, newest first. With a Text it holds those
// whose name, or a name, handle or address of one of whose identities, contains
// it, whatever the case.
type AccountPage struct {
	Text  string
	Older ID // only ids below, 0 for the newest page
	Newer ID // only ids above, 0 for none
	Limit int
}

// Accounts reads a page of accounts, newest first.
func (s *Store) Accounts(ctx context.Context, p AccountPage) ([]Account, error) {
	pattern := likePattern(p.Text)
	if p.Newer != 0 {
		found, err := many(ctx, s, scanAccount, `SELECT`+accountColumns+`
			FROM accounts a WHERE a.id > $1 AND `+accountMatches+` ORDER BY a.id LIMIT $3`, p.Newer, pattern, p.Limit)
		slices.Reverse(found)
		return found, err
	}
	return many(ctx, s, scanAccount, `SELECT`+accountColumns+`
		FROM accounts a WHERE a.id < $1 AND `+accountMatches+` ORDER BY a.id DESC LIMIT $3`, below(p.Older), pattern, p.Limit)
}

// accountMatches holds for every account where the pattern is empty.
const accountMatches = `($2 = '' OR a.folded LIKE $2 ESCAPE '\' OR EXISTS (
	SELECT 1 FROM identities i WHERE i.account_id = a.id AND i.folded LIKE $2 ESCAPE '\'))`

// Admins reads every admin, oldest first.
func (s *Store) Admins(ctx context.Context) ([]Account, error) {
	return many(ctx, s, scanAccount, `SELECT`+accountColumns+`
		FROM accounts a WHERE a.is_admin <> 0 ORDER BY a.id`)
}

// below is the cursor of a page that begins at the newest when none is given.
func below(id ID) ID {
	if id == 0 {
		return 1<<63 - 1
	}
	return id
}
