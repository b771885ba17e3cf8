package accounts

import (
	"context"
	"errors"

	"gatebook/db"
	"gatebook/db/event"
)

// Return is a consumed attempt whose provider has vouched for somebody.
type Return struct {
	Attempt db.Attempt
	Session *db.Session // this browser's live session, nil for none
	Profile Profile
}

// Result is what became of a Return that was not refused.
type Result struct {
	Decision Decision
	Account  db.Account
	Identity db.Identity
	Session  db.Session // the session just started; zero for a test
	Event    db.ID      // the attempt's terminal event
	Would    Decision   // of a test: what a sign-in would have come to
}

// Complete carries out what Decide says of a return: rows, session and events
// in one transaction, on disk before it returns. A refusal's events are
// committed too; it then fails with *Denied. If the browser's session ended
// while the person was away, nobody was signed in.
func (s *Service) Complete(ctx context.Context, actor db.Actor, in Return, renew Renew) (Result, error) {
	if err := in.Profile.check(); err != nil {
		return Result{}, s.Fail(ctx, actor, in.Attempt, in.Session, Failure{Reason: event.ReasonSubjectInvalid})
	}
	var v *visit
	err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		v = &visit{s: s, tx: tx, in: in, renew: renew}
		return v.run(ctx)
	})
	if errors.Is(err, db.ErrEnded) && in.Session != nil {
		// Nothing of it was kept. Decide again, by what is true now.
		in.Session = nil
		actor.Kind, actor.Account, actor.Session = event.Anonymous, 0, 0
		return s.Complete(ctx, actor, in, renew)
	}
	if err != nil {
		return Result{}, err
	}
	if v.decision.Act == ActRefuse {
		denied := deny(in.Attempt, v.decision.Reason)
		denied.Profile, denied.Ended = in.Profile, v.decision.EndSession
		return Result{}, denied
	}
	return Result{v.decision, v.account, v.identity, v.session, v.terminal, v.would}, nil
}

// visit is one return on its way through a transaction.
type visit struct {
	s     *Service
	tx    *db.Tx
	in    Return
	renew Renew // nil starts no session

	facts    Facts
	decision Decision
	account  db.Account
	identity db.Identity
	session  db.Session
	terminal db.ID
	would    Decision
}

func (v *visit) run(ctx context.Context) error {
	if err := v.gather(ctx); err != nil {
		return err
	}
	v.decision = Decide(v.s.opt.Policy, v.in.Profile, v.facts)
	switch v.decision.Act {
	case ActSignIn:
		return v.signIn(ctx)
	case ActSignUp, ActQueue:
		return v.signUp(ctx)
	case ActLinkAndSignIn:
		return v.linkAndSignIn(ctx)
	case ActLink:
		return v.link(ctx)
	case ActKeep, ActStepUp:
		return v.keep(ctx)
	case ActTest:
		return v.test(ctx)
	}
	return v.refuse(ctx)
}

// gather reads everything that Decide looks at.
func (v *visit) gather(ctx context.Context) error {
	v.facts = Facts{Intent: Intent(v.in.Attempt.Intent)}
	if err := v.gatherSession(ctx); err != nil {
		return err
	}
	identity, err := v.tx.IdentityByKey(ctx, v.in.Profile.key())
	switch {
	case err == nil:
		v.identity = identity
		if v.account, err = v.tx.LockAccount(ctx, identity.AccountID); err != nil {
			return err
		}
		v.facts.Owner = whoIs(v.account)
	case !errors.Is(err, db.ErrNotFound):
		return err
	}
	if v.facts.Matches, err = v.matches(ctx); err != nil {
		return err
	}
	return v.gatherFirst(ctx)
}

// gatherSession reads whose session this browser has, if it is still alive.
func (v *visit) gatherSession(ctx context.Context) error {
	session := v.in.Session
	if session == nil {
		return nil
	}
	a, err := v.tx.Account(ctx, session.AccountID)
	if err != nil {
		return err
	}
	v.facts.SignedIn = whoIs(a)
	v.facts.Fresh = v.s.fresh(*session, v.in.Attempt.CreatedAt)
	return nil
}

