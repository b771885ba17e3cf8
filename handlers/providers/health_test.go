package providers

import (
	"context"
	"net/url"
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
	if !b.allow(now) || !b.allow(now.Add(time.Second)) {
		t.Fatal("no trip after the rest: whoever never finishes theirs would hold everybody off")
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

// Nobody can open a provider's circuit by what they bring in a callback.
func TestV01_OnlySilenceCounts(t *testing.T) {
	for _, row := range []struct {
		failure Failure
		want    bool
	}{
		{Failure{Reason: event.ReasonProviderTimeout}, true},
		{Failure{Reason: event.ReasonProviderUnreachable}, true},
		{Failure{Reason: event.ReasonProviderTLS}, true},
		{Failure{Reason: event.ReasonProviderHTTPError, Status: 503}, false},
		{Failure{Reason: event.ReasonProviderHTTPError}, false},
		{Failure{Reason: event.ReasonProviderHTTPError, Status: 400}, false},
		{Failure{Reason: event.ReasonProviderRejectedCode, Status: 400}, false},
		{Failure{Reason: event.ReasonDeniedByUser}, false},
		{Failure{Reason: event.ReasonCallbackMalformed}, false},
		{Failure{Reason: event.ReasonNonceMismatch}, false},
	} {
		if got := row.failure.silence(); got != row.want {
			t.Errorf("%s with status %d: silence %t, want %t", row.failure.Reason, row.failure.Status, got, row.want)
		}
	}
}

// A callback that says error=server_error is anybody's, and opens nothing.
func TestV01_CallbackParametersOpenNothing(t *testing.T) {
	b := newBench(t, "oidc")
	for range 3 * breakAfter {
		trip := b.start(StartOptions{})
		query := url.Values{"error": {"server_error"}, "state": {trip.State}, "iss": {b.issuer}}
		_, err := b.p.Finish(context.Background(), Return{Verifier: trip.Verifier, Nonce: trip.Nonce, Session: trip.Session, Query: query})
		wantFailure(t, err, event.ReasonProviderHTTPError, "")
	}
	if state := b.p.Health().State; state != StateReady {
		t.Errorf("the provider is %s", state)
	}
}
