package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// Past is one thing that somebody once did, to be told again by Replay.
type Past struct {
	At      time.Time
	Actor   db.Actor // from where
	Intent  Intent   // signin or link; ignored where SignOut or Unlink is set
	Profile Profile  // whom the provider vouched for
	Self    db.Key   // link, unlink, sign-out: an identity of the account that acts
	Failure Failure  // set: the provider vouched for nobody
	SignOut bool
	Unlink  bool
}

// Replay tells a run of past acts again, oldest first, in one transaction: by
// the same Decide, the same rows and the same events, but without sessions. It
// is how a demo gets a history that is true. Hand it some 1,000 acts at a
// time; each At must be after the last one's.
func (s *Service) Replay(ctx context.Context, past []Past) error {
	return s.store.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range past {
			tx.At(p.At, p.Actor)
			if err := s.replay(ctx, tx, p); err != nil {
				return fmt.Errorf("replay %s: %w", p.At.Format(time.RFC3339), err)
			}
		}
		return nil
	})
}

func (s *Service) replay(ctx context.Context, tx *db.Tx, p Past) error {
	self, err := tx.IdentityByKey(ctx, p.Self)
	known := err == nil
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	switch {
	case !known && (p.SignOut || p.Unlink || p.Intent == IntentLink):
		return nil // whoever is to act was never let in
	case p.SignOut:
		return appendSignOut(ctx, tx, self)
	case p.Unlink:
		return s.replayUnlink(ctx, tx, self, p.Profile.key())
	}
	in := Return{
		Attempt: db.Attempt{ID: tx.NewID(), Provider: p.Profile.Provider, Intent: string(p.Intent), CreatedAt: tx.Now()},
		Profile: p.Profile,
	}
	if p.Intent == IntentLink {
		in.Session = &db.Session{AccountID: self.AccountID, IdentityID: self.ID, ProvedAt: tx.Now()}
		in.Attempt.AccountID = self.AccountID
	}
	if p.Failure.Reason != event.ReasonNone {
		return appendFailure(ctx, tx, in.Attempt, in.Session, p.Failure)
	}
	return (&visit{s: s, tx: tx, in: in}).run(ctx)
}

func (s *Service) replayUnlink(ctx context.Context, tx *db.Tx, self db.Identity, key db.Key) error {
	target, err := tx.IdentityByKey(ctx, key)
	if errors.Is(err, db.ErrNotFound) || (err == nil && target.AccountID != self.AccountID) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := tx.IdentitiesOf(ctx, self.AccountID)
	if err != nil {
		return err
	}
	tx.Act(event.Account, self.AccountID, 0)
	if why := DecideUnlink(target, self.AccountID, own, true, s.opt.Usable); why != event.ReasonNone {
		return appendUnlink(ctx, tx, target, event.Failure, why)
	}
	if err := tx.DeleteIdentity(target.ID); err != nil {
		return err
	}
	return appendUnlink(ctx, tx, target, event.Success, event.ReasonAccountRequest)
}

func appendSignOut(ctx context.Context, tx *db.Tx, self db.Identity) error {
	tx.Act(event.Account, self.AccountID, 0)
	_, err := tx.Append(ctx, db.Event{
		Kind:     event.KindSessionSignout,
		Reason:   event.ReasonAccountRequest,
		Account:  self.AccountID,
		Provider: self.Key.Provider,
		Name:     self.Name,
		Email:    self.Email,
		Handle:   self.Handle,
	})
	return err
}
