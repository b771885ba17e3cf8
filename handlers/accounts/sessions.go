package accounts

import (
	"context"
	"errors"

	"gatebook/db"
	"gatebook/db/event"
)

// newSession is a session that was proved just now, from where the actor is.
func (s *Service) newSession(tx *db.Tx, account, identity db.ID) db.Session {
	actor := tx.Actor()
	return db.Session{
		AccountID:  account,
		IdentityID: identity,
		ProvedAt:   tx.Now(),
		ExpiresAt:  tx.Now().Add(s.opt.SessionLifetime),
		IP:         actor.IP,
		UserAgent:  actor.UserAgent,
	}
}

// limitSessions ends an account's oldest sessions beyond SessionsPerAccount.
func (s *Service) limitSessions(ctx context.Context, tx *db.Tx, account db.ID) error {
	ended, err := tx.EndSessionsOver(ctx, account, SessionsPerAccount, event.ReasonLimit)
	if err != nil {
		return err
	}
	return appendEnded(ctx, tx, account, ended, event.ReasonLimit)
}

// endSession ends one session and records it.
func (s *Service) endSession(ctx context.Context, tx *db.Tx, session db.Session, why event.Reason) error {
	err := tx.EndSession(ctx, session.ID, why)
	if errors.Is(err, db.ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	return appendEnded(ctx, tx, session.AccountID, []db.EndedSession{{ID: session.ID}}, why)
}

// appendEnded records a session.end for each session that has just ended.
func appendEnded(ctx context.Context, tx *db.Tx, account db.ID, ended []db.EndedSession, why event.Reason) error {
	for _, e := range ended {
		_, err := tx.Append(ctx, db.Event{
			Kind:       event.KindSessionEnd,
			Reason:     why,
			TargetKind: event.TargetSession,
			Target:     e.ID,
			Account:    account,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SignOut ends a session at its owner's request. A session that has ended
// already is no error and leaves no event.
func (s *Service) SignOut(ctx context.Context, actor db.Actor, session db.Session) error {
	return s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		err := tx.EndSession(ctx, session.ID, event.ReasonAccountRequest)
		if errors.Is(err, db.ErrEnded) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.Append(ctx, db.Event{
			Kind:       event.KindSessionSignout,
			Reason:     event.ReasonAccountRequest,
			TargetKind: event.TargetSession,
			Target:     session.ID,
			Account:    session.AccountID,
		})
		return err
	})
}
