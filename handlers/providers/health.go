package providers

import (
	"errors"
	"sync"
	"time"

	"gatebook/db/event"
)

// Bounds of the circuit breaker.
const (
	breakAfter  = 5                // failures of the provider's own
	breakWithin = 30 * time.Second // within this time open the circuit
	restFor     = 30 * time.Second // then trips fail at once
)

// State is how a provider does.
type State string

// The states.
const (
	StateReady         State = "ready"
	StateDiscovering   State = "discovering"   // its discovery document was not asked for yet
	StateMisconfigured State = "misconfigured" // its discovery document does not fit the settings
	StateDown          State = "down"          // the circuit is open
)

// Health is what is known of a provider from the trips since the start.
type Health struct {
	State  State
	Reason event.Reason // why it is misconfigured or down
	Since  time.Time    // when the circuit opened; zero while it is closed
}

// Changed is told when a circuit opens or closes. It is called outside of any
// lock, at most once for each change.
type Changed func(provider string, up bool, why event.Reason)

// breaker keeps people from waiting for a provider that is down. It counts
// only what is the provider's own doing: no person can open it.
type breaker struct {
	mu     sync.Mutex
	recent []time.Time
	open   bool
	since  time.Time
	rest   time.Time // no trip before
	why    event.Reason
}

// allow says whether a trip may begin. While the circuit is open none does
// until the rest is over; then all do until one fails again. A single probe
// could be held by somebody who never finishes it.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.open || !now.Before(b.rest)
}

// failed counts a failure, and says whether it opened the circuit.
func (b *breaker) failed(why event.Reason, now time.Time) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.why = why
	if b.open {
		b.rest = now.Add(restFor)
		return false
	}
	kept := b.recent[:0]
	for _, t := range b.recent {
		if now.Sub(t) < breakWithin {
			kept = append(kept, t)
		}
	}
	b.recent = append(kept, now)
	if len(b.recent) < breakAfter {
		return false
	}
	b.open, b.since, b.rest, b.recent = true, now, now.Add(restFor), nil
	return true
}

// succeeded forgets the failures, and says whether it closed the circuit.
func (b *breaker) succeeded() (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	closed = b.open
	b.open, b.since, b.recent = false, time.Time{}, nil
	return closed
}

// Health is how the provider does now. It asks nobody.
func (p *Provider) Health() Health {
	p.breaker.mu.Lock()
	open, since, why := p.breaker.open, p.breaker.since, p.breaker.why
	p.breaker.mu.Unlock()
	if open {
		return Health{State: StateDown, Reason: why, Since: since}
	}
	if p.disc == nil {
		return Health{State: StateReady}
	}
	return p.disc.health()
}

// health is what the last look at the discovery document found.
func (d *discovery) health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	var f *Failure
	switch {
	case d.ends != nil:
		return Health{State: StateReady}
	case errors.As(d.err, &f) && f.Reason == event.ReasonProviderMisconfigured:
		return Health{State: StateMisconfigured, Reason: f.Reason}
	case errors.As(d.err, &f):
		return Health{State: StateDown, Reason: f.Reason}
	}
	return Health{State: StateDiscovering}
}

// judge takes the outcome of a trip's end into account. What a provider
// answers to a callback's parameters may be anybody's making, so of those
// answers only silence counts.
func (p *Provider) judge(err error) {
	var f *Failure
	switch {
	case err == nil:
		if p.breaker.succeeded() {
			p.changed(true, event.ReasonNone)
		}
	case errors.As(err, &f) && f.silence():
		p.blame(f.Reason)
	}
}

// judgeStart takes the outcome of a trip's start into account. Nothing of the
// visitor's is in what was asked then, so an error status counts as well.
func (p *Provider) judgeStart(err error) {
	var f *Failure
	if errors.As(err, &f) && (f.silence() || f.Reason == event.ReasonProviderHTTPError) {
		p.blame(f.Reason)
	}
}

func (p *Provider) blame(why event.Reason) {
	if p.breaker.failed(why, p.shared.now()) {
		p.changed(false, why)
	}
}

func (p *Provider) changed(up bool, why event.Reason) {
	if p.shared.changed != nil {
		p.shared.changed(p.cfg.ID, up, why)
	}
}

// silence says whether the provider could not be reached or did not answer.
func (f *Failure) silence() bool {
	switch f.Reason {
	case event.ReasonProviderTimeout, event.ReasonProviderUnreachable, event.ReasonProviderTLS:
		return true
	}
	return false
}