// matches reads the accounts that hold the same verified address. For any
// other address nothing is looked up, so nothing can be told from the answer.
func (v *visit) matches(ctx context.Context) ([]Who, error) {
	key := v.in.Profile.matchKey()
	if key == "" || v.facts.Owner != nil {
		return nil, nil
	}
	identities, err := v.tx.IdentitiesByEmail(ctx, key)
	if err != nil {
		return nil, err
	}
	var found []Who
	seen := map[db.ID]bool{}
	for _, i := range identities {
		if seen[i.AccountID] {
			continue
		}
		seen[i.AccountID] = true
		a, err := v.tx.Account(ctx, i.AccountID)
		if err != nil {
			return nil, err
		}
		found = append(found, *whoIs(a))
	}
	return found, nil
}

// gatherFirst reads what lets somebody become the first admin.
func (v *visit) gatherFirst(ctx context.Context) error {
	claim := v.facts.Intent == IntentClaim
	if (!claim && !v.s.opt.FirstIsAdmin) || v.renew == nil {
		return nil // the past makes nobody an admin
	}
	admins, err := v.tx.CountAdmins(ctx)
	if err != nil || admins > 0 {
		return err
	}
	v.facts.First = v.s.opt.FirstIsAdmin && v.facts.Intent == IntentSignIn
	if claim {
		v.facts.ClaimOpen, err = v.tx.ClaimValid(ctx, v.in.Attempt.ClaimHash)
	}
	return err
}

// record appends an event about this visit. Everything that the visit causes
// carries its attempt, its provider and the profile.
func (v *visit) record(ctx context.Context, kind event.Kind, outcome event.Outcome, why event.Reason) error {
	e := db.Event{
		Kind:     kind,
		Outcome:  outcome,
		Reason:   why,
		Account:  v.account.ID,
		Identity: v.identity.ID,
		Provider: v.in.Attempt.Provider,
		Attempt:  v.in.Attempt.ID,
		Name:     v.in.Profile.Name,
		Email:    v.in.Profile.Email,
		Handle:   v.in.Profile.Handle,
	}
	e.TargetKind, e.Target = target(kind, e, v.session.ID)
	if kind == terminalKind(v.facts.Intent) {
		e.Detail = v.detail()
	}
	e, err := v.tx.Append(ctx, e)
	if kind == terminalKind(v.facts.Intent) {
		v.terminal = e.ID
	}
	return err
}

// target is what an event happened to, by its kind.
func target(kind event.Kind, e db.Event, session db.ID) (event.TargetKind, db.ID) {
	switch kind {
	case event.KindSessionSignin, event.KindSessionStepup:
		return event.TargetSession, session
	case event.KindIdentityLink, event.KindIdentityUnlink, event.KindIdentityChange:
		return event.TargetIdentity, e.Identity
	}
	return event.TargetAccount, e.Account
}

// detail is the decision path: what was checked, which rule matched, what the
// policy said.
func (v *visit) detail() db.Detail {
	p := v.in.Profile
	d := db.Detail{
		Checks: p.Checks,
		Rule:   string(v.decision.Rule),
		Email:  p.EmailState.String(),
		By:     p.VerifiedBy,
		Reauth: v.reauth(),
	}
	switch v.decision.Rule {
	case RuleSignup:
		d.Policy = "signup = " + string(v.s.opt.Policy.Signup)
	case RuleEmailAsk, RuleEmailAuto:
		d.Policy = "email_link = " + string(v.s.opt.Policy.EmailLink)
	}
	return d
}

// reauth says how a renewed sign-in was proved: by the provider's auth_time,
// by asking alone, or not asked for.
func (v *visit) reauth() string {
	switch {
	case !v.in.Attempt.Fresh:
		return "none"
	case v.in.Profile.AuthTime.IsZero():
		return "asked"
	}
	return "proved"
}
