package accounts

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"gatebook/db"
	"gatebook/db/event"
)

// HashSecret is the form in which states, browser bindings and claim codes are
// stored. They are 256 random bits, so a plain SHA-256 is enough.
func HashSecret(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// StartAttempt keeps a trip that is about to begin, for AttemptLife. A browser
// has at most AttemptsPerBrowser open ones; the oldest make room.
func (s *Service) StartAttempt(ctx context.Context, actor db.Actor, a db.Attempt) (db.Attempt, error) {
	a.ExpiresAt = s.store.Now().Add(AttemptLife)
	err := s.store.InTx(ctx, actor, func(_ context.Context, tx *db.Tx) (err error) {
		a, err = tx.InsertAttempt(a, AttemptsPerBrowser)
		return err
	})
	return a, err
}

// Callback is what a browser brings back from a provider, before the provider
// is asked anything.
type Callback struct {
	Provider string // of the path, never of a parameter
	State    string
	Browser  string // the binding cookie
	Session  *db.Session
}

// UseAttempt finds the attempt that a callback belongs to, marks it used and
// hands out its secrets, in one transaction and before any outbound call. It
// fails with *Denied: attempt_missing without this browser's binding,
// state_mismatch for a state that never was, attempt_consumed for a second
// use, attempt_expired when late, provider_mismatch or session_changed when
// the callback is not the one that was started (RFC 9700 §2.1, §4.4, §4.7).
func (s *Service) UseAttempt(ctx context.Context, actor db.Actor, c Callback) (db.Attempt, error) {
	if c.Browser == "" { // nobody's: not worth the writer's time
		return s.stray(ctx, actor, c, db.Attempt{}, event.ReasonAttemptMissing)
	}
	var a db.Attempt
	var why event.Reason
	err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) (err error) {
		a, why, err = takeAttempt(ctx, tx, c)
		if err != nil || why == event.ReasonNone || strayReasons[why] {
			return err
		}
		return appendFailure(ctx, tx, a, c.Session, Failure{Reason: why})
	})
	switch {
	case err != nil:
		return db.Attempt{}, err
	case why == event.ReasonNone:
		return a, nil
	case strayReasons[why]:
		return s.stray(ctx, actor, c, a, why)
	}
	return db.Attempt{}, deny(a, why)
}

// stray refuses a callback that consumed no attempt.
func (s *Service) stray(ctx context.Context, actor db.Actor, c Callback, a db.Attempt, why event.Reason) (db.Attempt, error) {
	if err := s.recordStray(ctx, actor, c.Provider, why); err != nil {
		return db.Attempt{}, err
	}
	return db.Attempt{}, deny(a, why)
}

// deny is the refusal of an attempt. It carries what was tried, and none of
// what the attempt is proved by: a refusal may reach a page or a log.
func deny(a db.Attempt, why event.Reason) *Denied {
	return &Denied{Reason: why, Attempt: db.Attempt{
		ID:         a.ID,
		Provider:   a.Provider,
		Intent:     a.Intent,
		AccountID:  a.AccountID,
		ReturnPath: a.ReturnPath,
		Fresh:      a.Fresh,
		CreatedAt:  a.CreatedAt,
		ExpiresAt:  a.ExpiresAt,
		UsedAt:     a.UsedAt,
	}}
}

// strayReasons are the refusals that consume no valid attempt: anybody can
// cause them at will, so they are folded.
var strayReasons = map[event.Reason]bool{
	event.ReasonAttemptMissing:  true,
	event.ReasonStateMismatch:   true,
	event.ReasonAttemptConsumed: true,
	event.ReasonAttemptExpired:  true,
}

// takeAttempt consumes the attempt unless a stranger could have brought the
// callback: another browser, an unknown state, a replay.
func takeAttempt(ctx context.Context, tx *db.Tx, c Callback) (db.Attempt, event.Reason, error) {
	a, err := tx.AttemptByState(ctx, HashSecret(c.State))
	if errors.Is(err, db.ErrNotFound) {
		return db.Attempt{}, event.ReasonStateMismatch, nil
	}
	if err != nil {
		return db.Attempt{}, event.ReasonNone, err
	}
	switch {
	case subtle.ConstantTimeCompare(a.BrowserHash, HashSecret(c.Browser)) != 1:
		return db.Attempt{}, event.ReasonAttemptMissing, nil
	case !a.UsedAt.IsZero():
		return a, event.ReasonAttemptConsumed, nil
	case !tx.Now().Before(a.ExpiresAt):
		return a, event.ReasonAttemptExpired, nil
	}
	if err := tx.UseAttempt(a.ID); err != nil {
		return db.Attempt{}, event.ReasonNone, err
	}
	return a, mismatch(a, c), nil
}

// mismatch says how a callback differs from the attempt that it consumed.
func mismatch(a db.Attempt, c Callback) event.Reason {
	if a.Provider != c.Provider {
		return event.ReasonProviderMismatch
	}
	switch Intent(a.Intent) {
	case IntentLink, IntentStepUp, IntentTest:
		if c.Session == nil || c.Session.AccountID != a.AccountID || c.Session.Family != a.SessionFamily {
			return event.ReasonSessionChanged
		}
	}
	return event.ReasonNone
}

// Failure is how a trip to a provider came to nothing: what an event may say
// of it.
type Failure struct {
	Reason event.Reason
	Check  string // which check of an ID token failed
	Status int    // the provider's HTTP status, where it answered with one
}

// Fail records that a consumed attempt failed at the provider: the one
// terminal event of its intent. It returns the *Denied to show.
func (s *Service) Fail(ctx context.Context, actor db.Actor, a db.Attempt, session *db.Session, f Failure) error {
	err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		return appendFailure(ctx, tx, a, session, f)
	})
	if err != nil {
		return err
	}
	return deny(a, f.Reason)
}

// appendFailure records the terminal failure of an attempt that has no
// profile. The account is named only where its session proves it, and it is
// the account that set out.
func appendFailure(ctx context.Context, tx *db.Tx, a db.Attempt, session *db.Session, f Failure) error {
	e := db.Event{
		Kind:     terminalKind(Intent(a.Intent)),
		Outcome:  event.Failure,
		Reason:   f.Reason,
		Provider: a.Provider,
		Attempt:  a.ID,
		Detail:   db.Detail{Check: f.Check, Status: f.Status},
	}
	if session != nil && session.AccountID == a.AccountID && f.Reason != event.ReasonSessionChanged {
		e.Account = session.AccountID
	}
	_, err := tx.Append(ctx, e)
	return err
}

// terminalKind is the kind of the one event that ends an attempt.
func terminalKind(i Intent) event.Kind {
	switch i {
	case IntentLink:
		return event.KindIdentityLink
	case IntentStepUp:
		return event.KindSessionStepup
	case IntentTest:
		return event.KindProviderTest
	}
	return event.KindSessionSignin
}
