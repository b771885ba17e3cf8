package accounts

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// ClaimLife is how long a claim link can be redeemed, at most until the next
// start prints another.
const ClaimLife = 24 * time.Hour

// What admin operations refuse.
var (
	ErrLastAdmin = errors.New("that is the last admin; grant another one first")
	ErrNobody    = errors.New("nobody matches")
	ErrSeveral   = errors.New("several accounts match; name one by its id")
)

// NewClaim makes the code by which the first admin is made, and voids any
// before it; only its hash is kept. While there is an admin it makes none and
// returns "".
func (s *Service) NewClaim(ctx context.Context) (string, error) {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	code := base64.RawURLEncoding.EncodeToString(b[:])
	err := s.store.InTx(ctx, db.Actor{Kind: event.System}, func(ctx context.Context, tx *db.Tx) error {
		admins, err := tx.CountAdmins(ctx)
		if err != nil {
			return err
		}
		if admins > 0 {
			code = ""
			return tx.DropClaims()
		}
		return tx.ReplaceClaim(HashSecret(code), tx.Now().Add(ClaimLife))
	})
	return code, err
}

// ClaimOpen says whether a claim code could be redeemed now.
func (s *Service) ClaimOpen(ctx context.Context, code string) (bool, error) {
	admins, err := s.store.CountAdmins(ctx)
	if err != nil || admins > 0 {
		return false, err
	}
	return s.store.ClaimValid(ctx, HashSecret(code))
}

// Find finds the one account that a text names: its id, an address that one
// of its identities holds verified, or provider:subject. It fails with
// ErrNobody or ErrSeveral.
func (s *Service) Find(ctx context.Context, person string) (db.Account, error) {
	if id, err := db.ParseID(person); err == nil {
		a, err := s.store.Account(ctx, id)
		if errors.Is(err, db.ErrNotFound) {
			err = fmt.Errorf("%w %q", ErrNobody, person)
		}
		return a, err
	}
	found, err := s.identities(ctx, person)
	if err != nil {
		return db.Account{}, err
	}
	owners := map[db.ID]bool{}
	for _, i := range found {
		owners[i.AccountID] = true
	}
	switch len(owners) {
	case 0:
		return db.Account{}, fmt.Errorf("%w %q: want an account's id, a verified e-mail or provider:subject", ErrNobody, person)
	case 1:
		return s.store.Account(ctx, found[0].AccountID)
	}
	return db.Account{}, fmt.Errorf("%w: %q", ErrSeveral, person)
}

func (s *Service) identities(ctx context.Context, person string) ([]db.Identity, error) {
	if provider, subject, ok := strings.Cut(person, ":"); ok {
		return s.store.IdentitiesBySubject(ctx, provider, subject)
	}
	key, err := EmailKey(person)
	if err != nil {
		return nil, nil // no address, so nobody's
	}
	return s.store.IdentitiesByEmail(ctx, key)
}

// Grant makes an account an admin, and active if it was waiting. An account
// that is an admin already is left as it is.
func (s *Service) Grant(ctx context.Context, actor db.Actor, id db.ID) error {
	return s.onAccount(ctx, actor, id, func(ctx context.Context, tx *db.Tx, a db.Account) error {
		if reason, barred := barredBy(a.Status); barred {
			return &Denied{Reason: reason}
		}
		if a.Status == db.StatusPending {
			if err := setStatus(ctx, tx, a, db.StatusActive, event.KindAccountApprove, event.ReasonGranted); err != nil {
				return err
			}
		}
		if a.Admin {
			return nil
		}
		if err := tx.SetAdmin(id, true); err != nil {
			return err
		}
		if err := tx.DropClaims(); err != nil {
			return err
		}
		return appendAccount(ctx, tx, id, event.KindAccountPromote, event.ReasonGranted)
	})
}

// Revoke takes the admin's right away. It fails with ErrLastAdmin for the only
// active admin.
func (s *Service) Revoke(ctx context.Context, actor db.Actor, id db.ID) error {
	return s.onAccount(ctx, actor, id, func(ctx context.Context, tx *db.Tx, a db.Account) error {
		if !a.Admin {
			return nil
		}
		admins, err := tx.CountAdmins(ctx)
		if err != nil {
			return err
		}
		if admins <= 1 && a.Status == db.StatusActive {
			return ErrLastAdmin
		}
		if err := tx.SetAdmin(id, false); err != nil {
			return err
		}
		return appendAccount(ctx, tx, id, event.KindAccountDemote, event.ReasonGranted)
	})
}

// Approve lets a pending account in; its open session needs no second sign-in.
// An account that does not wait is left as it is.
func (s *Service) Approve(ctx context.Context, actor db.Actor, id db.ID) error {
	return s.onAccount(ctx, actor, id, func(ctx context.Context, tx *db.Tx, a db.Account) error {
		if a.Status != db.StatusPending {
			return nil
		}
		return setStatus(ctx, tx, a, db.StatusActive, event.KindAccountApprove, event.ReasonAdmin)
	})
}

// onAccount locks an account and runs one admin's act on it.
func (s *Service) onAccount(ctx context.Context, actor db.Actor, id db.ID, act func(context.Context, *db.Tx, db.Account) error) error {
	return s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		a, err := tx.LockAccount(ctx, id)
		if err != nil {
			return err
		}
		return act(ctx, tx, a)
	})
}

func setStatus(ctx context.Context, tx *db.Tx, a db.Account, to db.Status, kind event.Kind, why event.Reason) error {
	if err := tx.SetStatus(a.ID, to); err != nil {
		return err
	}
	return appendAccount(ctx, tx, a.ID, kind, why)
}

func appendAccount(ctx context.Context, tx *db.Tx, id db.ID, kind event.Kind, why event.Reason) error {
	_, err := tx.Append(ctx, db.Event{Kind: kind, Reason: why, TargetKind: event.TargetAccount, Target: id, Account: id})
	return err
}
