package accounts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// when are the conditions of one row of the policy, in words: "" is any.
type when struct {
	intent, in, owner, email, match, fresh, signup, link, allow, authority, claim, first string
}

// row is one row of the written policy. Of is whose account the decision is
// about; Ends says that a session ends: "switch" or "end"; Promote is "first"
// where the cell's first person becomes admin, and "yes" where anybody does.
type row struct {
	when
	act     accounts.Act
	reason  event.Reason
	rule    accounts.Rule
	of      string
	ends    string
	promote string
}

const (
	alive  = "active|pending|admin"
	barred = "disabled|exadmin"
)

// oracle is the linking policy as its table is written: the first row whose
// conditions hold decides.
var oracle = []row{
	// A claim link: it must be open, and the identity nobody else's.
	{when{intent: "claim", claim: "no"}, accounts.ActRefuse, event.ReasonClaimInvalid, accounts.RuleClaim, "", "", ""},
	{when{intent: "claim", owner: "self", in: "!disabled"}, accounts.ActSignIn, event.ReasonClaimed, accounts.RuleClaim, "owner", "", "yes"},
	{when{intent: "claim", owner: alive, in: "none"}, accounts.ActSignIn, event.ReasonClaimed, accounts.RuleClaim, "owner", "", "yes"},
	{when{intent: "claim", owner: alive}, accounts.ActSignIn, event.ReasonClaimed, accounts.RuleClaim, "owner", "switch", "yes"},
	{when{intent: "claim", owner: "none", in: "!none"}, accounts.ActRefuse, event.ReasonLinkRequired, accounts.RuleNeverImplicit, "", "", ""},
	{when{intent: "claim", owner: "none", email: "verified", match: "!none"}, accounts.ActRefuse, event.ReasonLinkRequired, accounts.RuleEmailAsk, "", "", ""},
	{when{intent: "claim", owner: "none"}, accounts.ActSignUp, event.ReasonClaimed, accounts.RuleClaim, "", "", "yes"},

	// 3: the known identity of somebody who may not come in.
	{when{intent: "signin|claim", owner: "self", in: "disabled"}, accounts.ActRefuse, event.ReasonAccountDisabled, accounts.RuleKnownRefused, "owner", "", ""},
	{when{intent: "signin|claim", owner: barred}, accounts.ActRefuse, event.ReasonAccountDisabled, accounts.RuleKnownRefused, "owner", "", ""},
	{when{intent: "signin|claim", owner: "merged"}, accounts.ActRefuse, event.ReasonAccountMerged, accounts.RuleKnownRefused, "owner", "", ""},
	{when{intent: "signin|claim", owner: "deleted"}, accounts.ActRefuse, event.ReasonAccountDeleted, accounts.RuleKnownRefused, "owner", "", ""},
	// 2, 20, 21: a known identity signs in, as itself, again, or instead.
	{when{intent: "signin", owner: "self"}, accounts.ActSignIn, event.ReasonKnownIdentity, accounts.RuleKnown, "owner", "", "first"},
	{when{intent: "signin", owner: alive, in: "none"}, accounts.ActSignIn, event.ReasonKnownIdentity, accounts.RuleKnown, "owner", "", "first"},
	{when{intent: "signin", owner: alive}, accounts.ActSignIn, event.ReasonKnownIdentity, accounts.RuleSwitch, "owner", "switch", "first"},
	// 22: never link implicitly.
	{when{intent: "signin", in: "!none"}, accounts.ActRefuse, event.ReasonLinkRequired, accounts.RuleNeverImplicit, "", "", ""},
	// 10, 9, 8, 7, 6: the verified address is an account's; 11 goes on below.
	{when{intent: "signin", email: "verified", match: "two|mixed"}, accounts.ActRefuse, event.ReasonEmailAmbiguous, accounts.RuleEmailAmbiguous, "", "", ""},
	{when{intent: "signin", email: "verified", match: "disabled"}, accounts.ActRefuse, event.ReasonAccountDisabled, accounts.RuleEmailRefused, "", "", ""},
	{when{intent: "signin", email: "verified", match: "merged"}, accounts.ActRefuse, event.ReasonAccountMerged, accounts.RuleEmailRefused, "", "", ""},
	{when{intent: "signin", email: "verified", match: "admin"}, accounts.ActRefuse, event.ReasonLinkRequired, accounts.RuleEmailAdmin, "", "", ""},
	{when{intent: "signin", email: "verified", match: "active", link: "auto", authority: "yes"}, accounts.ActLinkAndSignIn, event.ReasonAutoVerifiedEmail, accounts.RuleEmailAuto, "match", "", ""},
	{when{intent: "signin", email: "verified", match: "active|pending", link: "ask|auto"}, accounts.ActRefuse, event.ReasonLinkRequired, accounts.RuleEmailAsk, "", "", ""},
	// 4, 5, 12, 13: strangers.
	{when{intent: "signin", first: "yes"}, accounts.ActSignUp, event.ReasonDemo, accounts.RuleFirst, "", "", "yes"},
	{when{intent: "signin", allow: "subject"}, accounts.ActSignUp, event.ReasonAllowed, accounts.RuleAllow, "", "", ""},
	{when{intent: "signin", allow: "domain", email: "verified"}, accounts.ActSignUp, event.ReasonAllowed, accounts.RuleAllow, "", "", ""},
	{when{intent: "signin", signup: "open"}, accounts.ActSignUp, event.ReasonSignup, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "approve"}, accounts.ActQueue, event.ReasonApprovalPending, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "invite"}, accounts.ActRefuse, event.ReasonInviteRequired, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "closed", allow: "none"}, accounts.ActRefuse, event.ReasonSignupClosed, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "closed", email: "none"}, accounts.ActRefuse, event.ReasonEmailMissing, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "closed", email: "unverified"}, accounts.ActRefuse, event.ReasonEmailUnverified, accounts.RuleSignup, "", "", ""},
	{when{intent: "signin", signup: "closed", email: "verified"}, accounts.ActRefuse, event.ReasonDomainNotAllowed, accounts.RuleSignup, "", "", ""},

	// What only an active account may do.
	{when{intent: "link|stepup|test", in: "none"}, accounts.ActRefuse, event.ReasonSessionChanged, accounts.RuleNoSession, "", "", ""},
	{when{intent: "link|stepup|test", in: "disabled"}, accounts.ActRefuse, event.ReasonAccountDisabled, accounts.RuleKnownRefused, "in", "end", ""},
	{when{intent: "link|stepup|test", in: "pending"}, accounts.ActRefuse, event.ReasonApprovalPending, accounts.RuleKnownRefused, "in", "", ""},
	// 18, 19, 16, 15 and 17.
	{when{intent: "link", owner: "self"}, accounts.ActKeep, event.ReasonAlreadyLinked, accounts.RuleLinkSame, "in", "", ""},
	{when{intent: "link", owner: "!none"}, accounts.ActRefuse, event.ReasonIdentityInUse, accounts.RuleLinkOther, "in", "", ""},
	{when{intent: "link", fresh: "no"}, accounts.ActRefuse, event.ReasonNotFresh, accounts.RuleLinkStale, "in", "", ""},
	{when{intent: "link"}, accounts.ActLink, event.ReasonSignedIn, accounts.RuleLinkFresh, "in", "", ""},
	// A test is an admin's, and changes nothing.
	{when{intent: "test", in: "admin"}, accounts.ActTest, event.ReasonNone, accounts.RuleTest, "in", "", ""},
	{when{intent: "test"}, accounts.ActRefuse, event.ReasonNotAdmin, accounts.RuleTest, "in", "", ""},
	// Step-up: the same account, another one, or nobody known.
	{when{intent: "stepup", owner: "self"}, accounts.ActStepUp, event.ReasonKnownIdentity, accounts.RuleStepUpSame, "in", "", ""},
	{when{intent: "stepup", owner: "!none"}, accounts.ActRefuse, event.ReasonSessionChanged, accounts.RuleStepUpOther, "in", "end", ""},
	{when{intent: "stepup"}, accounts.ActRefuse, event.ReasonSessionChanged, accounts.RuleStepUpOther, "in", "", ""},
}

