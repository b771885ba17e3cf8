package handlers

import (
	"strings"

	"github.com/mileusna/useragent"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// kindWords is how a kind reads in the book when it came about and when not.
type kindWords struct{ glyph, tone, done, failed string }

var kindsInWords = map[event.Kind]kindWords{
	event.KindSessionSignin:   {"✓", "ok", "Signed in", "Refused"},
	event.KindSessionStepup:   {"✓", "ok", "Proved again", "Not proved"},
	event.KindSessionSignout:  {"·", "quiet", "Signed out", "Not signed out"},
	event.KindSessionEnd:      {"·", "quiet", "Session ended", "Session not ended"},
	event.KindIdentityLink:    {"+", "note", "Linked", "Link refused"},
	event.KindIdentityUnlink:  {"−", "note", "Unlinked", "Unlink refused"},
	event.KindIdentityMove:    {"↔", "note", "Moved", "Move refused"},
	event.KindIdentityChange:  {"·", "quiet", "Profile changed", "Profile not changed"},
	event.KindIdentityPropose: {"?", "note", "Link proposed", "Link not proposed"},
	event.KindIdentityRescue:  {"+", "note", "Rescue link", "Rescue refused"},
	event.KindAccountCreate:   {"+", "ok", "New account", "No account made"},
	event.KindAccountApprove:  {"✓", "ok", "Approved", "Approval refused"},
	event.KindAccountRefuse:   {"✕", "bad", "Turned away", "Not turned away"},
	event.KindAccountDisable:  {"✕", "bad", "Disabled", "Not disabled"},
	event.KindAccountEnable:   {"✓", "ok", "Enabled", "Not enabled"},
	event.KindAccountPromote:  {"↑", "note", "Made admin", "Not made admin"},
	event.KindAccountDemote:   {"↓", "note", "No longer admin", "Still admin"},
	event.KindAccountMerge:    {"↔", "note", "Merged", "Merge refused"},
	event.KindAccountUnmerge:  {"↔", "note", "Merge undone", "Merge not undone"},
	event.KindAccountDelete:   {"−", "note", "Account deleted", "Account not deleted"},
	event.KindInviteCreate:    {"+", "note", "Invite made", "Invite not made"},
	event.KindInviteUse:       {"✓", "ok", "Invite used", "Invite refused"},
	event.KindInviteRevoke:    {"−", "note", "Invite revoked", "Invite not revoked"},
	event.KindEventDispute:    {"!", "bad", "Disputed", "Not disputed"},
	event.KindAccessAllow:     {"✓", "ok", "Let through", "Not let through"},
	event.KindAccessDeny:      {"✕", "bad", "Held back", "Held back"},
	event.KindAuditView:       {"·", "quiet", "Book opened", "Book not opened"},
	event.KindAuditExport:     {"·", "quiet", "Book exported", "Export refused"},
	event.KindAuditVerify:     {"✓", "ok", "Book verified", "Book does not verify"},
	event.KindAuditPrune:      {"−", "note", "Book pruned", "Prune refused"},
	event.KindAuditErase:      {"−", "note", "Details erased", "Erasure refused"},
	event.KindAuditCheckpoint: {"·", "quiet", "Checkpoint", "Checkpoint failed"},
	event.KindProviderTest:    {"✓", "ok", "Provider tested", "Provider test failed"},
	event.KindProviderDown:    {"✕", "bad", "Provider down", "Provider down"},
	event.KindProviderUp:      {"✓", "ok", "Provider back", "Provider not back"},
	event.KindSystemStart:     {"·", "quiet", "Gatebook started", "Gatebook did not start"},
	event.KindSystemStop:      {"·", "quiet", "Gatebook stopped", "Gatebook did not stop"},
	event.KindSystemBackup:    {"·", "quiet", "Backup made", "Backup failed"},
	event.KindSystemMigrate:   {"·", "quiet", "Schema migrated", "Migration failed"},
	event.KindSystemClockJump: {"!", "note", "Clock jumped", "Clock jumped"},
}

// inWords is how an event reads: a failure is always a cross.
func inWords(e db.Event) (glyph, tone, text string) {
	w := kindsInWords[e.Kind]
	if e.Outcome == event.Failure {
		return "✕", "bad", w.failed
	}
	return w.glyph, w.tone, w.done
}

// shortReasons are the reasons that a row says shorter or plainer than their
// own words would.
var shortReasons = map[event.Reason]string{
	event.ReasonKnownIdentity:     "",
	event.ReasonSignedIn:          "",
	event.ReasonAccountRequest:    "",
	event.ReasonApprovalPending:   "not approved yet",
	event.ReasonSignup:            "new here",
	event.ReasonDeniedByUser:      "cancelled at the provider",
	event.ReasonAttemptMissing:    "another browser or no cookies",
	event.ReasonAttemptConsumed:   "finished before",
	event.ReasonAttemptExpired:    "took too long",
	event.ReasonStateMismatch:     "not started here",
	event.ReasonLinkRequired:      "has to link first",
	event.ReasonIdentityInUse:     "belongs to another account",
	event.ReasonLastIdentity:      "the last way in",
	event.ReasonNotFresh:          "proof too old",
	event.ReasonClaimed:           "by the claim link",
	event.ReasonGranted:           "on the command line",
	event.ReasonDemo:              "first in the demo",
	event.ReasonAllowed:           "on the allow list",
	event.ReasonAdmin:             "by an admin",
	event.ReasonSwitchedAccount:   "somebody else signed in",
	event.ReasonAutoVerifiedEmail: "by verified address",
	event.ReasonIDTokenInvalid:    "ID token invalid",
	event.ReasonIDTokenMissing:    "ID token missing",
}

func shortReason(r event.Reason) string {
	if text, ok := shortReasons[r]; ok {
		return text
	}
	return strings.ReplaceAll(r.String(), "_", " ")
}

// ruleWords say which line of the decision table matched.
var ruleWords = map[accounts.Rule]string{
	accounts.RuleKnown:          "The identity is linked to this account.",
	accounts.RuleKnownRefused:   "The identity's account may not sign in.",
	accounts.RuleSwitch:         "The identity is linked to another account than the one signed in, which was signed out.",
	accounts.RuleNeverImplicit:  "Somebody was signed in, and nothing is ever linked without being asked for.",
	accounts.RuleEmailAsk:       "An account holds the same verified address; its owner has to sign in as before and link.",
	accounts.RuleEmailAuto:      "An account holds the same verified address, and the provider is an authority for it.",
	accounts.RuleEmailAdmin:     "An admin holds the same verified address; an address never leads into an admin's account.",
	accounts.RuleEmailRefused:   "A closed account holds the same verified address; a new one would walk around that.",
	accounts.RuleEmailAmbiguous: "Several accounts hold the same verified address.",
	accounts.RuleAllow:          "An allow rule names this person.",
	accounts.RuleSignup:         "Nobody knows this identity, so the sign-up policy decided.",
	accounts.RuleClaim:          "The claim link for the first admin was used.",
	accounts.RuleFirst:          "The first person of the demo becomes its admin.",
	accounts.RuleLinkFresh:      "Somebody signed in, with a recent proof, asked to link it.",
	accounts.RuleLinkStale:      "The proof of the person signed in was too old to link.",
	accounts.RuleLinkSame:       "It was linked to this account already.",
	accounts.RuleLinkOther:      "It is linked to another account; nothing moves silently.",
	accounts.RuleNoSession:      "Nobody was signed in any more.",
	accounts.RuleStepUpSame:     "The person proved an identity of the account that is signed in.",
	accounts.RuleTest:           "An admin tested the provider; nobody was signed in.",
	accounts.RuleStepUpOther:    "The person proved an identity that is not of the account that is signed in.",
}

// device is what a User-Agent header says, as far as it can be believed.
func device(header string) string {
	if header == "" {
		return ""
	}
	ua := useragent.Parse(header)
	switch {
	case ua.Name != "" && ua.OS != "":
		return ua.Name + " on " + ua.OS
	case ua.Name != "":
		return ua.Name
	}
	return "Unknown device"
}
