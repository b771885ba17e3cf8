//go:build e2e

package e2e

import (
	"errors"
	"net/http"
	"syscall"
	"testing"
	"time"
)

const (
	stopRounds   = 3
	stopBrowsers = 24
	stopAfter    = 150              // acts of the crowd
	stopMost     = 12 * time.Second // from the signal to the end
)

// SIGTERM under load (E12, V16): every visitor who saw the answer has it in the
// book, nobody got half an answer, the program ends well and in time, and says
// so last. The next start goes on from there.
func TestE12_ServeStopsUnderLoad(t *testing.T) {
	s := newPracticeServing(t)
	guests := int64(0)
	for range stopRounds {
		p := s.start(t)
		c := newCrowd(p.URL, guests)
		c.apart = true
		c.enter(t.Context(), stopBrowsers)
		p.wait(t, readyWithin, "a crowd", func() bool { return c.ledger.size() >= stopAfter })
		c.ending.Store(true)
		took := p.terminate(t)
		c.leave()
		guests = c.guests.Load()
		for _, what := range c.ledger.failures {
			t.Error(what)
		}
		c.ledger.compare(t, p.DB).report(t)
		events := book(t, p.DB)
		if last := events[len(events)-1]; last.String() != "system.stop success shutdown" || last.Actor != "system" {
			t.Errorf("the last event is %v", last)
		}
		t.Logf("%d acts acknowledged, ended %s after SIGTERM", c.ledger.size(), took.Round(time.Millisecond))
	}
}

// terminate sends SIGTERM and returns how long the program took to end well.
func (p *program) terminate(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.end:
	case <-time.After(stopMost):
		t.Fatalf("still there %s after SIGTERM", stopMost)
	}
	if p.err != nil {
		t.Errorf("it ended with %v", p.err)
	}
	return time.Since(began)
}

// A visitor who only keeps a connection open does not hold the end up, and is
// signed in again after the next start.
func TestE12_IdleConnectionsDoNotHoldTheStop(t *testing.T) {
	s := newPracticeServing(t)
	p := s.start(t)
	w := enters(t, p.URL, "ada") // its connection stays open
	if took := p.terminate(t); took > 5*time.Second {
		t.Errorf("it ended after %s", took)
	}
	if _, err := w.v.get(t.Context(), "/account"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("somebody still answers: %v", err)
	}
	s.start(t)
	if page := w.v.mustGet(t, "/account"); page.status != http.StatusOK {
		t.Errorf("the stop signed people out: %v", page)
	}
}
