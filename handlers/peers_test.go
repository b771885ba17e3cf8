package handlers

import (
	"net"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/db/dbtest"
	"gatebook/handlers/practice"
)

// peers are practice providers. They are lent from test to test, because
// their keys are dear; each borrower has its own clock, callbacks and counts.
type peers struct {
	server *practice.Server
	clock  atomic.Pointer[dbtest.Clock]
	public atomic.Pointer[string]
	before map[[2]string]int
	onNow  atomic.Pointer[func()] // done once, when the providers next look at the clock
}

var (
	freeMu    sync.Mutex
	freePeers []*peers
)

// takePeers borrows practice providers until the test ends.
func takePeers(t *testing.T, public string, clock *dbtest.Clock) *peers {
	t.Helper()
	freeMu.Lock()
	var p *peers
	if n := len(freePeers); n > 0 {
		p, freePeers = freePeers[n-1], freePeers[:n-1]
	}
	freeMu.Unlock()
	if p == nil {
		p = newPeers(t)
	}
	p.clock.Store(clock)
	p.public.Store(&public)
	p.before = map[[2]string]int{}
	for _, e := range endpointsOfPeers {
		p.before[e] = p.server.Hits(e[0], e[1])
	}
	t.Cleanup(func() {
		for _, about := range p.server.Providers() {
			p.server.SetFault(about.ID, practice.FaultNone)
		}
		freeMu.Lock()
		defer freeMu.Unlock()
		freePeers = append(freePeers, p)
	})
	return p
}

func newPeers(t *testing.T) *peers {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p := &peers{}
	p.server, err = practice.New(practice.Options{
		Issuer:       "http://localhost:" + port,
		RedirectURIs: func(id string) []string { return []string{*p.public.Load() + "/signin/" + id + "/callback"} },
		Now:          p.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(p.server) // lives as long as the test process
	ts.Listener.Close()
	ts.Listener = l
	ts.Start()
	return p
}

func (p *peers) now() time.Time {
	if act := p.onNow.Swap(nil); act != nil {
		(*act)()
	}
	return p.clock.Load().Now()
}

var endpointsOfPeers = [][2]string{
	{"harbor", "authorize"}, {"harbor", "token"}, {"harbor", "userinfo"}, {"harbor", "discovery"}, {"harbor", "jwks"},
	{"meadow", "authorize"}, {"meadow", "token"}, {"meadow", "userinfo"}, {"meadow", "discovery"}, {"meadow", "jwks"},
	{"forge", "authorize"}, {"forge", "token"}, {"forge", "userinfo"}, {"forge", "emails"},
}

// hits counts what an endpoint was asked during this test.
func (p *peers) hits(provider, endpoint string) int {
	return p.server.Hits(provider, endpoint) - p.before[[2]string{provider, endpoint}]
}
