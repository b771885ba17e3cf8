package accounts_test

import (
	"fmt"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	rule := []accounts.AllowRule{{Domain: "example.org"}}
	tests := []struct {
		name    string
		policy  accounts.Policy
		profile accounts.Profile
		status  db.Status
		words   []string
	}{
		{"open", openPolicy, ada("github"), db.StatusActive,
			[]string{"account.create success signup", "identity.link success signup", "session.signin success signup"}},
		{"open, not verified", openPolicy, unverified(ada("github")), db.StatusActive,
			[]string{"account.create success signup", "identity.link success signup", "session.signin success signup"}},
		{"approve", accounts.Policy{Signup: accounts.SignupApprove}, ada("github"), db.StatusPending,
			[]string{"account.create success signup", "identity.link success signup", "session.signin failure approval_pending"}},
		{"approve, allowed", accounts.Policy{Signup: accounts.SignupApprove, Allow: rule}, ada("github"), db.StatusActive,
			[]string{"account.create success allowed", "identity.link success allowed", "session.signin success allowed"}},
		{"closed, allowed", accounts.Policy{Signup: accounts.SignupClosed, Allow: rule}, ada("github"), db.StatusActive,
			[]string{"account.create success allowed", "identity.link success allowed", "session.signin success allowed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, test.policy)
			b, result := w.in(test.profile)
			events := w.leaves(test.words...)
			for _, e := range events {
				if e.Account != result.Account.ID || e.Actor != result.Account.ID || e.Provider != "github" ||
					e.Attempt != events[0].Attempt || e.Attempt == 0 || e.Email != "Ada@example.org" {
					t.Errorf("an event that does not tell whose: %+v", e)
				}
			}
			last := events[2]
			if last.Target != result.Session.ID || last.Session != result.Session.ID || last.Detail.Rule == "" ||
				last.Detail.Email != test.profile.EmailState.String() {
				t.Errorf("the sign-in does not tell how: %+v", last)
			}
			if a := w.account(result.Account.ID); a.Status != test.status || a.Admin || a.Name != "Ada" {
				t.Errorf("made %+v", a)
			}
			if s := b.session(); s == nil || s.AccountID != result.Account.ID || s.IdentityID != result.Identity.ID || !w.Fresh(*s) {
				t.Errorf("its session is %+v", s)
			}
			w.verified()
		})
	}
}

// TestSignUp_Refused: nothing is made, and the book says of nobody's account.
func TestSignUp_Refused(t *testing.T) {
	t.Parallel()
	for signup, want := range map[accounts.Signup]event.Reason{
		accounts.SignupInvite: event.ReasonInviteRequired,
		accounts.SignupClosed: event.ReasonSignupClosed,
	} {
		w := open(t, accounts.Policy{Signup: signup})
		b := w.browser()
		_, err := b.trip(accounts.IntentSignIn, ada("github"))
		if denied := refused(t, err, want); denied.Profile.Subject != "Ada" || denied.Ended {
			t.Errorf("denied %+v", denied)
		}
		events := w.leaves("session.signin failure " + want.String())
		if e := events[0]; e.Account != 0 || e.Identity != 0 || e.Actor != 0 || e.Detail.Policy != "signup = "+string(signup) {
			t.Errorf("recorded %+v", e)
		}
		if n := w.count("accounts") + w.count("identities") + w.count("sessions"); n != 0 || b.session() != nil {
			t.Errorf("%d rows were made", n)
		}
	}
}

func TestSignIn_Known(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, first := w.in(ada("github"))
	w.forget()
	w.clock.Add(time.Hour)
	_, second := w.in(ada("github"))
	w.leaves("session.signin success known_identity")
	if second.Account.ID != first.Account.ID || second.Identity.ID != first.Identity.ID || second.Session.ID == first.Session.ID {
		t.Errorf("signed in %+v", second)
	}
	if a := w.account(first.Account.ID); !a.LastSeenAt.Equal(w.clock.Now()) {
		t.Errorf("last seen %s", a.LastSeenAt)
	}
	other := ada("github")
	other.Namespace = "ghe.example"
	if _, third := w.in(unverified(other)); third.Account.ID == first.Account.ID {
		t.Error("L09: a subject of another namespace is the same person")
	}
	lower := unverified(ada("github"))
	lower.Subject = "ada"
	if _, third := w.in(lower); third.Account.ID == first.Account.ID {
		t.Error("L08: subjects are compared without their case")
	}
}

