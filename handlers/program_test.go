package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// TestV16_GracefulStop stops while somebody is on their way back: they get
// their answer, it is in the book, and the stop is its last line.
func TestV16_GracefulStop(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	callback := b.choose(b.start("/signin/harbor", nil), "ada")
	stopped := make(chan error, 1)
	begun := func() {
		go func() { stopped <- g.stop() }()
		g.until(func() bool { return strings.Contains(g.log.text(), "msg=stopping") })
	}
	g.peers.onNow.Store(&begun) // while the code is exchanged
	p := b.get(callback)
	if p.status != http.StatusSeeOther || p.location != "/account" {
		t.Errorf("the request under way: %d %s", p.status, p.reason())
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := g.browser().send(http.MethodGet, "/healthz", nil); err == nil {
		t.Error("a stopped program answers")
	}
	g.left(append(several(signedUp), "system.stop success shutdown")...)
}

// TestV16_StopDoesNotWaitForEver has a request that never ends: the stop is
// in the book all the same.
func TestV16_StopDoesNotWaitForEver(t *testing.T) {
	g := openGate(t)
	g.patience = 20 * time.Millisecond
	b := g.browser()
	callback := b.choose(b.start("/signin/harbor", nil), "ada")
	g.peers.server.SetFault("harbor", "token-slow")
	answered := make(chan error, 1)
	go func() {
		_, err := b.send(http.MethodGet, callback, nil)
		answered <- err
	}()
	g.until(func() bool { return g.peers.hits("harbor", "token") == 1 })
	if err := g.stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("the hanging request was answered")
	}
	words := dbtest.Words(g.events())
	if !strings.Contains(strings.Join(words, ","), "system.stop success shutdown") {
		t.Errorf("events: %v", words)
	}
}

func TestStartAndStopAreInTheBook(t *testing.T) {
	g := openGate(t)
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	all := g.events()
	if len(all) != 2 || wordsOfEvent(all[0]) != "system.start success" || wordsOfEvent(all[1]) != "system.stop success shutdown" ||
		all[0].Detail.Note != "test" || all[0].ActorKind != event.System {
		t.Errorf("%v", dbtest.Words(all))
	}
	if _, err := g.Store.VerifyChain(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestV14_TwoOnOneDatabase(t *testing.T) {
	g := openGate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), g.cfg, ProgramOptions{Listener: l})
	if err == nil || !strings.Contains(err.Error(), "another Gatebook is serving from this database") || !strings.Contains(err.Error(), g.cfg.DB) {
		t.Errorf("a second one: %v", err)
	}
	if conn, err := net.Dial("tcp", l.Addr().String()); err == nil {
		conn.Close()
		t.Error("the listener was left open")
	}
	if p := g.browser().get("/signin"); p.status != http.StatusOK {
		t.Errorf("the first: %d", p.status)
	}
}

func TestOpenAgainAfterClose(t *testing.T) {
	cfg := smallConfig(t)
	for range 2 {
		p, err := Open(context.Background(), cfg, ProgramOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// smallConfig has no provider and listens anywhere.
func smallConfig(t *testing.T) Config {
	t.Helper()
	u, err := url.Parse("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return Config{Addr: "127.0.0.1:0", URL: u, DB: filepath.Join(t.TempDir(), "x.db"), SiteName: "Gatebook", SessionLifetime: time.Hour, StepUp: time.Minute}
}

func TestOpenFailsAndLeavesNothing(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	cfg := smallConfig(t)
	taken := cfg
	taken.Addr = busy.Addr().String()
	if _, err := Open(context.Background(), taken, ProgramOptions{}); err == nil || !strings.Contains(err.Error(), "listen") {
		t.Errorf("a taken address: %v", err)
	}
	nowhere := cfg
	nowhere.DB = filepath.Join(t.TempDir(), "none", "x.db")
	if _, err := Open(context.Background(), nowhere, ProgramOptions{}); err == nil {
		t.Error("a database nowhere was opened")
	}
	p, err := Open(context.Background(), cfg, ProgramOptions{}) // the failures hold no lock
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestBadProviderIsLeftOut(t *testing.T) {
	g := openGate(t, withConfig(func(c *Config) {
		c.Providers[0].ClientID = ""
		c.Providers[1].Issuer = "nonsense"
	}))
	if len(g.Problems) < 2 {
		t.Errorf("problems: %v", g.Problems)
	}
	if n := g.browser().get("/signin").doc(t).Find("main form").Length(); n != 1 {
		t.Errorf("%d ways in", n)
	}
	if p := g.browser().trip("/signin/forge", "ada", nil); p.status != http.StatusSeeOther {
		t.Errorf("the good one: %d", p.status)
	}
}

func TestHealth(t *testing.T) {
	g := openGate(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if p := g.browser().get(path); p.status != http.StatusOK || p.body != want || !strings.HasPrefix(p.header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %q", path, p.status, p.body)
		}
	}
	if strings.Contains(g.log.text(), "level=INFO msg=request") {
		t.Error("health checks fill the log")
	}
}

func TestReadyzWithoutStore(t *testing.T) {
	g := openGate(t)
	if err := errors.Join(g.stop(), g.Store.Close()); err != nil {
		t.Fatal(err)
	}
	b := g.browser()
	if p := serveOnce(b, g.Server, http.MethodGet, "/readyz"); p.status != http.StatusServiceUnavailable || p.body != "storage unavailable\n" {
		t.Errorf("/readyz: %d %q", p.status, p.body)
	}
	if p := serveOnce(b, g.Server, http.MethodGet, "/healthz"); p.status != http.StatusOK {
		t.Errorf("/healthz: %d", p.status)
	}
}

// TestClosedStoreIsAPage: whoever asks while the program closes is told so.
func TestClosedStoreIsAPage(t *testing.T) {
	g := openGate(t)
	h := g.Server.stack(g.Server.serve(func(http.ResponseWriter, *request) error { return db.ErrClosed }))
	if p := serveOnce(g.browser(), h, http.MethodGet, "/x"); p.status != http.StatusServiceUnavailable || p.reason() != "shutdown" {
		t.Errorf("%d %s", p.status, p.reason())
	}
}
