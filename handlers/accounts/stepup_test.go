package accounts_test

import (
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestStepUp(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	linked := b.does(accounts.IntentLink, ada("forge"))
	old := b.token
	w.forget()
	w.clock.Add(freshFor)
	if w.Fresh(*b.session()) {
		t.Fatal("ten minutes are fresh")
	}
	result := b.does(accounts.IntentStepUp, ada("forge"))
	e := w.leaves("session.stepup success known_identity")[0]
	if e.Account != first.Account.ID || e.Identity != linked.Identity.ID || e.Target != result.Session.ID {
		t.Errorf("recorded %+v", e)
	}
	w.dead(old)
	s := b.session()
	if s == nil || !w.Fresh(*s) || s.Family != first.Session.Family || s.IdentityID != linked.Identity.ID {
		t.Errorf("the session is %+v", s)
	}
}

// TestStepUp_Reauth: the book says what the proof is worth.
func TestStepUp_Reauth(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, _ := w.in(ada("github"))
	proved := ada("github")
	proved.AuthTime = w.clock.Now()
	for _, test := range []struct {
		fresh   bool
		profile accounts.Profile
		want    string
	}{{false, ada("github"), "none"}, {false, proved, "none"}, {true, ada("github"), "asked"}, {true, proved, "proved"}} {
		w.forget()
		state := b.begin(db.Attempt{Intent: "stepup", Provider: "github", Fresh: test.fresh})
		a, err := b.use("github", state)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.complete(a, b.session(), test.profile); err != nil {
			t.Fatal(err)
		}
		if e := w.leaves("session.stepup success known_identity")[0]; e.Detail.Reauth != test.want {
			t.Errorf("recorded %q, want %q", e.Detail.Reauth, test.want)
		}
	}
}

// TestS09_OtherPerson: another account's identity proves that two people are
// at the browser, and ends the session.
func TestS09_OtherPerson(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	w.in(person("home", "Bob"))
	b, first := w.in(ada("github"))
	w.forget()
	_, err := b.trip(accounts.IntentStepUp, person("home", "Bob"))
	if denied := refused(t, err, event.ReasonSessionChanged); !denied.Ended || denied.Profile.Subject != "Bob" {
		t.Errorf("denied %+v", denied)
	}
	events := w.leaves("session.stepup failure session_changed", "session.end success session_changed")
	for _, e := range events {
		if e.Account != first.Account.ID || e.Identity != 0 || e.Name+e.Email+e.Handle != "" {
			t.Errorf("Ada's history tells of Bob: %+v", e)
		}
	}
	if events[1].Target != first.Session.ID || b.session() != nil {
		t.Error("the session did not end")
	}
}

// TestS09_UnknownIdentity: a slip of the hand; nothing ends, nothing is made.
func TestS09_UnknownIdentity(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	w.forget()
	w.clock.Add(time.Hour)
	_, err := b.trip(accounts.IntentStepUp, ada("forge"))
	if denied := refused(t, err, event.ReasonSessionChanged); denied.Ended {
		t.Error("said to have ended")
	}
	if e := w.leaves("session.stepup failure session_changed")[0]; e.Email != "Ada@example.org" {
		t.Errorf("recorded %+v", e)
	}
	if s := b.session(); s == nil || s.ID != first.Session.ID || w.Fresh(*s) || w.count("identities") != 1 {
		t.Errorf("the session is %+v", s)
	}
}
