package accounts_test

import (
	"testing"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

// brokenProperty names the property of the linking policy that a decision
// breaks, "" if it keeps them all.
func brokenProperty(p accounts.Policy, who accounts.Profile, f accounts.Facts, d accounts.Decision) string {
	if who.EmailState != accounts.EmailVerified {
		blind := f
		blind.Matches = nil
		if accounts.Decide(p, who, blind) != d {
			return "(b) an address that is not verified was looked up"
		}
	}
	makes := d.Act == accounts.ActSignUp || d.Act == accounts.ActQueue || d.Act == accounts.ActLinkAndSignIn
	switch {
	case d.Act == accounts.ActSignIn && (f.Owner == nil || d.Account != f.Owner.ID):
		return "(a) somebody is signed in without an identity of theirs"
	case makes && (f.Owner != nil || f.SignedIn != nil):
		return "(a) an identity is taken, or linked implicitly"
	case d.Act == accounts.ActLinkAndSignIn && !mayAutoLink(p, who, f, d):
		return "(c) an address links where it must not"
	case admitsBarred(f, d):
		return "(d) a closed account gets a session"
	case (d.Act == accounts.ActLink || d.Act == accounts.ActStepUp || d.Act == accounts.ActKeep) && (f.SignedIn == nil || f.SignedIn.Status != db.StatusActive || d.Account != f.SignedIn.ID):
		return "only an active account that is signed in links or steps up"
	case d.Promote && !(f.ClaimOpen && f.Intent == accounts.IntentClaim) && !(f.First && f.Intent == accounts.IntentSignIn):
		return "somebody becomes an admin for nothing"
	case d.Act == accounts.ActRefuse && d.Promote:
		return "somebody who is refused becomes an admin"
	case d.Act == accounts.ActRefuse && d.Reason.String() == "":
		return "a refusal without a reason"
	case d.Switch != 0 && (f.SignedIn == nil || d.Switch != f.SignedIn.ID || d.Act != accounts.ActSignIn || d.Switch == d.Account):
		return "a session gives way to nobody"
	case d.EndSession && f.SignedIn == nil:
		return "a session ends that is not there"
	case d.Account != 0 && !proved(f, d):
		return "the decision is about somebody who was not proved"
	}
	return ""
}

func mayAutoLink(p accounts.Policy, who accounts.Profile, f accounts.Facts, d accounts.Decision) bool {
	return p.EmailLink == accounts.EmailLinkAuto && who.Authority && who.EmailState == accounts.EmailVerified &&
		len(f.Matches) == 1 && !f.Matches[0].Admin && f.Matches[0].Status == db.StatusActive && d.Account == f.Matches[0].ID
}

// admitsBarred says whether the account that the decision lets in may not.
func admitsBarred(f accounts.Facts, d accounts.Decision) bool {
	if d.Act == accounts.ActRefuse {
		return false
	}
	all := append([]accounts.Who{}, f.Matches...)
	for _, w := range []*accounts.Who{f.SignedIn, f.Owner} {
		if w != nil {
			all = append(all, *w)
		}
	}
	for _, w := range all {
		if w.ID == d.Account && w.Status != db.StatusActive && w.Status != db.StatusPending {
			return true
		}
	}
	return false
}

// proved says whether the decision's account owns the identity, the session,
// or is linked by the one rule that goes by an address.
func proved(f accounts.Facts, d accounts.Decision) bool {
	return (f.Owner != nil && d.Account == f.Owner.ID) || (f.SignedIn != nil && d.Account == f.SignedIn.ID) ||
		d.Act == accounts.ActLinkAndSignIn
}

// FuzzDecide looks at the properties for inputs that no table lists.
func FuzzDecide(f *testing.F) {
	f.Add("signin", "open", "auto", "a@example.org", uint64(0x2_0101_0001))
	f.Add("claim", "closed", "ask", "", uint64(0x1_0202_0303_0404))
	f.Add("link", "approve", "off", "a@b@c", uint64(1<<40-1))
	f.Add("stepup", "", "auto", "A@EXAMPLE.ORG", uint64(0x7_2103_1121))
	f.Fuzz(func(t *testing.T, intent, signup, link, email string, bits uint64) {
		take := func(n uint) uint64 {
			v := bits & (1<<n - 1)
			bits >>= n
			return v
		}
		somebody := func() *accounts.Who {
			w := accounts.Who{ID: db.ID(take(2)), Status: db.Status(take(3)), Admin: take(1) == 1}
			if w.ID == 0 {
				return nil
			}
			return &w
		}
		facts := accounts.Facts{
			Intent: accounts.Intent(intent), SignedIn: somebody(), Owner: somebody(),
			Fresh: take(1) == 1, ClaimOpen: take(1) == 1, First: take(1) == 1,
		}
		if facts.SignedIn != nil && facts.Owner != nil && facts.SignedIn.ID == facts.Owner.ID {
			facts.Owner = facts.SignedIn
		}
		for range take(2) {
			if w := somebody(); w != nil {
				w.ID += 10
				facts.Matches = append(facts.Matches, *w)
			}
		}
		policy := accounts.Policy{Signup: accounts.Signup(signup), EmailLink: accounts.EmailLink(link)}
		if rule, err := accounts.ParseAllowRule(email); err == nil && take(1) == 1 {
			policy.Allow = append(policy.Allow, rule)
		}
		profile := accounts.Profile{
			Provider: "github", Subject: "1", Email: email,
			EmailState: accounts.EmailState(take(2) % 3), Authority: take(1) == 1,
		}
		d := accounts.Decide(policy, profile, facts)
		if broken := brokenProperty(policy, profile, facts, d); broken != "" {
			t.Errorf("%s: %+v", broken, d)
		}
		if d != accounts.Decide(policy, profile, facts) {
			t.Error("Decide is not a function")
		}
	})
}