func (w when) masks() *masks {
	var m masks
	for d, text := range [dCount]string{
		dIntent: w.intent, dIn: w.in, dOwner: w.owner, dEmail: w.email, dMatch: w.match, dFresh: w.fresh, dSignup: w.signup,
		dLink: w.link, dAllow: w.allow, dAuthority: w.authority, dClaim: w.claim, dFirst: w.first,
	} {
		m[d] = mask(d, text)
	}
	return &m
}

// says is the decision that a row stands for in a cell.
func (r row) says(c cell) accounts.Decision {
	d := accounts.Decision{Act: r.act, Reason: r.reason, Rule: r.rule}
	switch {
	case r.of == "in", r.of == "owner" && c.is(dOwner) == "self":
		d.Account = idIn
	case r.of == "owner":
		d.Account = idOwner
	case r.of == "match":
		d.Account = idMatch
	}
	if r.ends == "switch" {
		d.Switch = idIn
	}
	d.EndSession = r.ends == "end"
	d.Promote = r.promote == "yes" || r.promote == "first" && c.is(dFirst) == "yes"
	return d
}

// compiled are the oracle's conditions.
var compiled = func() (all []*masks) {
	for _, r := range oracle {
		all = append(all, r.masks())
	}
	return all
}()

// rowOf is the row that decides a cell.
func rowOf(c *cell) int {
	for i, m := range compiled {
		if m.take(c) {
			return i
		}
	}
	panic("the policy says nothing of " + c.String())
}

