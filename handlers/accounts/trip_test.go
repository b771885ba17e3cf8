package accounts_test

import (
	"context"
	"errors"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// start begins a trip and returns the state that it sends along.
func (b *browser) start(intent accounts.Intent, provider string) string {
	b.w.t.Helper()
	return b.begin(db.Attempt{Intent: string(intent), Provider: provider})
}

func (b *browser) begin(a db.Attempt) string {
	b.w.t.Helper()
	state := db.NewToken()
	a.StateHash, a.BrowserHash = accounts.HashSecret(state), accounts.HashSecret(b.binding)
	a.GothSession, a.Verifier, a.Nonce = "secret goth", "secret verifier", "secret nonce"
	if s := b.session(); s != nil {
		a.AccountID, a.SessionFamily = s.AccountID, s.Family
	}
	a, err := b.w.StartAttempt(ctx, b.actor(), a)
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.w.intents[a.ID] = accounts.Intent(a.Intent)
	return state
}

// use brings a state back to a provider's callback.
func (b *browser) use(provider, state string) (db.Attempt, error) {
	b.w.t.Helper()
	return b.w.UseAttempt(ctx, b.actor(), accounts.Callback{
		Provider: provider, State: state, Browser: b.binding, Session: b.session(),
	})
}

// renewal is what the handlers hand in: the new token reaches the browser only
// after the commit.
func renewal() (accounts.Renew, string) {
	token := db.NewToken()
	return func(ctx context.Context, tx *db.Tx, old *db.Session, next db.Session) (db.Session, error) {
		if old != nil {
			if err := tx.EndSession(ctx, old.ID, event.ReasonRotated); err != nil {
				return db.Session{}, err
			}
		}
		return tx.StartSession(db.TokenHash(token), next)
	}, token
}

// complete ends a used attempt with a profile.
func (b *browser) complete(a db.Attempt, session *db.Session, p accounts.Profile) (accounts.Result, error) {
	renew, token := renewal()
	result, err := b.w.Complete(ctx, b.actor(), accounts.Return{Attempt: a, Session: session, Profile: p}, renew)
	if err == nil && result.Session.ID != 0 {
		b.token = token
	}
	return result, err
}

// away goes to a provider, has something happen meanwhile, and comes back.
func (b *browser) away(intent accounts.Intent, p accounts.Profile, meanwhile func()) (accounts.Result, error) {
	b.w.t.Helper()
	a, err := b.use(p.Provider, b.start(intent, p.Provider))
	if err != nil {
		b.w.t.Fatal(err)
	}
	session := b.session()
	meanwhile()
	return b.complete(a, session, p)
}

// trip goes to a provider and comes back as somebody.
func (b *browser) trip(intent accounts.Intent, p accounts.Profile) (accounts.Result, error) {
	b.w.t.Helper()
	return b.away(intent, p, func() {})
}

// does is trip where it must succeed.
func (b *browser) does(intent accounts.Intent, p accounts.Profile) accounts.Result {
	b.w.t.Helper()
	result, err := b.trip(intent, p)
	if err != nil {
		b.w.t.Fatalf("%s: %v", intent, err)
	}
	return result
}

// in signs a new browser in.
func (w *world) in(p accounts.Profile) (*browser, accounts.Result) {
	w.t.Helper()
	b := w.browser()
	return b, b.does(accounts.IntentSignIn, p)
}

// refused looks that an error is a refusal for a reason, without secrets.
func refused(t testing.TB, err error, want event.Reason) *accounts.Denied {
	t.Helper()
	var denied *accounts.Denied
	if !errors.As(err, &denied) {
		t.Fatalf("got %v, want a refusal: %s", err, want)
	}
	if denied.Reason != want || denied.Error() != "denied: "+want.String() {
		t.Errorf("refused for %s (%v), want %s", denied.Reason, denied, want)
	}
	a := denied.Attempt
	if a.GothSession+a.Verifier+a.Nonce != "" || len(a.StateHash)+len(a.BrowserHash)+len(a.ClaimHash) > 0 {
		t.Errorf("the refusal carries secrets of its attempt: %+v", a)
	}
	return denied
}
