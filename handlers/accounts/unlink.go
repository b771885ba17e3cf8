package accounts

import (
	"context"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// DecideUnlink says why an identity may not be unlinked, or that it may: it
// must be the account's own, the proof fresh, and another usable way in must
// remain.
func DecideUnlink(target db.Identity, account db.ID, own []db.Identity, fresh bool, usable func(provider string) bool) event.Reason {
	left := 0
	for _, i := range own {
		if i.ID != target.ID && usable(i.Key.Provider) {
			left++
		}
	}
	switch {
	case target.AccountID != account:
		return event.ReasonPendingInvalid
	case !fresh:
		return event.ReasonNotFresh
	case left == 0:
		return event.ReasonLastIdentity
	}
	return event.ReasonNone
}

// Unlink removes an identity from the account of a session, and ends the
// sessions that it signed in. The acting session stays, renewed; if the
// identity had signed it in, it must prove itself by another one before its
// next sensitive act. It fails with db.ErrNotFound for an identity that is
// gone or another's, and with *Denied where a rule holds it back.
func (s *Service) Unlink(ctx context.Context, actor db.Actor, session db.Session, id db.ID, renew Renew) error {
	why := event.ReasonNone
	err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		account, err := tx.LockAccount(ctx, session.AccountID)
		if err != nil {
			return err
		}
		target, err := tx.Identity(ctx, id)
		if err != nil {
			return err
		}
		if target.AccountID != session.AccountID {
			return db.ErrNotFound
		}
		own, err := tx.IdentitiesOf(ctx, session.AccountID)
		if err != nil {
			return err
		}
		var barred bool // disabled since the request began
		if why, barred = barredBy(account.Status); !barred {
			why = DecideUnlink(target, session.AccountID, own, s.fresh(session, tx.Now()), s.opt.Usable)
		}
		if why != event.ReasonNone {
			return appendUnlink(ctx, tx, target, event.Failure, why)
		}
		return s.unlink(ctx, tx, session, target, renew)
	})
	if err == nil && why != event.ReasonNone {
		return &Denied{Reason: why}
	}
	return err
}

func (s *Service) unlink(ctx context.Context, tx *db.Tx, session db.Session, target db.Identity, renew Renew) error {
	if err := tx.DeleteIdentity(target.ID); err != nil {
		return err
	}
	next := s.newSession(tx, session.AccountID, session.IdentityID)
	next.Family, next.ProvedAt, next.ExpiresAt = session.Family, session.ProvedAt, session.ExpiresAt
	if session.IdentityID == target.ID {
		next.IdentityID, next.ProvedAt = 0, time.Time{}
	}
	renewed, err := renew(ctx, tx, &session, next)
	if err != nil {
		return err
	}
	tx.Act(event.Account, session.AccountID, renewed.ID)
	if err := appendUnlink(ctx, tx, target, event.Success, event.ReasonAccountRequest); err != nil {
		return err
	}
	ended, err := tx.EndSessionsBornOf(ctx, session.AccountID, target.ID, event.ReasonIdentityUnlinked)
	if err != nil {
		return err
	}
	return appendEnded(ctx, tx, session.AccountID, ended, event.ReasonIdentityUnlinked)
}

func appendUnlink(ctx context.Context, tx *db.Tx, i db.Identity, outcome event.Outcome, why event.Reason) error {
	_, err := tx.Append(ctx, db.Event{
		Kind:       event.KindIdentityUnlink,
		Outcome:    outcome,
		Reason:     why,
		TargetKind: event.TargetIdentity,
		Target:     i.ID,
		Account:    i.AccountID,
		Identity:   i.ID,
		Provider:   i.Key.Provider,
		Name:       i.Name,
		Email:      i.Email,
		Handle:     i.Handle,
	})
	return err
}
