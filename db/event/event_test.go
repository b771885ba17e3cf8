package event

import "testing"

func TestWordsRoundTrip(t *testing.T) {
	for _, k := range Kinds() {
		if got, err := ParseKind(k.String()); err != nil || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", k, got, err)
		}
	}
	for _, r := range Reasons() {
		if got, err := ParseReason(r.String()); err != nil || got != r {
			t.Errorf("ParseReason(%q) = %v, %v", r, got, err)
		}
	}
}

// Numbers are stored, so the ends of the lists are pinned: a word put in the
// middle moves one of them.
func TestNumbersNeverMove(t *testing.T) {
	if KindSessionSignin != 1 || KindSystemClockJump != 40 || len(Kinds()) != 40 {
		t.Errorf("kinds moved: first %d, last %d of %d", KindSessionSignin, KindSystemClockJump, len(Kinds()))
	}
	if ReasonAttemptMissing != 1 || ReasonPanic != Reason(len(Reasons())) {
		t.Errorf("reasons moved: last %d of %d", ReasonPanic, len(Reasons()))
	}
}

func TestParseUnknown(t *testing.T) {
	if _, err := ParseKind("session.nope"); err == nil {
		t.Error("an unknown kind was accepted")
	}
	if got := Kind(250).String(); got != "unknown-250" {
		t.Errorf("Kind(250) = %q", got)
	}
}
