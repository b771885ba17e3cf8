package accounts_test

import (
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestLink(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, bob := w.in(person("home", "Bob")) // row 17: whose address it is does not matter
	b, first := w.in(ada("github"))
	old := b.token
	w.forget()
	w.clock.Add(freshFor - time.Second)
	profile := person("forge", "Bob")
	result := b.does(accounts.IntentLink, profile)
	e := w.leaves("identity.link success signed_in")[0]
	if e.Account != first.Account.ID || e.Actor != first.Account.ID || e.Identity != result.Identity.ID || e.Target != e.Identity ||
		e.Session != result.Session.ID || e.Email != profile.Email || e.Detail.Rule != string(accounts.RuleLinkFresh) {
		t.Errorf("recorded %+v", e)
	}
	w.dead(old)
	s := b.session()
	if s == nil || s.Family != first.Session.Family || s.IdentityID != first.Identity.ID || !w.Fresh(*s) {
		t.Errorf("the session is %+v", s)
	}
	if own := w.identities(first.Account.ID); len(own) != 2 || own[1].Key.Provider != "forge" || len(w.identities(bob.Account.ID)) != 1 {
		t.Errorf("linked %+v", own)
	}
	_, again := w.in(profile)
	if again.Account.ID != first.Account.ID {
		t.Error("the new way in leads elsewhere")
	}
}

// TestLink_TwoOfOneProvider: one person may have several.
func TestLink_TwoOfOneProvider(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	b.does(accounts.IntentLink, person("github", "Ada-at-work"))
	if own := w.identities(first.Account.ID); len(own) != 2 {
		t.Errorf("she has %+v", own)
	}
}

func TestLink_Refused(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, bob := w.in(person("home", "Bob"))
	b, first := w.in(ada("github"))
	w.forget()
	rows := w.linked()
	tests := []struct {
		name    string
		profile accounts.Profile
		prepare func()
		want    event.Reason
	}{
		{"L06: another's", person("home", "Bob"), func() {}, event.ReasonIdentityInUse},
		{"L06: another's, stale", person("home", "Bob"), func() { w.clock.Add(freshFor) }, event.ReasonIdentityInUse},
		{"S09: stale", ada("home"), func() {}, event.ReasonNotFresh},
		{"waiting", ada("home"), func() { w.setStatus(first.Account.ID, db.StatusPending) }, event.ReasonApprovalPending},
	}
	for _, test := range tests {
		test.prepare()
		_, err := b.trip(accounts.IntentLink, test.profile)
		refused(t, err, test.want)
		e := w.leaves("identity.link failure " + test.want.String())[0]
		if e.Account != first.Account.ID || e.Identity != 0 || e.Target != 0 {
			t.Errorf("%s: recorded %+v", test.name, e)
		}
		if test.want == event.ReasonIdentityInUse && e.Name+e.Email+e.Handle != "" {
			t.Errorf("%s: Ada's history tells whose it is: %+v", test.name, e)
		}
		if b.session() == nil || b.session().ID != first.Session.ID {
			t.Errorf("%s: the session is %+v", test.name, b.session())
		}
	}
	if now := w.linked(); now != rows || len(w.identities(bob.Account.ID)) != 1 {
		t.Errorf("rows were\n%s and are\n%s", rows, now)
	}
}

func TestLink_Already(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	old := b.token
	w.forget()
	w.clock.Add(time.Hour) // it proves the account, so it need not be fresh
	changed := ada("github")
	changed.Handle = "countess"
	result := b.does(accounts.IntentLink, changed)
	w.leaves("identity.change success", "identity.link success already_linked")
	w.dead(old)
	if s := b.session(); s == nil || !w.Fresh(*s) || s.Family != first.Session.Family || result.Decision.Act != accounts.ActKeep {
		t.Errorf("the session is %+v", s)
	}
	if len(w.identities(first.Account.ID)) != 1 {
		t.Error("it was linked twice")
	}
}

// TestL04_SessionChanged: a link that one session began is not finished by
// another one, not even by the same person's.
func TestL04_SessionChanged(t *testing.T) {
	t.Parallel()
	for _, intent := range []accounts.Intent{accounts.IntentLink, accounts.IntentStepUp, accounts.IntentTest} {
		for name, meanwhile := range map[string]func(*browser){
			"signed out":              func(b *browser) { b.token = "" },
			"another account":         func(b *browser) { b.does(accounts.IntentSignIn, person("home", "Bob")) },
			"another session of hers": func(b *browser) { b.token = ""; b.does(accounts.IntentSignIn, ada("github")) },
		} {
			t.Run(string(intent)+", "+name, func(t *testing.T) {
				w := open(t, openPolicy)
				w.in(person("home", "Bob"))
				b, _ := w.in(ada("github"))
				state := b.start(intent, "forge")
				meanwhile(b)
				w.forget()
				a, err := b.use("forge", state)
				refused(t, err, event.ReasonSessionChanged)
				if a.Verifier != "" || a.ID != 0 {
					t.Errorf("the attempt is handed out: %+v", a)
				}
				e := w.leaves(terminal(intent).String() + " failure session_changed")[0]
				if e.Account != 0 || e.Attempt == 0 {
					t.Errorf("recorded %+v", e)
				}
				_, err = b.use("forge", state)
				refused(t, err, event.ReasonAttemptConsumed)
			})
		}
	}
}

// TestL04_Family: a family says nothing without its account.
func TestL04_Family(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	state := b.start(accounts.IntentLink, "forge")
	_, err := w.UseAttempt(ctx, db.Actor{}, accounts.Callback{
		Provider: "forge", State: state, Browser: b.binding,
		Session: &db.Session{ID: 7, AccountID: 7, Family: first.Session.Family},
	})
	refused(t, err, event.ReasonSessionChanged)
}

// TestL04_RenewedSession: the same session, renewed meanwhile, is not a
// stranger's.
func TestL04_RenewedSession(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	state := b.start(accounts.IntentLink, "forge")
	b.does(accounts.IntentStepUp, ada("github"))
	a, err := b.use("forge", state)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.complete(a, b.session(), ada("forge")); err != nil || len(w.identities(first.Account.ID)) != 2 {
		t.Errorf("%v", err)
	}
}
