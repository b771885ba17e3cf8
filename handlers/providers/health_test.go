package providers

import (
	"testing"
	"time"

	"gatebook/db/event"
)

func TestV01_BreakerOpensRestsAndProbes(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var b breaker
	for i := range breakAfter {
		if !b.allow(now) {
			t.Fatalf("closed after %d failures", i)
		}
		if opened := b.failed(event.ReasonProviderTimeout, now); opened != (i == breakAfter-1) {
			t.Fatalf("failure %d opened: %t", i+1, opened)
		}
	}
	if b.allow(now) || b.allow(now.Add(restFor-time.Second)) {
		t.Error("a trip began while the circuit was open")
	}
	now = now.Add(restFor)
	if !b.allow(now) {
		t.Fatal("no probe after the rest")
	}
	if b.allow(now.Add(time.Second)) {
		t.Error("a second trip went along with the probe")
	}
	if b.failed(event.ReasonProviderTimeout, now); b.allow(now.Add(restFor - time.Second)) {
		t.Error("a failed probe did not begin the rest anew")
	}
	now = now.Add(restFor)
	if !b.allow(now) || !b.succeeded() {
		t.Error("a probe that succeeded did not close the circuit")
	}
	if !b.allow(now) || b.succeeded() {
		t.Error("a closed circuit is closed once")
	}
}

func TestV01_BreakerForgetsOldFailures(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var b breaker
	for range 20 {
		now = now.Add(breakWithin / (breakAfter - 1))
		if b.failed(event.ReasonProviderTimeout, now) {
			t.Fatal("failures that are far apart opened the circuit")
		}
	}
}

// Nobody can open a provider's circuit by bringing codes that it refuses.
func TestV01_OnlyOutagesCount(t *testing.T) {
	for _, row := range []struct {
		failure Failure
		want    bool
	}{
		{Failure{Reason: event.ReasonProviderTimeout}, true},
		{Failure{Reason: event.ReasonProviderUnreachable}, true},
		{Failure{Reason: event.ReasonProviderTLS}, true},
		{Failure{Reason: event.ReasonProviderHTTPError, Status: 503}, true},
		{Failure{Reason: event.ReasonProviderHTTPError, Status: 429}, true},
		{Failure{Reason: event.ReasonProviderHTTPError, Status: 400}, false},
		{Failure{Reason: event.ReasonProviderRejectedCode, Status: 400}, false},
		{Failure{Reason: event.ReasonDeniedByUser}, false},
		{Failure{Reason: event.ReasonCallbackMalformed}, false},
		{Failure{Reason: event.ReasonNonceMismatch}, false},
	} {
		if got := row.failure.outage(); got != row.want {
			t.Errorf("%s with status %d: outage %t, want %t", row.failure.Reason, row.failure.Status, got, row.want)
		}
	}
}
