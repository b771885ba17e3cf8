package accounts_test

import (
	"context"
	"errors"
	"testing"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

// TestA01_NoEventNoAct: what cannot be written down does not happen.
func TestA01_NoEventNoAct(t *testing.T) {
	t.Parallel()
	linked := func(w *world) *browser {
		b, _ := w.in(ada("github"))
		b.does(accounts.IntentLink, ada("forge"))
		return b
	}
	trip := func(intent accounts.Intent, p accounts.Profile) func(*world, *browser) error {
		return func(_ *world, b *browser) error {
			_, err := b.trip(intent, p)
			return err
		}
	}
	tests := map[string]func(*world, *browser) error{
		"sign up": func(w *world, _ *browser) error {
			_, err := w.browser().trip(accounts.IntentSignIn, person("home", "Eve"))
			return err
		},
		"sign in":  trip(accounts.IntentSignIn, ada("github")),
		"switch":   trip(accounts.IntentSignIn, person("home", "Bob")),
		"link":     trip(accounts.IntentLink, ada("home")),
		"step-up":  trip(accounts.IntentStepUp, ada("github")),
		"refusal":  trip(accounts.IntentStepUp, person("home", "Bob")),
		"sign out": func(w *world, b *browser) error { return w.SignOut(ctx, b.actor(), *b.session()) },
		"unlink": func(w *world, b *browser) error {
			return b.unlink(w.identities(b.session().AccountID)[1].ID)
		},
		"grant": func(w *world, b *browser) error { return w.Grant(ctx, commandLine, b.session().AccountID) },
		"wrong provider": func(w *world, b *browser) error {
			_, err := b.use("forge", b.start(accounts.IntentSignIn, "github"))
			return err
		},
		"a profile that changed": func(_ *world, b *browser) error {
			p := ada("github")
			p.Name = "Eve"
			_, err := b.trip(accounts.IntentSignIn, p)
			return err
		},
		"stray": func(w *world, _ *browser) error { return w.stray(ctx, "192.0.2.1") },
		"view":  func(w *world, _ *browser) error { return w.Viewed(ctx, commandLine) },
	}
	for name, act := range tests {
		t.Run(name, func(t *testing.T) {
			w := open(t, openPolicy)
			w.in(person("home", "Bob"))
			b := linked(w)
			w.forget()
			before := w.state()
			w.raw(`CREATE TRIGGER bomb BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'boom'); END`)
			var denied *accounts.Denied
			if err := act(w, b); err == nil || errors.As(err, &denied) {
				t.Errorf("without an event: %v", err)
			}
			w.leaves()
			if after := w.state(); after != before {
				t.Errorf("it left\n%s\nof\n%s", after, before)
			}
			if b.session() == nil {
				t.Error("the session is gone")
			}
			w.raw(`DROP TRIGGER bomb`)
			if err := act(w, b); err != nil && !errors.As(err, &denied) {
				t.Errorf("with events again: %v", err)
			}
			w.verified()
		})
	}
}

// TestA01_LastEventFails: the first events of an act can be written, a later
// one cannot; none of them stays.
func TestA01_LastEventFails(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	w.raw(`CREATE TRIGGER bomb BEFORE INSERT ON events WHEN new.kind = 1 BEGIN SELECT RAISE(ABORT, 'boom'); END`)
	b := w.browser()
	if _, err := b.trip(accounts.IntentSignIn, ada("github")); err == nil {
		t.Error("signed in without an event")
	}
	w.leaves()
	if n := w.count("accounts") + w.count("identities") + w.count("sessions"); n != 0 || b.session() != nil {
		t.Errorf("%d rows stay", n)
	}
}

// TestA01_SessionFails: what the handlers' part cannot do undoes the rest.
func TestA01_SessionFails(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	a, err := b.use("github", b.start(accounts.IntentSignIn, "github"))
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	for _, cause := range []error{boom, db.ErrEnded} {
		_, err = w.Complete(ctx, b.actor(), accounts.Return{Attempt: a, Profile: ada("github")},
			func(context.Context, *db.Tx, *db.Session, db.Session) (db.Session, error) { return db.Session{}, cause })
		if !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
		w.leaves()
		if n := w.count("accounts") + w.count("identities"); n != 0 {
			t.Errorf("%d rows stay", n)
		}
	}
}

// state is everything but attempts, as text.
func (w *world) state() (text string) {
	w.t.Helper()
	err := w.raw().QueryRow(`
		SELECT (SELECT group_concat(id || status || is_admin || last_seen_at, ' ') FROM (SELECT * FROM accounts ORDER BY id)) || char(10) ||
			(SELECT group_concat(id || ended_at, ' ') FROM (SELECT * FROM sessions ORDER BY id))`).Scan(&text)
	if err != nil {
		w.t.Fatal(err)
	}
	return text + "\n" + w.linked()
}
