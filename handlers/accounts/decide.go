package accounts

import (
	"gatebook/db"
	"gatebook/db/event"
)

// Act is what a decision tells the caller to do. The zero Act refuses.
type Act uint8

// The acts.
const (
	ActRefuse        Act = iota
	ActSignIn            // sign the decision's account in
	ActSignUp            // make an active account with this identity and sign it in
	ActQueue             // make a pending account with this identity and sign it in
	ActLink              // link the identity to the decision's account, which is signed in
	ActLinkAndSignIn     // link the identity to the decision's account and sign it in
	ActKeep              // linked already: take over the profile just seen
	ActStepUp            // renew the session's proof
	ActTest              // record what the provider said; sign nobody in
)

// Rule names the line of the decision table that matched. Events carry it, so
// that an admin can read why.
type Rule string

// The rules, in the order in which the tables try them.
const (
	RuleKnown          Rule = "known_identity"
	RuleKnownRefused   Rule = "known_identity_refused"
	RuleSwitch         Rule = "switch_account"
	RuleNeverImplicit  Rule = "never_link_implicitly"
	RuleEmailAsk       Rule = "email_match_ask"
	RuleEmailAuto      Rule = "email_match_auto"
	RuleEmailAdmin     Rule = "email_match_admin"
	RuleEmailRefused   Rule = "email_match_refused"
	RuleEmailAmbiguous Rule = "email_match_ambiguous"
	RuleAllow          Rule = "allow_rule"
	RuleSignup         Rule = "signup_policy"
	RuleClaim          Rule = "claim"
	RuleFirst          Rule = "first_person"
	RuleLinkFresh      Rule = "link_signed_in"
	RuleLinkStale      Rule = "link_not_fresh"
	RuleLinkSame       Rule = "link_already"
	RuleLinkOther      Rule = "link_in_use"
	RuleNoSession      Rule = "no_session"
	RuleStepUpSame     Rule = "stepup_same_account"
	RuleStepUpOther    Rule = "stepup_other_account"
	RuleTest           Rule = "admin_test"
)

// Who is an account as the rules see it.
type Who struct {
	ID     db.ID
	Status db.Status
	Admin  bool
}

// Facts are what Decide looks at besides the policy and the profile.
type Facts struct {
	Intent    Intent
	SignedIn  *Who  // the account of this browser's session
	Fresh     bool  // its last proof was recent when the attempt began
	Owner     *Who  // whose identity it is
	Matches   []Who // accounts that hold the same verified address; empty unless this one is verified
	ClaimOpen bool  // the claim code is good and there is no admin yet
	First     bool  // the next person to sign in becomes admin (the demo)
}

// Decision is what is to be done, about which account and why.
type Decision struct {
	Act        Act
	Account    db.ID // 0 where nobody was proved or the account is yet to be made
	Reason     event.Reason
	Rule       Rule
	Switch     db.ID // the account whose session ends because another takes its place
	EndSession bool  // the browser's session ends although the act is refused
	Promote    bool  // the account becomes an admin, and active if it was pending
}

// Decide is the linking policy: a pure function from what is configured, what
// the provider said and what the tables hold to what is to be done. Only an
// identity's key signs anyone in; an address never does, and is not looked at
// unless it is verified.
func Decide(p Policy, who Profile, f Facts) Decision {
	switch f.Intent {
	case IntentSignIn:
		return decideSignIn(p, who, f)
	case IntentClaim:
		return decideClaim(who, f)
	case IntentLink:
		return decideLink(f)
	case IntentStepUp:
		return decideStepUp(f)
	case IntentTest:
		return decideTest(f)
	}
	return Decision{Reason: event.ReasonIntentMismatch}
}

func decideSignIn(p Policy, who Profile, f Facts) Decision {
	switch {
	case f.Owner != nil:
		return decideKnown(f)
	case f.SignedIn != nil:
		return Decision{Reason: event.ReasonLinkRequired, Rule: RuleNeverImplicit}
	case who.EmailState == EmailVerified:
		if d, decided := decideMatch(p, who, f.Matches); decided {
			return d
		}
	}
	return decideStranger(p, who, f)
}

// decideKnown signs in the owner of the identity, if their account may.
func decideKnown(f Facts) Decision {
	d := Decision{Act: ActSignIn, Account: f.Owner.ID, Reason: event.ReasonKnownIdentity, Rule: RuleKnown, Promote: f.First}
	if reason, barred := barredBy(f.Owner.Status); barred {
		return Decision{Account: f.Owner.ID, Reason: reason, Rule: RuleKnownRefused}
	}
	if f.SignedIn != nil && f.SignedIn.ID != f.Owner.ID {
		d.Switch, d.Rule = f.SignedIn.ID, RuleSwitch
	}
	return d
}

// barredBy says why an account of this status never gets a session. A pending
// one gets a session that opens nothing but the waiting page.
func barredBy(s db.Status) (event.Reason, bool) {
	switch s {
	case db.StatusActive, db.StatusPending:
		return event.ReasonNone, false
	case db.StatusMerged:
		return event.ReasonAccountMerged, true
	case db.StatusDeleted:
		return event.ReasonAccountDeleted, true
	}
	return event.ReasonAccountDisabled, true
}