// TestSignIn_ProfileChange: the copy follows the provider, and the owner is
// the one who is said to have done it.
func TestSignIn_ProfileChange(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*accounts.Profile){
		"name":    func(p *accounts.Profile) { p.Name = "Ada Lovelace" },
		"handle":  func(p *accounts.Profile) { p.Handle = "countess" },
		"address": func(p *accounts.Profile) { p.Email = "countess@example.org" },
		"proof":   func(p *accounts.Profile) { p.EmailState = accounts.EmailUnverified },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			w := open(t, openPolicy)
			_, result := w.in(ada("github"))
			eve, _ := w.in(person("home", "Eve"))
			w.forget()
			changed := ada("github")
			change(&changed)
			eve.does(accounts.IntentSignIn, changed) // in Eve's browser
			events := w.leaves("identity.change success", "session.signout success switched_account", "session.signin success known_identity")
			if e := events[0]; e.Actor != result.Account.ID || e.Account != result.Account.ID || e.Identity != result.Identity.ID || e.Session != 0 {
				t.Errorf("the change is said to be %+v", e)
			}
			i := w.identities(result.Account.ID)[0]
			if i.Name != changed.Name || i.Handle != changed.Handle || i.Email != changed.Email || i.EmailState != uint8(changed.EmailState) ||
				(i.EmailKey == "") != (changed.EmailState != accounts.EmailVerified) {
				t.Errorf("the copy is %+v", i)
			}
			if a := w.account(result.Account.ID); a.Name != "Ada" {
				t.Errorf("the account is called %s", a.Name)
			}
		})
	}
}

// TestO26_Closed: an account that is disabled, merged or deleted is not
// entered, and not revived by trying.
func TestO26_Closed(t *testing.T) {
	t.Parallel()
	for status, want := range map[db.Status]event.Reason{
		db.StatusDisabled: event.ReasonAccountDisabled,
		db.StatusMerged:   event.ReasonAccountMerged,
		db.StatusDeleted:  event.ReasonAccountDeleted,
	} {
		w := open(t, openPolicy)
		_, result := w.in(ada("github"))
		w.setStatus(result.Account.ID, status)
		before, sessions := w.account(result.Account.ID), w.count("sessions")
		w.forget()
		b := w.browser()
		_, err := b.trip(accounts.IntentSignIn, ada("github"))
		refused(t, err, want)
		events := w.leaves("session.signin failure " + want.String())
		if e := events[0]; e.Account != result.Account.ID || e.Identity != result.Identity.ID || e.ActorKind != event.Anonymous {
			t.Errorf("recorded %+v", e)
		}
		if after := w.account(result.Account.ID); after.Status != status || after.LastSeenAt != before.LastSeenAt {
			t.Errorf("trying changed %+v to %+v", before, after)
		}
		if b.session() != nil || w.count("sessions") != sessions {
			t.Error("trying started a session")
		}
		// Nor by another provider with the same verified address.
		_, err = b.trip(accounts.IntentSignIn, ada("home"))
		refused(t, err, want)
		if e := w.leaves("session.signin failure " + want.String())[0]; e.Account != 0 || e.Identity != 0 {
			t.Errorf("an address proves an account: %+v", e)
		}
	}
}

// TestO26_ClosedMeanwhile: the account is disabled between the attempt and its
// callback.
func TestO26_ClosedMeanwhile(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, result := w.in(ada("github"))
	for _, intent := range []accounts.Intent{accounts.IntentSignIn, accounts.IntentLink, accounts.IntentStepUp} {
		w.setStatus(result.Account.ID, db.StatusActive)
		w.forget()
		profile := ada("github")
		if intent == accounts.IntentLink {
			profile = ada("home")
		}
		_, err := b.away(intent, profile, func() { w.setStatus(result.Account.ID, db.StatusDisabled) })
		refused(t, err, event.ReasonAccountDisabled)
		want := []string{fmt.Sprint(terminal(intent), " failure account_disabled")}
		if intent != accounts.IntentSignIn {
			want = append(want, "session.end success account_disabled")
		}
		w.leaves(want...)
		if intent == accounts.IntentLink {
			b.token = ""
			w.setStatus(result.Account.ID, db.StatusActive)
			b.does(accounts.IntentSignIn, ada("github"))
		}
	}
	if n := len(w.identities(result.Account.ID)); n != 1 || b.session() != nil {
		t.Errorf("%d identities, session %v", n, b.session())
	}
}

func TestSignIn_PendingAgain(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupApprove})
	b, result := w.in(ada("github"))
	w.forget()
	b.does(accounts.IntentSignIn, ada("github"))
	w.leaves("session.signin failure approval_pending")
	if s := b.session(); s == nil || w.account(result.Account.ID).Status != db.StatusPending {
		t.Errorf("the session that waits is %v", s)
	}
}
