// Package accounts holds the rules of Gatebook: who is signed in, what is
// linked, what is refused and what is written down. It knows neither HTTP nor
// any provider; a rule is a pure function, an operation one transaction.
package accounts

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// Bounds that strangers meet.
const (
	AttemptLife        = 10 * time.Minute
	AttemptsPerBrowser = 5
	SessionsPerAccount = 50
	attemptMemory      = time.Hour          // how long a used attempt is told from an unknown one
	sessionMemory      = 7 * 24 * time.Hour // how long the row of an ended session stays
	sweepBatch         = 5000               // rows a sweep deletes of each sort: the writer is never held for long
	sweepBatches       = 100                // batches a sweep runs: more than strangers can start in between
)

// Options are the settings of a Service.
type Options struct {
	Policy          Policy
	FreshFor        time.Duration // how long a completed round trip counts as fresh
	SessionLifetime time.Duration
	// Usable says whether people can sign in with a provider today: it is
	// configured and offered. Ways in that are not usable do not count.
	Usable func(provider string) bool
	// FirstIsAdmin makes the first person who signs in an admin. Only the demo
	// sets it.
	FirstIsAdmin bool
	Log          *slog.Logger
}

// Service runs the operations on a store.
type Service struct {
	store *db.Store
	opt   Options
	folds *folds
}

// New makes a service.
func New(store *db.Store, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Usable == nil {
		o.Usable = func(string) bool { return true }
	}
	return &Service{store: store, opt: o, folds: newFolds()}
}

// Policy is the configured policy.
func (s *Service) Policy() Policy { return s.opt.Policy }

// Denied is a refusal: a decision that was carried out and recorded, not a
// fault. Reason has a sentence for people and one for admins.
type Denied struct {
	Reason  event.Reason
	Attempt db.Attempt // the attempt that was refused, where there was one, without its secrets
	Profile Profile    // what the provider said, where it was asked
	Ended   bool       // the browser's session was ended
}

// Error names the reason.
func (d *Denied) Error() string { return "denied: " + d.Reason.String() }

// Renew writes a session inside the transaction that signs somebody in: it
// ends old, where there is one, and starts next under a token of its own. It
// fails with db.ErrEnded if old has ended meanwhile.
type Renew func(ctx context.Context, tx *db.Tx, old *db.Session, next db.Session) (db.Session, error)

// fresh says whether a session's last proof was recent at an instant.
func (s *Service) fresh(session db.Session, at time.Time) bool {
	return !session.ProvedAt.IsZero() && at.Sub(session.ProvedAt) < s.opt.FreshFor
}

// Fresh says whether a session's last proof is recent now.
func (s *Service) Fresh(session db.Session) bool { return s.fresh(session, s.store.Now()) }

func whoIs(a db.Account) *Who { return &Who{ID: a.ID, Status: a.Status, Admin: a.Admin} }

// displayName is the first thing a profile offers by which people call a
// person.
func (p Profile) displayName() string {
	for _, name := range []string{p.Name, p.Handle, p.Email} {
		if name != "" {
			return name
		}
	}
	return "Somebody at " + p.Provider
}

// key is the profile's identity key.
func (p Profile) key() db.Key {
	return db.Key{Provider: p.Provider, Namespace: p.Namespace, Subject: p.Subject}
}

// onto copies the profile over the identity's last one.
func (p Profile) onto(i db.Identity) db.Identity {
	i.Email, i.EmailState, i.EmailKey = p.Email, uint8(p.EmailState), p.matchKey()
	i.Name, i.Handle, i.AvatarURL = p.Name, p.Handle, p.AvatarURL
	return i
}

// check refuses profiles that no provider's mapping may let through.
func (p Profile) check() error {
	if err := CheckSubject(p.Subject); err != nil {
		return fmt.Errorf("profile of %s: %w", p.Provider, err)
	}
	return nil
}
