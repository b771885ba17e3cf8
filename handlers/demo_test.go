package handlers

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// runDemo runs the demo's command on a database until stop is called, and
// returns its address once it is ready and its past is written.
func runDemo(t *testing.T, file string, events int) (addr string, out *logBook, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	out = &logBook{}
	go func() {
		ended <- RunDemo(ctx, DemoOptions{Addr: addr, DB: file, Events: events, Out: out, Version: "test"})
	}()
	g := &gate{t: t}
	g.until(func() bool { return AskReady(ctx, addr, 1e9) == nil })
	if events > 0 {
		g.until(func() bool {
			return strings.Contains(out.text(), "100 %") || strings.Contains(out.text(), "left as it is")
		})
	}
	return addr, out, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("demo: %v", err)
		}
	}
}

func TestDemo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	addr, out, stop := runDemo(t, file, 200)
	if !strings.Contains(out.text(), "open  http://"+addr) || !strings.Contains(out.text(), file) {
		t.Errorf("it says: %s", out.text())
	}
	resp, err := wire.Get("http://" + addr + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%d", resp.StatusCode)
	}
	stop()
	store := dbtest.OpenFile(t, file, clockOfToday().Now)
	all := dbtest.Events(t, store)
	if n := len(all) - 2; n < 197 || n > 203 { // less the start and the stop
		t.Errorf("%d past events", n)
	}
	if _, err := store.VerifyChain(context.Background()); err != nil {
		t.Error(err)
	}
	if err := store.VerifyDays(context.Background()); err != nil {
		t.Error(err)
	}
	if admins, err := store.Admins(context.Background()); err != nil || len(admins) != 0 {
		t.Errorf("the past has %d admins, %v", len(admins), err)
	}
	pastIsTrue(t, all)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, out, stop = runDemo(t, file, 200)
	stop()
	if !strings.Contains(out.text(), "left as it is") {
		t.Errorf("a kept database: %s", out.text())
	}
	if again := dbtest.Events(t, dbtest.OpenFile(t, file, clockOfToday().Now)); len(again) != len(all)+2 {
		t.Errorf("%d events, %d before", len(again), len(all))
	}
}

// pastIsTrue holds the made-up past to what could have happened: it ascends,
// and nobody signs in whom nobody made.
func pastIsTrue(t *testing.T, all []db.Event) {
	t.Helper()
	known, kinds := map[db.ID]bool{}, map[event.Kind]bool{}
	last := db.Event{}
	for _, e := range all {
		if e.ActorKind == event.System {
			continue
		}
		kinds[e.Kind] = true
		if e.At.Before(last.At) || e.ID <= last.ID {
			t.Errorf("%s at %s follows %s", e.ID, e.At, last.At)
		}
		last = e
		if e.Kind == event.KindAccountCreate {
			known[e.Account] = true
		}
		if e.Account != 0 && !known[e.Account] {
			t.Errorf("%s of an account that nobody made", wordsOfEvent(e))
		}
	}
	for _, k := range []event.Kind{event.KindSessionSignin, event.KindIdentityLink, event.KindIdentityUnlink, event.KindSessionSignout} {
		if !kinds[k] {
			t.Errorf("the past has no %s", k)
		}
	}
}

func TestDemoFirstPersonIsAdmin(t *testing.T) {
	g := openGate(t, asDemo)
	first, second := g.browser(), g.browser()
	if p := first.get("/signin"); !strings.Contains(p.body, "<strong>Demo</strong>") {
		t.Error("the page does not say that it is a demo")
	}
	first.signIn("harbor", "ada")
	g.left("account.create success demo", "identity.link success demo", "account.promote success demo", "session.signin success demo")
	second.signIn("forge", "mallory")
	g.left(several(signedUp)...)
	if p, q := first.get("/admin/events"), second.get("/admin/events"); p.status != http.StatusOK || q.status != http.StatusForbidden {
		t.Errorf("the first %d, the second %d", p.status, q.status)
	}
}

func TestDemoIsForThisComputerOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8080", "[::]:0", "example.org:80", "nonsense", ""} {
		err := RunDemo(context.Background(), DemoOptions{Addr: addr, Out: &logBook{}})
		if err == nil || !strings.Contains(err.Error(), "--addr") {
			t.Errorf("%q: %v", addr, err)
		}
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if err := RunDemo(context.Background(), DemoOptions{Addr: busy.Addr().String(), Out: &logBook{}}); err == nil || !strings.Contains(err.Error(), "another port") {
		t.Errorf("a taken port: %v", err)
	}
}

func TestDemoLeavesNothingBehind(t *testing.T) {
	_, out, stop := runDemo(t, "", 0)
	file := regexp.MustCompile(`Database: (\S+)`).FindStringSubmatch(out.text())
	if file == nil {
		t.Fatalf("it says: %s", out.text())
	}
	if _, err := os.Stat(file[1]); err != nil {
		t.Error(err)
	}
	stop()
	if _, err := os.Stat(filepath.Dir(file[1])); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}
