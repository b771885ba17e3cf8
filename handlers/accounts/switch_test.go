package accounts_test

import (
	"context"

	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// dead looks that a token opens nothing any more.
func (w *world) dead(token string) {
	w.t.Helper()
	if b := (&browser{w: w, token: token}); b.session() != nil {
		w.t.Error("an old token is alive")
	}
}

// TestS01_Rotation: signing in again as oneself gives a new token of the same
// family; the old one is worth nothing.
func TestS01_Rotation(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	old := b.token
	w.forget()
	w.clock.Add(time.Hour)
	second := b.does(accounts.IntentSignIn, ada("github"))
	w.leaves("session.signin success known_identity")
	w.dead(old)
	if s := b.session(); s == nil || s.ID == first.Session.ID || s.Family != first.Session.ID || !s.ProvedAt.Equal(w.clock.Now()) {
		t.Errorf("the new session is %+v", s)
	}
	if second.Decision.Switch != 0 || second.Decision.Rule != accounts.RuleKnown {
		t.Errorf("decided %+v", second.Decision)
	}
}

// TestSignIn_Switch: somebody else's identity takes the browser over; nothing
// is linked, and the book tells both.
func TestSignIn_Switch(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, bob := w.in(person("home", "Bob"))
	b, first := w.in(ada("github"))
	old := b.token
	w.forget()
	result := b.does(accounts.IntentSignIn, person("home", "Bob"))
	events := w.leaves("session.signout success switched_account", "session.signin success known_identity")
	out, in := events[0], events[1]
	if out.Account != first.Account.ID || out.Actor != first.Account.ID || out.Target != first.Session.ID || out.Attempt != in.Attempt {
		t.Errorf("the sign-out is %+v", out)
	}
	if out.Email != "" || out.Identity != 0 || out.Name != "" {
		t.Errorf("Ada's history names Bob: %+v", out)
	}
	if in.Account != bob.Account.ID || in.Actor != bob.Account.ID || in.Detail.Rule != string(accounts.RuleSwitch) {
		t.Errorf("the sign-in is %+v", in)
	}
	w.dead(old)
	if s := b.session(); s == nil || s.AccountID != bob.Account.ID || s.Family != s.ID || result.Session.ID != s.ID {
		t.Errorf("the session is %+v", s)
	}
	if len(w.identities(bob.Account.ID)) != 1 || len(w.identities(first.Account.ID)) != 1 {
		t.Error("something was linked")
	}
}

// TestSignIn_NeverImplicit: an unknown identity is not linked to whoever is
// signed in, though the address is the same; the session stays.
func TestSignIn_NeverImplicit(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAuto})
	b, _ := w.in(ada("github"))
	old := b.token
	w.forget()
	profile := ada("home")
	profile.Authority = true
	_, err := b.trip(accounts.IntentSignIn, profile)
	refused(t, err, event.ReasonLinkRequired)
	if e := w.leaves("session.signin failure link_required")[0]; e.Account != 0 || e.Identity != 0 {
		t.Errorf("recorded %+v", e)
	}
	if b.token != old || b.session() == nil || w.count("identities") != 1 {
		t.Error("the refusal changed something")
	}
}

// TestSignIn_EndedMeanwhile: the session ended while the person was away. A
// sign-in goes on as anybody's; what only that session might do is refused,
// and recorded once. Nobody is said to have been signed out by it.
func TestSignIn_EndedMeanwhile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		intent  accounts.Intent
		profile accounts.Profile
		want    string
	}{
		{"the same account", accounts.IntentSignIn, ada("github"), "session.signin success known_identity"},
		{"another account", accounts.IntentSignIn, person("home", "Bob"), "session.signin success known_identity"},
		{"link", accounts.IntentLink, ada("forge"), "identity.link failure session_changed"},
		{"link again", accounts.IntentLink, ada("github"), "identity.link failure session_changed"},
		{"step-up", accounts.IntentStepUp, ada("github"), "session.stepup failure session_changed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, openPolicy)
			w.in(person("home", "Bob"))
			b, first := w.in(ada("github"))
			identities := w.count("identities")
			w.forget()
			result, err := b.away(test.intent, test.profile, func() {
				if err := w.SignOut(ctx, b.actor(), first.Session); err != nil {
					t.Fatal(err)
				}
				w.leaves("session.signout success account_request")
			})
			e := w.leaves(test.want)[0]
			if test.intent == accounts.IntentSignIn {
				if err != nil || result.Session.Family != result.Session.ID || b.session() == nil || e.Session != result.Session.ID {
					t.Errorf("got %+v, %v", result.Session, err)
				}
				return
			}
			refused(t, err, event.ReasonSessionChanged)
			if e.Account != 0 || e.Actor != 0 || e.Session != 0 || b.session() != nil || w.count("identities") != identities {
				t.Errorf("the refusal did something: %+v", e)
			}
		})
	}
}

// TestSignIn_SubjectInvalid: a profile without a subject is nobody's.
func TestSignIn_SubjectInvalid(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"", "0", "<nil>", "a\x00b", " a", string(make([]byte, 256)), "\xff"} {
		w := open(t, openPolicy)
		profile := ada("github")
		profile.Subject = subject
		_, err := w.browser().trip(accounts.IntentSignIn, profile)
		refused(t, err, event.ReasonSubjectInvalid)
		if e := w.leaves("session.signin failure subject_invalid")[0]; e.Email != "" || e.Account != 0 {
			t.Errorf("recorded %+v", e)
		}
		if n := w.count("accounts"); n != 0 {
			t.Errorf("subject %q made an account", subject)
		}
	}
}

// TestTest: an admin sees what a provider says, and nothing changes by it.
func TestTest(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	w.forget()
	_, err := b.trip(accounts.IntentTest, ada("github"))
	refused(t, err, event.ReasonNotAdmin)
	w.leaves("provider.test failure not_admin")

	w.set(func(_ context.Context, tx *db.Tx) error { return tx.SetAdmin(first.Account.ID, true) })
	before := b.session()
	stranger := accounts.Profile{Provider: "forge", Subject: "77", Email: "ada@example.org", EmailState: accounts.EmailVerified, Name: "Ada"}
	result, err := b.trip(accounts.IntentTest, stranger)
	if err != nil {
		t.Fatal(err)
	}
	e := w.leaves("provider.test success")[0]
	if e.ID != result.Event || e.Account != first.Account.ID || e.Identity != 0 || e.Name+e.Email+e.Handle != "" {
		t.Errorf("recorded %+v", e)
	}
	if result.Would.Reason != event.ReasonLinkRequired || result.Would.Rule != accounts.RuleEmailAdmin {
		t.Errorf("a sign-in would be %+v", result.Would)
	}
	if after := b.session(); after == nil || after.ID != before.ID || w.count("identities") != 1 || w.count("accounts") != 1 {
		t.Error("a test changed something")
	}

	_, err = b.trip("elsewhere", ada("github"))
	refused(t, err, event.ReasonIntentMismatch)
}
