package accounts_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// newClaim makes a claim code.
func (w *world) newClaim() string {
	w.t.Helper()
	code, err := w.NewClaim(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *world) claimOpen(code string) bool {
	w.t.Helper()
	ok, err := w.ClaimOpen(ctx, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return ok
}

// claim redeems a code as somebody.
func (b *browser) claim(code string, p accounts.Profile) (accounts.Result, error) {
	b.w.t.Helper()
	state := b.begin(db.Attempt{Intent: "claim", Provider: p.Provider, ClaimHash: accounts.HashSecret(code)})
	a, err := b.use(p.Provider, state)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.complete(a, b.session(), p)
}

// TestL15_Claim: the link is the permission, so sign-up's policy is not asked;
// it works once.
func TestL15_Claim(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupClosed})
	code := w.newClaim()
	if !w.claimOpen(code) || w.claimOpen("another") || w.claimOpen("") {
		t.Error("the wrong codes are open")
	}
	if n := w.raw().QueryRow(`SELECT 1 FROM claims WHERE code_hash = ?`, code); n.Scan(new(int)) == nil {
		t.Error("the code itself is stored")
	}
	b := w.browser()
	result, err := b.claim(code, ada("github"))
	if err != nil {
		t.Fatal(err)
	}
	events := w.leaves("account.create success claimed", "identity.link success claimed", "account.promote success claimed",
		"session.signin success claimed")
	for _, e := range events {
		if e.Account != result.Account.ID || e.Actor != result.Account.ID || e.Attempt == 0 {
			t.Errorf("recorded %+v", e)
		}
	}
	if a := w.account(result.Account.ID); !a.Admin || a.Status != db.StatusActive || b.session() == nil {
		t.Errorf("made %+v", a)
	}
	if w.count("claims") != 0 || w.claimOpen(code) || w.newClaim() != "" {
		t.Error("there is an admin, and a claim is open")
	}
	_, err = w.browser().claim(code, person("github", "Eve"))
	refused(t, err, event.ReasonClaimInvalid)
	w.leaves("session.signin failure claim_invalid")
	w.setStatus(result.Account.ID, db.StatusDisabled)
	if w.claimOpen(code) {
		t.Error("a used code is open again once its admin is disabled")
	}
	if n := w.count("accounts"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

// TestL15_ClaimExpires: a code lives a day at most, until the next one.
func TestL15_ClaimExpires(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	first := w.newClaim()
	second := w.newClaim()
	if w.claimOpen(first) || !w.claimOpen(second) {
		t.Error("a new code does not replace the one before")
	}
	w.clock.Add(accounts.ClaimLife - time.Second)
	if !w.claimOpen(second) {
		t.Error("it is over too soon")
	}
	w.clock.Add(time.Second)
	if w.claimOpen(second) {
		t.Error("it is open after its day")
	}
	for _, code := range []string{first, second, "", "guess"} {
		_, err := w.browser().claim(code, ada("github"))
		refused(t, err, event.ReasonClaimInvalid)
		if e := w.leaves("session.signin failure claim_invalid")[0]; e.Account != 0 {
			t.Errorf("recorded %+v", e)
		}
	}
	if n := w.count("accounts"); n != 0 {
		t.Errorf("%d accounts were made", n)
	}
}

// TestL15_ClaimByPending: somebody who waits becomes active and an admin, in
// their own browser or in a new one.
func TestL15_ClaimByPending(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{Signup: accounts.SignupApprove})
	b, first := w.in(ada("github"))
	w.forget()
	result, err := b.claim(w.newClaim(), ada("github"))
	if err != nil || result.Account.ID != first.Account.ID || !result.Account.Admin || result.Account.Status != db.StatusActive {
		t.Errorf("got %+v, %v", result.Account, err)
	}
	w.leaves("account.approve success claimed", "account.promote success claimed", "session.signin success claimed")
	if a := w.account(first.Account.ID); !a.Admin || a.Status != db.StatusActive {
		t.Errorf("it is %+v", a)
	}
}

// TestL15_ClaimRefused: a refusal takes nothing over and does not use the code
// up.
func TestL15_ClaimRefused(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	code := w.newClaim()
	b, bob := w.in(person("home", "Bob"))
	w.forget()
	tries := []struct {
		name    string
		by      *browser
		profile accounts.Profile
		prepare db.Status // Bob's
		want    event.Reason
	}{
		{"unknown, while Bob is signed in", b, ada("github"), db.StatusActive, event.ReasonLinkRequired},
		{"Bob's address", w.browser(), person("github", "Bob"), db.StatusActive, event.ReasonLinkRequired},
		{"Bob, disabled", w.browser(), person("home", "Bob"), db.StatusDisabled, event.ReasonAccountDisabled},
	}
	for _, try := range tries {
		w.setStatus(bob.Account.ID, try.prepare)
		_, err := try.by.claim(code, try.profile)
		refused(t, err, try.want)
		w.leaves("session.signin failure " + try.want.String())
		if !w.claimOpen(code) || w.account(bob.Account.ID).Admin || w.count("identities") != 1 {
			t.Errorf("%s: the refusal did something", try.name)
		}
	}
}

// TestL15_ClaimTwiceAtOnce: many redeem one code at the same time; one becomes
// the admin.
func TestL15_ClaimTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	code := w.newClaim()
	errs := make([]error, 8)
	var all sync.WaitGroup
	for n := range errs {
		b, p := w.browser(), unverified(person("github", string(rune('a'+n))))
		a, err := b.use("github", b.begin(db.Attempt{Intent: "claim", Provider: "github", ClaimHash: accounts.HashSecret(code)}))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { _, errs[n] = b.complete(a, nil, p) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, event.ReasonClaimInvalid)
	}
	admins, err := w.store.Admins(ctx)
	if won != 1 || len(admins) != 1 || w.count("accounts") != 1 || err != nil {
		t.Errorf("%d won, %d admins, %v", won, len(admins), err)
	}
	w.verified()
}

// TestClaim_StorageFails: without the store there is neither yes nor no.
func TestClaim_StorageFails(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	code := w.newClaim()
	w.store.Close()
	if _, err := w.NewClaim(ctx); !errors.Is(err, db.ErrClosed) {
		t.Errorf("new claim: %v", err)
	}
	if ok, err := w.ClaimOpen(ctx, code); ok || err == nil {
		t.Errorf("open: %t, %v", ok, err)
	}
}