// decideMatch answers a new identity whose verified address an account holds.
func decideMatch(p Policy, who Profile, matches []Who) (Decision, bool) {
	switch {
	case len(matches) == 0:
		return Decision{}, false
	case len(matches) > 1:
		return Decision{Reason: event.ReasonEmailAmbiguous, Rule: RuleEmailAmbiguous}, true
	}
	one := matches[0]
	if reason, barred := barredBy(one.Status); barred {
		// A new account here would let a disabled person walk around the ban.
		return Decision{Reason: reason, Rule: RuleEmailRefused}, true
	}
	switch {
	case one.Admin:
		return Decision{Reason: event.ReasonLinkRequired, Rule: RuleEmailAdmin}, true
	case p.EmailLink == EmailLinkOff:
		return Decision{}, false
	case p.EmailLink == EmailLinkAuto && who.Authority && one.Status == db.StatusActive:
		return Decision{Act: ActLinkAndSignIn, Account: one.ID, Reason: event.ReasonAutoVerifiedEmail, Rule: RuleEmailAuto}, true
	}
	return Decision{Reason: event.ReasonLinkRequired, Rule: RuleEmailAsk}, true
}

// decideStranger answers somebody whom no account knows.
func decideStranger(p Policy, who Profile, f Facts) Decision {
	switch {
	case f.First:
		return Decision{Act: ActSignUp, Reason: event.ReasonDemo, Rule: RuleFirst, Promote: true}
	case p.allows(who):
		return Decision{Act: ActSignUp, Reason: event.ReasonAllowed, Rule: RuleAllow}
	case p.Signup == SignupOpen:
		return Decision{Act: ActSignUp, Reason: event.ReasonSignup, Rule: RuleSignup}
	case p.Signup == SignupApprove:
		return Decision{Act: ActQueue, Reason: event.ReasonApprovalPending, Rule: RuleSignup}
	case p.Signup == SignupInvite:
		return Decision{Reason: event.ReasonInviteRequired, Rule: RuleSignup}
	}
	return Decision{Reason: p.closedReason(who), Rule: RuleSignup}
}

// closedReason says why a shut door stayed shut: where rules on addresses
// might have opened it, what was the matter with this address.
func (p Policy) closedReason(who Profile) event.Reason {
	byEmail := false
	for _, rule := range p.Allow {
		byEmail = byEmail || rule.Subject == ""
	}
	switch {
	case !byEmail:
		return event.ReasonSignupClosed
	case who.EmailState == EmailNone:
		return event.ReasonEmailMissing
	case who.EmailState == EmailUnverified:
		return event.ReasonEmailUnverified
	}
	return event.ReasonDomainNotAllowed
}

// decideClaim makes the holder of the claim link the first admin. The link is
// the permission, so sign-up's policy is not asked; an account that somebody
// else may own is never taken over by it.
func decideClaim(who Profile, f Facts) Decision {
	switch {
	case !f.ClaimOpen:
		return Decision{Reason: event.ReasonClaimInvalid, Rule: RuleClaim}
	case f.Owner != nil:
		d := decideKnown(f)
		if d.Act == ActSignIn {
			d.Rule, d.Reason, d.Promote = RuleClaim, event.ReasonClaimed, true
		}
		return d
	case f.SignedIn != nil:
		return Decision{Reason: event.ReasonLinkRequired, Rule: RuleNeverImplicit}
	case who.EmailState == EmailVerified && len(f.Matches) > 0:
		return Decision{Reason: event.ReasonLinkRequired, Rule: RuleEmailAsk}
	}
	return Decision{Act: ActSignUp, Reason: event.ReasonClaimed, Rule: RuleClaim, Promote: true}
}

func decideLink(f Facts) Decision {
	if d, refused := needsSession(f); refused {
		return d
	}
	a := f.SignedIn.ID
	switch {
	case f.Owner != nil && f.Owner.ID == a:
		return Decision{Act: ActKeep, Account: a, Reason: event.ReasonAlreadyLinked, Rule: RuleLinkSame}
	case f.Owner != nil:
		return Decision{Account: a, Reason: event.ReasonIdentityInUse, Rule: RuleLinkOther}
	case !f.Fresh:
		return Decision{Account: a, Reason: event.ReasonNotFresh, Rule: RuleLinkStale}
	}
	return Decision{Act: ActLink, Account: a, Reason: event.ReasonSignedIn, Rule: RuleLinkFresh}
}

// decideStepUp renews the proof of the account that is signed in. Another
// account's identity ends the session: two people are at this browser.
func decideStepUp(f Facts) Decision {
	if d, refused := needsSession(f); refused {
		return d
	}
	if f.Owner != nil && f.Owner.ID == f.SignedIn.ID {
		return Decision{Act: ActStepUp, Account: f.Owner.ID, Reason: event.ReasonKnownIdentity, Rule: RuleStepUpSame}
	}
	return Decision{
		Account:    f.SignedIn.ID,
		Reason:     event.ReasonSessionChanged,
		Rule:       RuleStepUpOther,
		EndSession: f.Owner != nil,
	}
}

// decideTest lets an admin see what a provider says, and changes nothing.
func decideTest(f Facts) Decision {
	if d, refused := needsSession(f); refused {
		return d
	}
	if !f.SignedIn.Admin {
		return Decision{Account: f.SignedIn.ID, Reason: event.ReasonNotAdmin, Rule: RuleTest}
	}
	return Decision{Act: ActTest, Account: f.SignedIn.ID, Rule: RuleTest}
}

// needsSession refuses what only an active, signed-in account may do.
func needsSession(f Facts) (Decision, bool) {
	if f.SignedIn == nil {
		return Decision{Reason: event.ReasonSessionChanged, Rule: RuleNoSession}, true
	}
	if reason, barred := barredBy(f.SignedIn.Status); barred {
		return Decision{Account: f.SignedIn.ID, Reason: reason, Rule: RuleKnownRefused, EndSession: true}, true
	}
	if f.SignedIn.Status == db.StatusPending {
		return Decision{Account: f.SignedIn.ID, Reason: event.ReasonApprovalPending, Rule: RuleKnownRefused}, true
	}
	return Decision{}, false
}
