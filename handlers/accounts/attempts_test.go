package accounts_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// TestAttempt: the secrets are handed out once, with what was asked for, and
// nowhere to be found after.
func TestAttempt(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	w.forget()
	state := b.begin(db.Attempt{Intent: "link", Provider: "forge", ReturnPath: "/account", Fresh: true, ClaimHash: []byte("c")})
	a, err := b.use("forge", state)
	if err != nil || a.Verifier != "secret verifier" || a.Nonce != "secret nonce" || a.GothSession != "secret goth" ||
		a.ReturnPath != "/account" || !a.Fresh || a.AccountID != first.Account.ID || !a.ExpiresAt.Equal(w.clock.Now().Add(accounts.AttemptLife)) {
		t.Errorf("handed out %+v, %v", a, err)
	}
	var left string
	if err := w.raw().QueryRow(`SELECT goth_session || verifier || nonce FROM attempts WHERE id = ?`, a.ID).Scan(&left); left != "" || err != nil {
		t.Errorf("left behind %q, %v", left, err)
	}
	if n := w.raw().QueryRow(`SELECT 1 FROM attempts WHERE state_hash = ?`, state); n.Scan(new(int)) == nil {
		t.Error("the state itself is stored")
	}
	w.leaves() // nothing has happened yet
}

// TestO02_UseAttempt walks the reasons for which a callback is not this
// browser's, not now or not here.
func TestO02_UseAttempt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		act  func(w *world, b *browser, state string) (db.Attempt, error)
		want event.Reason
		used bool // the attempt is gone then
	}{
		{"no binding", func(w *world, b *browser, state string) (db.Attempt, error) {
			b.binding = ""
			return b.use("github", state)
		}, event.ReasonAttemptMissing, false},
		{"another browser", func(w *world, b *browser, state string) (db.Attempt, error) {
			return w.browser().use("github", state)
		}, event.ReasonAttemptMissing, false},
		{"its binding's beginning", func(w *world, b *browser, state string) (db.Attempt, error) {
			other := *b
			other.binding = b.binding[:len(b.binding)-1]
			return other.use("github", state)
		}, event.ReasonAttemptMissing, false},
		{"unknown state", func(w *world, b *browser, state string) (db.Attempt, error) {
			return b.use("github", db.NewToken())
		}, event.ReasonStateMismatch, false},
		{"no state", func(w *world, b *browser, state string) (db.Attempt, error) {
			return b.use("github", "")
		}, event.ReasonStateMismatch, false},
		{"L05: one letter of it", func(w *world, b *browser, state string) (db.Attempt, error) {
			return b.use("github", strings.ToUpper(state[:20])+"_"+state[21:])
		}, event.ReasonStateMismatch, false},
		{"O05: another provider", func(w *world, b *browser, state string) (db.Attempt, error) {
			return b.use("forge", state)
		}, event.ReasonProviderMismatch, true},
		{"late", func(w *world, b *browser, state string) (db.Attempt, error) {
			w.clock.Add(accounts.AttemptLife)
			return b.use("github", state)
		}, event.ReasonAttemptExpired, true},
		{"again", func(w *world, b *browser, state string) (db.Attempt, error) {
			if _, err := b.use("github", state); err != nil {
				return db.Attempt{}, err
			}
			return b.use("github", state)
		}, event.ReasonAttemptConsumed, true},
		{"pushed out by newer ones", func(w *world, b *browser, state string) (db.Attempt, error) {
			for range accounts.AttemptsPerBrowser {
				b.start(accounts.IntentSignIn, "github")
			}
			return b.use("github", state)
		}, event.ReasonStateMismatch, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, openPolicy)
			b := w.browser()
			binding := b.binding
			state := b.start(accounts.IntentSignIn, "github")
			a, err := test.act(w, b, state)
			refused(t, err, test.want)
			if a.ID != 0 || a.Verifier != "" {
				t.Errorf("handed out %+v", a)
			}
			e := w.leaves("session.signin failure " + test.want.String())[0]
			if consumed := test.want == event.ReasonProviderMismatch; (e.Attempt != 0) != consumed || e.Account != 0 || e.Count != 1 {
				t.Errorf("recorded %+v", e)
			}
			b.binding = binding
			if _, err := b.use("github", state); (err == nil) == test.used {
				t.Errorf("the attempt is usable: %v", err)
			}
		})
	}
}

