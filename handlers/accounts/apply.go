package accounts

import (
	"context"

	"gatebook/db"
	"gatebook/db/event"
)

// signIn opens a session for the identity's owner, who acts from here on,
// whoever was signed in before.
func (v *visit) signIn(ctx context.Context) error {
	v.tx.Act(event.Account, v.account.ID, 0)
	if err := v.refresh(ctx); err != nil {
		return err
	}
	if v.decision.Promote {
		if err := v.promote(ctx); err != nil {
			return err
		}
	}
	return v.enter(ctx)
}

// signUp makes the account, active or pending, with its first identity.
func (v *visit) signUp(ctx context.Context) (err error) {
	why := v.decision.Reason
	status := db.StatusActive
	if v.decision.Act == ActQueue {
		status, why = db.StatusPending, event.ReasonSignup
	}
	v.account, err = v.tx.InsertAccount(db.Account{Name: v.in.Profile.displayName(), Status: status})
	if err != nil {
		return err
	}
	v.tx.Act(event.Account, v.account.ID, 0)
	if err := v.record(ctx, event.KindAccountCreate, event.Success, why); err != nil {
		return err
	}
	if err := v.attach(ctx, why); err != nil {
		return err
	}
	if v.decision.Promote {
		if err := v.promote(ctx); err != nil {
			return err
		}
	}
	return v.enter(ctx)
}

// attach links the profile's identity to v.account. The unique key decides
// when two do so at once; the writer lets only one at a time come here.
func (v *visit) attach(ctx context.Context, why event.Reason) (err error) {
	i := v.in.Profile.onto(db.Identity{AccountID: v.account.ID, Key: v.in.Profile.key()})
	if v.identity, err = v.tx.InsertIdentity(i); err != nil {
		return err
	}
	return v.record(ctx, event.KindIdentityLink, event.Success, why)
}

// linkAndSignIn links by the provider's authority over the address.
func (v *visit) linkAndSignIn(ctx context.Context) (err error) {
	if v.account, err = v.tx.LockAccount(ctx, v.decision.Account); err != nil {
		return err
	}
	v.tx.Act(event.Account, v.account.ID, 0)
	if err := v.attach(ctx, v.decision.Reason); err != nil {
		return err
	}
	return v.enter(ctx)
}

// link adds the identity to the account that is signed in. The session is
// renewed, so that a token from before the link is worth nothing after it.
func (v *visit) link(ctx context.Context) (err error) {
	if v.account, err = v.tx.LockAccount(ctx, v.decision.Account); err != nil {
		return err
	}
	if err := v.start(ctx, v.in.Session.IdentityID); err != nil {
		return err
	}
	return v.attach(ctx, v.decision.Reason)
}

// keep renews the session by an identity that the account has already.
func (v *visit) keep(ctx context.Context) error {
	if err := v.refresh(ctx); err != nil {
		return err
	}
	if err := v.start(ctx, v.identity.ID); err != nil {
		return err
	}
	return v.record(ctx, terminalKind(v.facts.Intent), event.Success, v.decision.Reason)
}

// test records that an admin tested a provider and what was checked, and works
// out what a sign-in would have come to. Nobody is signed in, no row changes,
// and whoever the provider named is not written down.
func (v *visit) test(ctx context.Context) (err error) {
	asStranger := v.facts
	asStranger.Intent, asStranger.SignedIn = IntentSignIn, nil
	v.would = Decide(v.s.opt.Policy, v.in.Profile, asStranger)
	v.identity = db.Identity{}
	v.in.Profile.Name, v.in.Profile.Email, v.in.Profile.Handle = "", "", ""
	if v.account, err = v.tx.Account(ctx, v.decision.Account); err != nil {
		return err
	}
	return v.record(ctx, event.KindProviderTest, event.Success, event.ReasonNone)
}

