// Package event is the closed vocabulary of the audit log: the kinds of
// events, their outcomes, their reasons and who may cause them. It holds words
// and nothing else, so that every room can name an event without seeing rows.
//
// A number here is what the database stores. Numbers and words are never
// reused and never renamed; adding one at the end of its list is allowed.
package event

import "fmt"

// Kind says what happened. The zero Kind is not an event.
type Kind uint8

// The kinds, grouped by what they happen to.
const (
	_ Kind = iota
	KindSessionSignin
	KindSessionStepup
	KindSessionSignout
	KindSessionEnd
	KindIdentityLink
	KindIdentityUnlink
	KindIdentityMove
	KindIdentityChange
	KindIdentityPropose
	KindIdentityRescue
	KindAccountCreate
	KindAccountApprove
	KindAccountRefuse
	KindAccountDisable
	KindAccountEnable
	KindAccountPromote
	KindAccountDemote
	KindAccountMerge
	KindAccountUnmerge
	KindAccountDelete
	KindInviteCreate
	KindInviteUse
	KindInviteRevoke
	KindEventDispute
	KindAccessAllow
	KindAccessDeny
	KindAuditView
	KindAuditExport
	KindAuditVerify
	KindAuditPrune
	KindAuditErase
	KindAuditCheckpoint
	KindProviderTest
	KindProviderDown
	KindProviderUp
	KindSystemStart
	KindSystemStop
	KindSystemBackup
	KindSystemMigrate
	KindSystemClockJump
)

var kindWords = words[Kind]{
	KindSessionSignin:   "session.signin",
	KindSessionStepup:   "session.stepup",
	KindSessionSignout:  "session.signout",
	KindSessionEnd:      "session.end",
	KindIdentityLink:    "identity.link",
	KindIdentityUnlink:  "identity.unlink",
	KindIdentityMove:    "identity.move",
	KindIdentityChange:  "identity.change",
	KindIdentityPropose: "identity.propose",
	KindIdentityRescue:  "identity.rescue",
	KindAccountCreate:   "account.create",
	KindAccountApprove:  "account.approve",
	KindAccountRefuse:   "account.refuse",
	KindAccountDisable:  "account.disable",
	KindAccountEnable:   "account.enable",
	KindAccountPromote:  "account.promote",
	KindAccountDemote:   "account.demote",
	KindAccountMerge:    "account.merge",
	KindAccountUnmerge:  "account.unmerge",
	KindAccountDelete:   "account.delete",
	KindInviteCreate:    "invite.create",
	KindInviteUse:       "invite.use",
	KindInviteRevoke:    "invite.revoke",
	KindEventDispute:    "event.dispute",
	KindAccessAllow:     "access.allow",
	KindAccessDeny:      "access.deny",
	KindAuditView:       "audit.view",
	KindAuditExport:     "audit.export",
	KindAuditVerify:     "audit.verify",
	KindAuditPrune:      "audit.prune",
	KindAuditErase:      "audit.erase",
	KindAuditCheckpoint: "audit.checkpoint",
	KindProviderTest:    "provider.test",
	KindProviderDown:    "provider.down",
	KindProviderUp:      "provider.up",
	KindSystemStart:     "system.start",
	KindSystemStop:      "system.stop",
	KindSystemBackup:    "system.backup",
	KindSystemMigrate:   "system.migrate",
	KindSystemClockJump: "system.clock_jump",
}

// String is the kind's word, such as "session.signin".
func (k Kind) String() string { return kindWords.word(k) }

// ParseKind finds the kind of a word; the error names the word.
func ParseKind(s string) (Kind, error) { return kindWords.parse("event kind", s) }

// Kinds lists every kind in the order of its numbers.
func Kinds() []Kind { return kindWords.all() }

// Outcome says whether what was tried came about.
type Outcome uint8

// The outcomes. Success is zero, so that failures are the rare value that a
// partial index holds.
const (
	Success Outcome = iota
	Failure
)

var outcomeWords = words[Outcome]{Success: "success", Failure: "failure"}

// String is the outcome's word.
func (o Outcome) String() string { return outcomeWords.word(o) }

// ParseOutcome finds the outcome of a word; the error names the word.
func ParseOutcome(s string) (Outcome, error) { return outcomeWords.parse("outcome", s) }

// ActorKind says what sort of actor caused an event.
type ActorKind uint8

// The sorts of actor. Only an account has an id.
const (
	Anonymous ActorKind = iota
	Account
	System
	CommandLine
)

var actorWords = words[ActorKind]{
	Anonymous:   "anonymous",
	Account:     "account",
	System:      "system",
	CommandLine: "command line",
}

// String is the actor kind's word.
func (a ActorKind) String() string { return actorWords.word(a) }

// TargetKind says what sort of thing an event happened to.
type TargetKind uint8

// The sorts of target.
const (
	NoTarget TargetKind = iota
	TargetAccount
	TargetIdentity
	TargetSession
	TargetProvider
	TargetEvent
	TargetAudit
)

var targetWords = words[TargetKind]{
	NoTarget:       "none",
	TargetAccount:  "account",
	TargetIdentity: "identity",
	TargetSession:  "session",
	TargetProvider: "provider",
	TargetEvent:    "event",
	TargetAudit:    "audit",
}

// String is the target kind's word.
func (t TargetKind) String() string { return targetWords.word(t) }

// words is a dense list of names by number.
type words[T ~uint8 | ~uint16] []string

func (w words[T]) word(n T) string {
	if int(n) < len(w) && w[n] != "" {
		return w[n]
	}
	return fmt.Sprintf("unknown-%d", n)
}

func (w words[T]) parse(what, s string) (T, error) {
	for n, word := range w {
		if word != "" && word == s {
			return T(n), nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q", what, s)
}

func (w words[T]) all() []T {
	var out []T
	for n, word := range w {
		if word != "" {
			out = append(out, T(n))
		}
	}
	return out
}