// TestDecide compares Decide with the written policy over the full product of
// its inputs, and looks at the properties that hold in every cell.
func TestDecide(t *testing.T) {
	t.Parallel()
	used := make([]int, len(oracle))
	wrong := 0
	cells := eachCell(func(c cell) {
		if wrong > 10 {
			return
		}
		i := rowOf(&c)
		used[i]++
		p, f := c.profile(), c.facts()
		got := accounts.Decide(c.policy(), p, f)
		if want := oracle[i].says(c); got != want {
			wrong++
			t.Errorf("%s, row %d (-want +got):\n%s", c, i, cmp.Diff(want, got))
		}
		if broken := brokenProperty(c.policy(), p, f, got); broken != "" {
			wrong++
			t.Errorf("%s: %s", c, broken)
		}
	})
	for i, n := range used {
		if n == 0 {
			t.Errorf("row %d of the policy decides nothing", i)
		}
	}
	t.Logf("%d cells, %d rows", cells, len(oracle))
}

// TestDecide_Zero: what nobody has thought of is refused.
func TestDecide_Zero(t *testing.T) {
	if (accounts.Decision{}).Act != accounts.ActRefuse {
		t.Error("the zero Decision does something")
	}
	if d := accounts.Decide(accounts.Policy{}, accounts.Profile{}, accounts.Facts{}); d.Act != accounts.ActRefuse {
		t.Errorf("no intent: %+v", d)
	}
	if d := accounts.Decide(openPolicy, ada("github"), accounts.Facts{Intent: "nonsense"}); d != (accounts.Decision{Reason: event.ReasonIntentMismatch}) {
		t.Errorf("an intent that there is not: %+v", d)
	}
	f := accounts.Facts{Intent: accounts.IntentSignIn}
	if d := accounts.Decide(accounts.Policy{}, ada("github"), f); d.Act != accounts.ActRefuse || d.Reason != event.ReasonSignupClosed {
		t.Errorf("no policy: %+v", d)
	}
	f.Owner = &accounts.Who{ID: idOwner, Status: db.Status(77)}
	if d := accounts.Decide(openPolicy, ada("github"), f); d.Act != accounts.ActRefuse {
		t.Errorf("a status that there is not: %+v", d)
	}
}
