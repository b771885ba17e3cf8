package handlers

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func TestV09_FloodFromOneNetwork(t *testing.T) {
	g := openGate(t, func(o *gateOptions) {
		o.change, o.limits = behindProxy, Limits{Starts: Budget{1, 5}, Callbacks: Budget{1, 5}, Strangers: Budget{100, 100}}
	})
	resident := g.browser()
	if p := resident.trip("/signin/forge", "ada", nil, from("203.0.113.7")); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	limited := 0
	for range 20 {
		p := g.browser().post("/signin/harbor", nil, from("203.0.113.7"))
		if p.status != http.StatusTooManyRequests {
			continue
		}
		if limited++; p.reason() != "rate_limited" || p.header.Get("Retry-After") != "60" {
			t.Errorf("%s, Retry-After %q", p.reason(), p.header.Get("Retry-After"))
		}
	}
	if limited != 16 {
		t.Errorf("%d of 20 starts were refused", limited)
	}
	refused := 0
	for range 20 {
		if p := g.browser().get("/signin/harbor/callback?code=x&state=y", from("203.0.113.7")); p.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 16 {
		t.Errorf("%d of 20 callbacks were refused", refused)
	}
	// Somebody signed in from there, and anybody from elsewhere, go on.
	if p := resident.trip("/stepup/forge", "ada", nil, from("203.0.113.7")); p.status != http.StatusSeeOther {
		t.Errorf("somebody signed in: %d %s", p.status, p.reason())
	}
	if p := g.browser().trip("/signin/forge", "guest-1", nil, from("203.0.113.8")); p.status != http.StatusSeeOther {
		t.Errorf("another network: %d %s", p.status, p.reason())
	}
	// An invented session is no way round, and looking is free.
	made := g.browser()
	made.setCookie(sessionCookie, db.NewToken())
	if p := made.post("/signin/harbor", nil, from("203.0.113.7")); p.status != http.StatusTooManyRequests {
		t.Errorf("with an invented session: %d", p.status)
	}
	if p := g.browser().get("/signin", from("203.0.113.7")); p.status != http.StatusOK {
		t.Errorf("the sign-in page: %d", p.status)
	}
	g.clock.Add(time.Minute)
	if p := g.browser().post("/signin/harbor", nil, from("203.0.113.7")); p.status != http.StatusOK {
		t.Errorf("a minute later: %d", p.status)
	}
	if n := len(g.events()); n > 20 {
		t.Errorf("the flood left %d events", n)
	}
}

func TestV09_StrangersTogether(t *testing.T) {
	clock := dbtest.NewClock()
	l := newLimiter(Limits{Starts: Budget{1, 5}, Callbacks: Budget{1, 5}, Strangers: Budget{1, 10}}, clock.Now)
	let := 0
	for i := range 100 {
		if l.start(netip.AddrFrom4([4]byte{203, 0, byte(i), 1}), false) {
			let++
		}
	}
	if let != 10 || !l.start(netip.MustParseAddr("203.0.5.1"), true) {
		t.Errorf("%d strangers were let through", let)
	}
	// One network's flood takes nothing from the others' budget.
	clock.Add(time.Hour)
	for range 1000 {
		l.start(netip.MustParseAddr("198.51.100.1"), false)
	}
	if !l.start(netip.MustParseAddr("198.51.100.2"), false) {
		t.Error("a flood took everybody's budget")
	}
}

func TestV09_NetworksOfIPv6(t *testing.T) {
	l := newLimiter(Limits{Starts: Budget{1, 2}, Callbacks: Budget{1, 2}, Strangers: Budget{100, 100}}, dbtest.NewClock().Now)
	let := 0
	for i := range 10 {
		if l.start(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x:1", i)), false) {
			let++
		}
	}
	if let != 2 || !l.start(netip.MustParseAddr("2001:db8:0:1::1"), false) {
		t.Errorf("%d of one /64 were let through", let)
	}
}

func TestLimiterForgets(t *testing.T) {
	clock := dbtest.NewClock()
	l := newLimiter(demoLimits, clock.Now)
	for i := range maxBuckets + 10 {
		l.start(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), true)
	}
	if n := len(l.buckets[1]); n > maxBuckets+2 {
		t.Errorf("%d buckets", n)
	}
	clock.Add(bucketIdle + bucketSweep)
	l.start(netip.MustParseAddr("192.0.2.1"), true)
	if n := len(l.buckets[1]); n != 1 {
		t.Errorf("%d buckets after a rest", n)
	}
}

// One customer's /48 has a bound of its own, and the places it fills are not
// those of people who are signed in.
func TestV09_WideNetworks(t *testing.T) {
	l := newLimiter(DefaultLimits, dbtest.NewClock().Now)
	let := 0
	for i := range maxBuckets + 100 {
		if l.start(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 6: byte(i >> 8), 7: byte(i), 15: 1}), false) {
			let++
		}
	}
	if want := DefaultLimits.Starts.Burst * wideShare; let != want {
		t.Errorf("%d of one /48 were let through, want %d", let, want)
	}
	for i := range 5 {
		if !l.start(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), true) {
			t.Error("somebody who is signed in was held back")
		}
	}
}

func TestDefaultLimits(t *testing.T) {
	l := newLimiter(Limits{}, time.Now)
	if l.limits != DefaultLimits {
		t.Errorf("%v", l.limits)
	}
}

func TestHourly(t *testing.T) {
	h, now := newHourly(), time.Now()
	if !h.first(1, now) || h.first(1, now.Add(time.Hour-1)) || !h.first(1, now.Add(time.Hour)) || !h.first(2, now) {
		t.Error("not once an hour and session")
	}
	h.undo(2)
	if !h.first(2, now) {
		t.Error("undone, and still counted")
	}
	for i := range 3000 {
		h.first(db.ID(i+10), now)
	}
	if len(h.last) > 1001 {
		t.Errorf("%d remembered", len(h.last))
	}
}

// TestV08_HeaderCap speaks to the listener itself.
func TestV08_HeaderCap(t *testing.T) {
	g := openGate(t)
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /signin HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", g.cfg.URL.Host, strings.Repeat("a=b; ", 10_000))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("50 KB of cookies: %d", resp.StatusCode)
	}
	if p := g.browser().get("/signin"); p.status != http.StatusOK {
		t.Errorf("others: %d", p.status)
	}
}

func TestV08_Timeouts(t *testing.T) {
	s := (&Program{log: slog.New(slog.DiscardHandler)}).httpServer()
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 15*time.Second || s.WriteTimeout != 30*time.Second ||
		s.IdleTimeout != time.Minute || s.MaxHeaderBytes != 32<<10 {
		t.Errorf("%+v", s)
	}
}

func TestHugeForm(t *testing.T) {
	g := openGate(t)
	p := g.browser().post("/signin/harbor", map[string][]string{"return": {"/" + strings.Repeat("a", 10<<20)}})
	if p.status != http.StatusOK && p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", p.status)
	}
	if n, err := g.Store.CountAttempts(context.Background()); err != nil || n > 1 {
		t.Errorf("%d attempts, %v", n, err)
	}
}
