package accounts_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func keyOf(p accounts.Profile) db.Key {
	return db.Key{Provider: p.Provider, Namespace: p.Namespace, Subject: p.Subject}
}

// TestReplay tells a past that goes by every rule of the present.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := openWith(t, accounts.Options{Policy: openPolicy, FirstIsAdmin: true})
	begin := w.clock.Now().Add(-30 * 24 * time.Hour)
	actor := db.Actor{IP: netip.MustParseAddr("203.0.113.5"), UserAgent: "past"}
	signin, link := accounts.IntentSignIn, accounts.IntentLink
	adas, bob := keyOf(ada("github")), person("home", "Bob")
	nobody := db.Key{Provider: "github", Subject: "nobody"}
	changed := ada("github")
	changed.Handle = "countess"
	steps := []struct {
		past accounts.Past
		want []string
	}{
		{accounts.Past{Intent: signin, Profile: ada("github")}, []string{"account.create success signup", "identity.link success signup", "session.signin success signup"}},
		{accounts.Past{Intent: signin, Profile: ada("github")}, []string{"session.signin success known_identity"}},
		{accounts.Past{Intent: signin, Profile: changed}, []string{"identity.change success", "session.signin success known_identity"}},
		{accounts.Past{Intent: signin, Profile: ada("forge")}, []string{"session.signin failure link_required"}},
		{accounts.Past{Intent: signin, Profile: bob}, []string{"account.create success signup", "identity.link success signup", "session.signin success signup"}},
		{accounts.Past{Intent: link, Profile: ada("forge"), Self: adas}, []string{"identity.link success signed_in"}},
		{accounts.Past{Intent: link, Profile: ada("forge"), Self: adas}, []string{"identity.link success already_linked"}},
		{accounts.Past{Intent: link, Profile: bob, Self: adas}, []string{"identity.link failure identity_in_use"}},
		{accounts.Past{Intent: link, Profile: ada("home"), Self: adas, Failure: accounts.Failure{Reason: event.ReasonDeniedByUser}}, []string{"identity.link failure denied_by_user"}},
		{accounts.Past{Intent: signin, Profile: bob, Failure: accounts.Failure{Reason: event.ReasonProviderTimeout}}, []string{"session.signin failure provider_timeout"}},
		{accounts.Past{SignOut: true, Self: adas}, []string{"session.signout success account_request"}},
		{accounts.Past{Unlink: true, Profile: ada("forge"), Self: adas}, []string{"identity.unlink success account_request"}},
		{accounts.Past{Unlink: true, Profile: ada("forge"), Self: adas}, nil}, // gone
		{accounts.Past{Unlink: true, Profile: bob, Self: adas}, nil},          // another's
		{accounts.Past{Unlink: true, Profile: bob, Self: keyOf(bob)}, []string{"identity.unlink failure last_identity"}},
		{accounts.Past{SignOut: true, Self: nobody}, nil},
		{accounts.Past{Unlink: true, Profile: bob, Self: nobody}, nil},
		{accounts.Past{Intent: link, Profile: ada("home"), Self: nobody}, nil},
	}
	for i, step := range steps {
		step.past.At, step.past.Actor = begin.Add(time.Duration(i)*time.Hour), actor
		if err := w.Replay(ctx, []accounts.Past{step.past}); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		for _, e := range w.leaves(step.want...) {
			if !e.At.Equal(step.past.At) || e.ID.Time() != step.past.At.Truncate(time.Millisecond) || e.IP != actor.IP || e.UserAgent != "past" || e.Session != 0 {
				t.Errorf("step %d is told as %+v", i, e)
			}
			if e.Outcome == event.Success && (e.Actor == 0 || e.Actor != e.Account) {
				t.Errorf("step %d: who did it? %+v", i, e)
			}
			if e.Reason == event.ReasonDeniedByUser && e.Account == 0 {
				t.Errorf("step %d: whose link? %+v", i, e)
			}
		}
	}
	w.verified()
	admins, err := w.store.CountAdmins(ctx)
	if n := w.count("sessions"); n != 0 || admins != 0 || err != nil || w.count("accounts") != 2 {
		t.Errorf("the past has %d sessions and %d admins, %v", n, admins, err)
	}
	// The present: the first live person becomes the admin, and only they.
	_, first := w.in(bob)
	w.leaves("account.promote success demo", "session.signin success known_identity")
	_, next := w.in(ada("github"))
	w.forget()
	if !first.Account.Admin || !w.account(first.Account.ID).Admin || next.Account.Admin {
		t.Errorf("admins: %+v, %+v", first.Account, next.Account)
	}
	w.verified()
}

// TestReplay_Run: a run is one transaction; a step that fails leaves none.
func TestReplay_Run(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupApprove})
	begin := w.clock.Now().Add(-time.Hour)
	past := []accounts.Past{
		{At: begin, Intent: accounts.IntentSignIn, Profile: ada("github")},
		{At: begin.Add(time.Minute), Intent: accounts.IntentSignIn, Profile: ada("github")},
	}
	if err := w.Replay(ctx, past); err != nil {
		t.Fatal(err)
	}
	w.leaves("account.create success signup", "identity.link success signup", "session.signin failure approval_pending",
		"session.signin failure approval_pending")
	w.raw(`CREATE TRIGGER bomb BEFORE INSERT ON accounts WHEN new.name = 'Eve' BEGIN SELECT RAISE(ABORT, 'boom'); END`)
	err := w.Replay(ctx, []accounts.Past{
		{At: begin.Add(2 * time.Minute), Intent: accounts.IntentSignIn, Profile: person("github", "Kim")},
		{At: begin.Add(3 * time.Minute), Intent: accounts.IntentSignIn, Profile: person("github", "Eve")},
	})
	if err == nil || w.count("accounts") != 1 {
		t.Errorf("half a run stays: %v", err)
	}
	w.leaves()
	w.store.Close()
	if err := w.Replay(ctx, past); !errors.Is(err, db.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestFirstIsAdmin: a stranger, too, and one who waits; once there is an admin
// nobody else is, and no address makes one.
func TestFirstIsAdmin(t *testing.T) {
	t.Parallel()
	w := openWith(t, accounts.Options{Policy: accounts.Policy{Signup: accounts.SignupClosed}, FirstIsAdmin: true})
	_, first := w.in(ada("github"))
	w.leaves("account.create success demo", "identity.link success demo", "account.promote success demo", "session.signin success demo")
	if !first.Account.Admin || first.Account.Status != db.StatusActive {
		t.Errorf("made %+v", first.Account)
	}
	_, err := w.browser().trip(accounts.IntentSignIn, person("github", "Eve"))
	refused(t, err, event.ReasonSignupClosed)

	w = openWith(t, accounts.Options{Policy: accounts.Policy{Signup: accounts.SignupApprove}, FirstIsAdmin: true})
	if err := w.Replay(ctx, []accounts.Past{{At: w.clock.Now().Add(-time.Hour), Intent: accounts.IntentSignIn, Profile: ada("github")}}); err != nil {
		t.Fatal(err)
	}
	w.forget()
	_, second := w.in(ada("github"))
	w.leaves("account.approve success demo", "account.promote success demo", "session.signin success known_identity")
	if !second.Account.Admin || w.account(second.Account.ID).Status != db.StatusActive {
		t.Errorf("made %+v", second.Account)
	}
}