// TestL05_State: a state says nothing; it is random.
func TestL05_State(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	one, two := b.start(accounts.IntentSignIn, "github"), b.start(accounts.IntentSignIn, "github")
	raw, err := base64.RawURLEncoding.DecodeString(one)
	if one == two || len(raw) != 32 || err != nil {
		t.Errorf("states %q and %q, %v", one, two, err)
	}
	for _, state := range []string{two, one} { // O19: two tabs, in any order
		if _, err := b.use("github", state); err != nil {
			t.Error(err)
		}
	}
}

// TestO03_UseOnce: fifty callbacks with one state at once; one goes on.
func TestO03_UseOnce(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	state := b.start(accounts.IntentSignIn, "github")
	errs := make([]error, 50)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() {
			a, err := b.use("github", state)
			if err == nil {
				renew, _ := renewal()
				_, err = w.Complete(ctx, b.actor(), accounts.Return{Attempt: a, Profile: ada("github")}, renew)
			}
			errs[n] = err
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, event.ReasonAttemptConsumed)
	}
	if err := w.FlushFolds(ctx); err != nil {
		t.Fatal(err)
	}
	var told int64
	for _, e := range w.all() {
		if e.Reason == event.ReasonAttemptConsumed {
			told += e.Count
		}
	}
	if won != 1 || told != 49 || w.count("sessions") != 1 {
		t.Errorf("%d went on, %d are told of, %d sessions", won, told, w.count("sessions"))
	}
}

// TestFail: what the provider did ends the attempt with one event of its
// intent, which names the account that set out, if its session is still here.
func TestFail(t *testing.T) {
	t.Parallel()
	failure := accounts.Failure{Reason: event.ReasonIDTokenInvalid, Check: "aud", Status: 502}
	for _, intent := range []accounts.Intent{
		accounts.IntentSignIn, accounts.IntentClaim, accounts.IntentLink, accounts.IntentStepUp, accounts.IntentTest,
	} {
		for _, signedIn := range []bool{true, false} {
			t.Run(fmt.Sprint(intent, signedIn), func(t *testing.T) {
				w := open(t, openPolicy)
				b, first := w.in(ada("github"))
				if !signedIn {
					b = w.browser()
				}
				w.forget()
				state := b.start(intent, "forge")
				if needs := intent != accounts.IntentSignIn && intent != accounts.IntentClaim; needs && !signedIn {
					_, err := b.use("forge", state)
					refused(t, err, event.ReasonSessionChanged)
					w.leaves(terminal(intent).String() + " failure session_changed")
					return
				}
				a, err := b.use("forge", state)
				if err != nil {
					t.Fatal(err)
				}
				refused(t, w.Fail(ctx, b.actor(), a, b.session(), failure), event.ReasonIDTokenInvalid)
				e := w.leaves(terminal(intent).String() + " failure id_token_invalid")[0]
				if (e.Account == first.Account.ID) != signedIn || e.Attempt != a.ID || e.Provider != "forge" || e.Identity != 0 ||
					e.Detail.Check != "aud" || e.Detail.Status != 502 {
					t.Errorf("recorded %+v", e)
				}
			})
		}
	}
}

// TestFail_OtherSession: a failure is not written into the history of somebody
// who has come to the browser since.
func TestFail_OtherSession(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	state := b.start(accounts.IntentSignIn, "forge")
	b.does(accounts.IntentSignIn, ada("github"))
	w.forget()
	a, err := b.use("forge", state)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, w.Fail(ctx, b.actor(), a, b.session(), accounts.Failure{Reason: event.ReasonDeniedByUser}), event.ReasonDeniedByUser)
	if e := w.leaves("session.signin failure denied_by_user")[0]; e.Account != 0 {
		t.Errorf("recorded %+v", e)
	}
}

// TestAttempt_StorageFails: a store that does not answer is no refusal.
func TestAttempt_StorageFails(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	b.start(accounts.IntentSignIn, "github")
	w.clock.Add(time.Second)
	w.store.Close()
	var denied *accounts.Denied
	callback := accounts.Callback{Provider: "github", State: "s", Browser: b.binding}
	_, use := w.UseAttempt(ctx, db.Actor{}, callback)
	_, start := w.StartAttempt(ctx, db.Actor{}, db.Attempt{})
	fail := w.Fail(ctx, db.Actor{}, db.Attempt{}, nil, accounts.Failure{Reason: event.ReasonDeniedByUser})
	renew, _ := renewal()
	_, complete := w.Complete(ctx, db.Actor{}, accounts.Return{Profile: ada("github")}, renew)
	for name, err := range map[string]error{"use": use, "start": start, "fail": fail, "complete": complete} {
		if !errors.Is(err, db.ErrClosed) || errors.As(err, &denied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