// refuse records the refusal; nothing else changes, but for a session that the
// decision ends.
func (v *visit) refuse(ctx context.Context) (err error) {
	if v.facts.Owner == nil || v.facts.Owner.ID != v.decision.Account {
		// Whose identity it is stays out of another person's history.
		v.identity = db.Identity{}
		v.account = db.Account{ID: v.decision.Account}
		if v.facts.Owner != nil && v.decision.Account != 0 {
			p := &v.in.Profile
			p.Name, p.Email, p.Handle = "", "", ""
		}
	}
	if err := v.record(ctx, terminalKind(v.facts.Intent), event.Failure, v.decision.Reason); err != nil {
		return err
	}
	if !v.decision.EndSession || v.in.Session == nil {
		return nil
	}
	return v.s.endSession(ctx, v.tx, *v.in.Session, v.decision.Reason)
}

// refresh takes over the profile just seen, and records where it differs.
func (v *visit) refresh(ctx context.Context) error {
	before, now := v.identity, v.in.Profile.onto(v.identity)
	v.identity = now
	if err := v.tx.RefreshIdentity(now); err != nil {
		return err
	}
	if before.Email == now.Email && before.EmailState == now.EmailState && before.Name == now.Name && before.Handle == now.Handle {
		return nil
	}
	return v.record(ctx, event.KindIdentityChange, event.Success, event.ReasonNone)
}

// promote makes the account the first admin, and active if it was waiting.
func (v *visit) promote(ctx context.Context) error {
	why := event.ReasonDemo
	if v.facts.Intent == IntentClaim {
		why = event.ReasonClaimed
		if err := v.tx.UseClaim(v.in.Attempt.ClaimHash); err != nil {
			return err
		}
	}
	if v.account.Status == db.StatusPending {
		if err := v.tx.SetStatus(v.account.ID, db.StatusActive); err != nil {
			return err
		}
		v.account.Status = db.StatusActive
		if err := v.record(ctx, event.KindAccountApprove, event.Success, why); err != nil {
			return err
		}
	}
	if err := v.tx.SetAdmin(v.account.ID, true); err != nil {
		return err
	}
	v.account.Admin = true
	return v.record(ctx, event.KindAccountPromote, event.Success, why)
}

// enter opens the session of a sign-in and records it. A pending account's
// sign-in is a refusal in the book, though its session waits for approval.
func (v *visit) enter(ctx context.Context) error {
	if v.decision.Switch != 0 {
		if err := v.leave(ctx); err != nil {
			return err
		}
	}
	if err := v.start(ctx, v.identity.ID); err != nil {
		return err
	}
	if v.account.Status == db.StatusPending {
		return v.record(ctx, event.KindSessionSignin, event.Failure, event.ReasonApprovalPending)
	}
	return v.record(ctx, event.KindSessionSignin, event.Success, v.decision.Reason)
}

// leave records that another account's session gives way to this one.
func (v *visit) leave(ctx context.Context) error {
	v.tx.Act(event.Account, v.decision.Switch, v.in.Session.ID)
	_, err := v.tx.Append(ctx, db.Event{
		Kind:       event.KindSessionSignout,
		Reason:     event.ReasonSwitchedAccount,
		TargetKind: event.TargetSession,
		Target:     v.in.Session.ID,
		Account:    v.decision.Switch,
		Attempt:    v.in.Attempt.ID,
	})
	return err
}

// start renews this browser's session as v.account's, proved just now.
func (v *visit) start(ctx context.Context, identity db.ID) (err error) {
	v.tx.Act(event.Account, v.account.ID, 0)
	if err := v.tx.TouchAccount(v.account.ID); err != nil || v.renew == nil {
		return err
	}
	old := v.in.Session
	next := v.s.newSession(v.tx, v.account.ID, identity)
	if old != nil && old.AccountID == v.account.ID {
		next.Family = old.Family
	}
	if v.session, err = v.renew(ctx, v.tx, old, next); err != nil {
		return err
	}
	v.tx.Act(event.Account, v.account.ID, v.session.ID)
	return v.s.limitSessions(ctx, v.tx, v.account.ID)
}
