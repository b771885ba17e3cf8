package accounts_test

import (
	"errors"
	"sync"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

var commandLine = db.Actor{Kind: event.CommandLine}

func TestGrant(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupApprove})
	b, result := w.in(ada("github"))
	id := result.Account.ID
	code := w.newClaim()
	w.forget()
	for range 2 { // the second does nothing
		if err := w.Grant(ctx, commandLine, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range w.leaves("account.approve success granted", "account.promote success granted") {
		if e.Account != id || e.Target != id || e.TargetKind != event.TargetAccount || e.ActorKind != event.CommandLine {
			t.Errorf("recorded %+v", e)
		}
	}
	if a := w.account(id); !a.Admin || a.Status != db.StatusActive || b.session() == nil {
		t.Errorf("it is %+v", a)
	}
	if w.claimOpen(code) || w.count("claims") != 0 {
		t.Error("a claim is open beside an admin")
	}
	_, bob := w.in(person("home", "Bob"))
	w.forget()
	for status, want := range map[db.Status]event.Reason{
		db.StatusDisabled: event.ReasonAccountDisabled, db.StatusMerged: event.ReasonAccountMerged, db.StatusDeleted: event.ReasonAccountDeleted,
	} {
		w.setStatus(bob.Account.ID, status)
		refused(t, w.Grant(ctx, commandLine, bob.Account.ID), want)
	}
	if err := w.Grant(ctx, commandLine, 77); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("granted nobody: %v", err)
	}
	w.leaves()
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, one := w.in(ada("github"))
	_, two := w.in(person("home", "Bob"))
	ids := []db.ID{one.Account.ID, two.Account.ID}
	for _, id := range ids {
		if err := w.Grant(ctx, commandLine, id); err != nil {
			t.Fatal(err)
		}
	}
	w.forget()
	errs := make([]error, len(ids))
	var all sync.WaitGroup
	for n, id := range ids { // each takes the right from the other, at once
		all.Go(func() { errs[n] = w.Revoke(ctx, commandLine, id) })
	}
	all.Wait()
	w.leaves("account.demote success granted")
	last := ids[0]
	if errs[0] == nil {
		last = ids[1]
	}
	if !errors.Is(errors.Join(errs...), accounts.ErrLastAdmin) || (errs[0] == nil) == (errs[1] == nil) || !w.account(last).Admin {
		t.Errorf("got %v", errs)
	}
	w.forget()
	if err := w.Revoke(ctx, commandLine, ids[0]+ids[1]-last); err != nil { // no admin any more
		t.Error(err)
	}
	w.setStatus(last, db.StatusDisabled) // not an active admin
	if err := w.Revoke(ctx, commandLine, last); err != nil || w.account(last).Admin {
		t.Error(err)
	}
	w.leaves("account.demote success granted")
}

func TestApprove(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupApprove})
	b, result := w.in(ada("github"))
	id := result.Account.ID
	w.forget()
	admin := db.Actor{Kind: event.Account, Account: 7}
	for range 2 { // the second does nothing
		if err := w.Approve(ctx, admin, id); err != nil {
			t.Fatal(err)
		}
	}
	if e := w.leaves("account.approve success admin")[0]; e.Account != id || e.Actor != 7 {
		t.Errorf("recorded %+v", e)
	}
	if s := b.session(); s == nil || s.ID != result.Session.ID || w.account(id).Status != db.StatusActive {
		t.Errorf("her session is %v", s)
	}
	for _, status := range []db.Status{db.StatusDisabled, db.StatusMerged, db.StatusDeleted} {
		w.setStatus(id, status)
		if err := w.Approve(ctx, admin, id); err != nil || w.account(id).Status != status {
			t.Errorf("approved a %s account: %v", status, err)
		}
	}
	if err := w.Approve(ctx, admin, 77); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("approved nobody: %v", err)
	}
	w.leaves()
}

func TestFind(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkOff})
	b, one := w.in(ada("github"))
	b.does(accounts.IntentLink, ada("forge")) // the same address twice
	_, two := w.in(unverified(person("home", "Bob")))
	w.in(person("home", "Kim"))
	w.in(person("github", "Kim"))
	twin := ada("github")
	twin.Namespace, twin.Subject, twin.Email = "other", "Bob", ""
	w.in(twin)
	twin.Namespace, twin.EmailState = "another", accounts.EmailNone
	w.in(twin)
	for person, want := range map[string]db.ID{
		one.Account.ID.String(): one.Account.ID,
		"ada@EXAMPLE.org":       one.Account.ID,
		"github:Ada":            one.Account.ID,
		"home:Bob":              two.Account.ID,
	} {
		if a, err := w.Find(ctx, person); a.ID != want || err != nil {
			t.Errorf("%q: %s, %v", person, a.ID, err)
		}
	}
	for person, want := range map[string]error{
		"Bob@example.org":             accounts.ErrNobody, // not verified
		"eve@example.org":             accounts.ErrNobody,
		"github:ada":                  accounts.ErrNobody,
		"nowhere:Ada":                 accounts.ErrNobody,
		"":                            accounts.ErrNobody,
		"Ada":                         accounts.ErrNobody,
		":":                           accounts.ErrNobody,
		"%":                           accounts.ErrNobody,
		one.Session.ID.String():       accounts.ErrNobody,
		"Kim@example.org":             accounts.ErrSeveral,
		"github:Bob":                  accounts.ErrSeveral,
		`"Ada@example.org"@evil.test`: accounts.ErrNobody,
	} {
		if a, err := w.Find(ctx, person); a.ID != 0 || !errors.Is(err, want) {
			t.Errorf("%q: %s, %v", person, a.ID, err)
		}
	}
	w.store.Close()
	for _, person := range []string{one.Account.ID.String(), "ada@example.org"} {
		if _, err := w.Find(ctx, person); err == nil || errors.Is(err, accounts.ErrNobody) {
			t.Errorf("%q in a closed store: %v", person, err)
		}
	}
}
