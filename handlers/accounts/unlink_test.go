package accounts_test

import (
	"errors"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// unlink removes an identity as the handlers do.
func (b *browser) unlink(id db.ID) error {
	b.w.t.Helper()
	renew, token := renewal()
	err := b.w.Unlink(ctx, b.actor(), *b.session(), id, renew)
	if err == nil {
		b.token = token
	}
	return err
}

// TestL10_Unlink: the sessions that the identity signed in end; the acting one
// goes on under a new token.
func TestL10_Unlink(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	linked := b.does(accounts.IntentLink, ada("forge"))
	thief, stolen := w.in(ada("forge"))
	other, _ := w.in(ada("github"))
	old, before := b.token, *b.session()
	w.forget()
	w.clock.Add(time.Minute)
	if err := b.unlink(linked.Identity.ID); err != nil {
		t.Fatal(err)
	}
	events := w.leaves("identity.unlink success account_request", "session.end success identity_unlinked")
	if e := events[0]; e.Account != first.Account.ID || e.Actor != first.Account.ID || e.Identity != linked.Identity.ID ||
		e.Provider != "forge" || e.Session != b.session().ID {
		t.Errorf("recorded %+v", e)
	}
	if events[1].Target != stolen.Session.ID || thief.session() != nil || other.session() == nil {
		t.Error("the wrong sessions ended")
	}
	w.dead(old)
	s := b.session()
	if s == nil || s.Family != before.Family || s.IdentityID != first.Identity.ID || !s.ProvedAt.Equal(before.ProvedAt) ||
		!s.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("the session is %+v, was %+v", s, before)
	}
	if own := w.identities(first.Account.ID); len(own) != 1 || own[0].ID != first.Identity.ID {
		t.Errorf("left are %+v", own)
	}
	if err := b.unlink(linked.Identity.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("unlinked twice: %v", err)
	}
	w.leaves()
	w.verified()
}

// TestL10_UnlinkOwnWayIn: a session whose own way in is removed stays, but has
// proved nothing any more.
func TestL10_UnlinkOwnWayIn(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	linked := b.does(accounts.IntentLink, ada("forge"))
	twin, _ := w.in(ada("github"))
	w.forget()
	if err := b.unlink(first.Identity.ID); err != nil {
		t.Fatal(err)
	}
	w.leaves("identity.unlink success account_request", "session.end success identity_unlinked")
	s := b.session()
	if s == nil || s.IdentityID != 0 || w.Fresh(*s) || twin.session() != nil {
		t.Errorf("the session is %+v", s)
	}
	_, err := b.trip(accounts.IntentLink, ada("home"))
	refused(t, err, event.ReasonNotFresh)
	refused(t, b.unlink(linked.Identity.ID), event.ReasonNotFresh)
	b.does(accounts.IntentStepUp, ada("forge"))
	if !w.Fresh(*b.session()) {
		t.Error("a new proof is worth nothing")
	}
	if _, again := w.in(unverified(ada("github"))); again.Account.ID == first.Account.ID {
		t.Error("the unlinked identity still signs her in")
	}
}

func TestUnlink_Refused(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, bob := w.in(person("home", "Bob"))
	b, first := w.in(ada("github"))
	gone := b.does(accounts.IntentLink, ada("gone"))
	w.forget()
	before := w.linked()

	refused(t, b.unlink(first.Identity.ID), event.ReasonLastIdentity)
	w.leaves("identity.unlink failure last_identity")
	for _, id := range []db.ID{bob.Identity.ID, 0, 77} {
		if err := b.unlink(id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("identity %d: %v", id, err)
		}
	}
	w.leaves()
	w.clock.Add(freshFor)
	refused(t, b.unlink(gone.Identity.ID), event.ReasonNotFresh)
	e := w.leaves("identity.unlink failure not_fresh")[0]
	if e.Account != first.Account.ID || e.Identity != gone.Identity.ID || e.Actor != first.Account.ID {
		t.Errorf("recorded %+v", e)
	}
	b.does(accounts.IntentStepUp, ada("github"))
	w.forget()
	session := *b.session()
	w.setStatus(first.Account.ID, db.StatusDisabled)
	refused(t, b.unlink(gone.Identity.ID), event.ReasonAccountDisabled)
	w.leaves("identity.unlink failure account_disabled")
	w.setStatus(first.Account.ID, db.StatusActive)
	if err := w.SignOut(ctx, b.actor(), session); err != nil {
		t.Fatal(err)
	}
	w.forget()
	renew, _ := renewal()
	if err := w.Unlink(ctx, db.Actor{}, session, gone.Identity.ID, renew); !errors.Is(err, db.ErrEnded) {
		t.Errorf("unlinked by a session that has ended: %v", err)
	}
	w.leaves()
	if after := w.linked(); after != before {
		t.Errorf("rows were\n%s and are\n%s", before, after)
	}
}

// TestUnlink_Unusable: what nobody can sign in with may go, while another way
// in is left.
func TestUnlink_Unusable(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	gone := b.does(accounts.IntentLink, ada("gone"))
	if err := b.unlink(gone.Identity.ID); err != nil || len(w.identities(first.Account.ID)) != 1 {
		t.Error(err)
	}
}

func TestDecideUnlink(t *testing.T) {
	all := func(string) bool { return true }
	mine := []db.Identity{{ID: 1, AccountID: 7}, {ID: 2, AccountID: 7}}
	tests := []struct {
		name   string
		target db.Identity
		own    []db.Identity
		fresh  bool
		usable func(string) bool
		want   event.Reason
	}{
		{"may", mine[0], mine, true, all, event.ReasonNone},
		{"another's", db.Identity{ID: 3, AccountID: 8}, mine, true, all, event.ReasonPendingInvalid},
		{"stale", mine[0], mine, false, all, event.ReasonNotFresh},
		{"the last", mine[0], mine[:1], true, all, event.ReasonLastIdentity},
		{"the last that works", mine[0], mine, true, func(string) bool { return false }, event.ReasonLastIdentity},
	}
	for _, test := range tests {
		if got := accounts.DecideUnlink(test.target, 7, test.own, test.fresh, test.usable); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
