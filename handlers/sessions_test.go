package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

func TestS01_Fixation(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	planted := db.NewToken()
	b.setCookie(sessionCookie, planted)
	if who := b.whoami(); who != "" {
		t.Fatalf("a made-up token is %q", who)
	}
	b.signIn("harbor", "ada")
	thief := g.browser()
	thief.setCookie(sessionCookie, planted)
	if who := thief.whoami(); who != "" || b.cookie(sessionCookie) == planted {
		t.Errorf("the planted token is %q", who)
	}
	// Each further proof has a token of its own, and the one before it is dead.
	for _, trip := range []string{"/signin/harbor", "/stepup/harbor", "/account/link/harbor"} {
		before := b.copyOf()
		if p := b.trip(trip, "ada", nil); p.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", trip, p.status, p.reason())
		}
		if who := before.whoami(); who != "" {
			t.Errorf("the token from before %s is still %q", trip, who)
		}
		if who := b.whoami(); who != "Ada Lovelace" {
			t.Errorf("after %s: %q", trip, who)
		}
	}
	g.left(append(several(signedUp), "session.signin success known_identity", "session.stepup success known_identity",
		"identity.link success already_linked")...)
}

// TestS02_SlowRequestAndSignOut holds a request back while its session ends.
func TestS02_SlowRequestAndSignOut(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	inside, goOn := make(chan bool), make(chan bool)
	h := g.Server.stack(g.Server.serve(func(w http.ResponseWriter, r *request) error {
		inside <- r.signedIn()
		<-goOn
		return plain(w, http.StatusOK, "late")
	}))
	slow := httptest.NewRequest(http.MethodGet, "/slow", nil)
	slow.Host = g.cfg.URL.Host
	slow.AddCookie(&http.Cookie{Name: sessionCookie, Value: b.cookie(sessionCookie)})
	answer := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { h.ServeHTTP(answer, slow); close(done) }()
	thief := b.copyOf()
	if !<-inside {
		t.Error("the slow request is not signed in")
	}
	if p := b.post("/signout", nil); p.location != "/signin" {
		t.Fatalf("sign out: %d %s", p.status, p.location)
	}
	close(goOn)
	<-done
	if c := answer.Result().Cookies(); len(c) > 0 {
		t.Errorf("the slow answer sets %v", c)
	}
	if who := thief.whoami(); who != "" {
		t.Errorf("the session came back as %q", who)
	}
	if err := g.Accounts.Sweep(context.Background()); err != nil { // flushes when sessions were last used
		t.Fatal(err)
	}
	if who := thief.whoami(); who != "" {
		t.Errorf("the session came back as %q", who)
	}
}

func TestS03_StoredTokensAreHashes(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	var stored string
	if err := openRaw(t, g).QueryRow("SELECT token_hash FROM sessions").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	thief := g.browser()
	thief.setCookie(sessionCookie, stored)
	if who := thief.whoami(); who != "" || stored == b.cookie(sessionCookie) {
		t.Errorf("the stored value signs in %q", who)
	}
}

func TestS05_SessionsEnd(t *testing.T) {
	g := openGate(t, withConfig(func(c *Config) { c.SessionLifetime = time.Hour }))
	b := g.browser()
	b.signIn("harbor", "ada")
	g.clock.Add(time.Hour - time.Second)
	if who := b.whoami(); who != "Ada Lovelace" {
		t.Errorf("a second before its end: %q", who)
	}
	g.clock.Add(time.Second)
	if who := b.whoami(); who != "" {
		t.Errorf("at its end: %q", who)
	}
}

func TestS06_SignOut(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.skip()
	if p := b.get("/signout"); p.status != http.StatusMethodNotAllowed {
		t.Errorf("GET /signout: %d", p.status)
	}
	thief := b.copyOf()
	p := b.post("/signout", nil)
	if p.location != "/signin" || p.header.Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf("%d %s %v", p.status, p.location, p.header)
	}
	if thief.whoami() != "" || b.cookie(sessionCookie) != "" {
		t.Error("the old cookie still opens the account")
	}
	g.left("session.signout success account_request")
	thief.post("/signout", nil) // it has ended already, and leaves nothing
	g.left()
}

func TestS07_DisabledAccount(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.skip()
	g.status(g.only().ID, db.StatusDisabled)
	if who := b.whoami(); who != "" {
		t.Errorf("a disabled account's session is %q", who)
	}
	p := b.trip("/signin/harbor", "ada", nil)
	if p.status != http.StatusForbidden || p.reason() != "account_disabled" {
		t.Errorf("signing in again: %d %s", p.status, p.reason())
	}
	g.left("session.signin failure account_disabled")
	if g.only().Status != db.StatusDisabled {
		t.Error("signing in revived it")
	}
}

func TestS11_DamagedSessions(t *testing.T) {
	g := openGate(t)
	for name, damage := range map[string]func([]byte) []byte{
		"garbage":         func([]byte) []byte { return []byte("\xc0\xff\xee") },
		"empty":           func([]byte) []byte { return []byte{} },
		"another version": func(b []byte) []byte { return append([]byte{2}, b[1:]...) },
		"too long":        func(b []byte) []byte { return append(b, 0) },
		"another account": func(b []byte) []byte { b[16] ^= 1; return b },
	} {
		b := g.browser()
		b.signIn("harbor", "ada")
		conn, hash := openRaw(t, g), db.TokenHash(b.cookie(sessionCookie))
		var data []byte
		if err := conn.QueryRow("SELECT data FROM sessions WHERE token_hash = $1", hash).Scan(&data); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec("UPDATE sessions SET data = $1 WHERE token_hash = $2", damage(data), hash); err != nil {
			t.Fatal(err)
		}
		if p := b.get("/account"); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/signin") {
			t.Errorf("%s: %d %s", name, p.status, p.location)
		}
	}
}

// TestS12_StoreFails has every read fail: neither "nobody" nor a guess.
func TestS12_StoreFails(t *testing.T) {
	g := openGate(t)
	b := g.admin()
	conn := openRaw(t, g)
	if _, err := conn.Exec("ALTER TABLE sessions RENAME TO sessions_gone"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/account", "/admin/events", "/signin", "/"} {
		p := b.get(path)
		if p.status != http.StatusServiceUnavailable || p.reason() != "storage_unavailable" {
			t.Errorf("GET %s: %d %s %s", path, p.status, p.location, p.reason())
		}
		for _, leak := range []string{"sessions", "SQL", "no such table", "sqlite", ".go"} {
			if strings.Contains(p.body, leak) {
				t.Errorf("GET %s tells of %q", path, leak)
			}
		}
	}
	if p := b.post("/signout", nil); p.status != http.StatusServiceUnavailable {
		t.Errorf("sign out: %d", p.status)
	}
	if !strings.Contains(g.log.text(), "no such table") {
		t.Error("the log does not say why")
	}
	if p := g.browser().get("/signin"); p.status != http.StatusOK {
		t.Errorf("somebody without a session: %d", p.status)
	}
	if _, err := conn.Exec("ALTER TABLE sessions_gone RENAME TO sessions"); err != nil {
		t.Fatal(err)
	}
	if who := b.whoami(); who != "Guest 1" {
		t.Errorf("once it is back: %q", who)
	}
}

// TestA01_NoEventNoSignIn has the append fail: nothing else is written.
func TestA01_NoEventNoSignIn(t *testing.T) {
	g := openGate(t)
	if _, err := openRaw(t, g).Exec("CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'refused'); END"); err != nil {
		t.Fatal(err)
	}
	b := g.browser()
	p := b.trip("/signin/harbor", "ada", nil)
	if p.status < 500 || b.cookie(sessionCookie) != "" {
		t.Errorf("%d %s", p.status, p.reason())
	}
	sessions, err := g.Store.CountSessions(context.Background())
	people, err2 := g.Store.CountAccounts(context.Background())
	if sessions != 0 || people != 0 || err != nil || err2 != nil {
		t.Errorf("%d sessions, %d accounts, %v, %v", sessions, people, err, err2)
	}
	if _, err := openRaw(t, g).Exec("DROP TRIGGER no_events"); err != nil {
		t.Fatal(err)
	}
	g.browser().signIn("harbor", "ada")
	g.left(several(signedUp)...)
}

func TestSwitchingAccounts(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	b.signIn("harbor", "ada")
	g.browser().signIn("forge", "guest-2")
	g.skip()
	b.signIn("forge", "guest-2")
	g.left("session.signout success switched_account", "session.signin success known_identity")
	if who := b.whoami(); who != "Guest 2" {
		t.Errorf("signed in as %q", who)
	}
}

func TestActorOfAnonymous(t *testing.T) {
	r := &request{Request: httptest.NewRequest(http.MethodGet, "/", nil)}
	r.Header.Set("User-Agent", "a\x00b\r\nc"+strings.Repeat("x", 2000))
	a := r.actor()
	if a.Kind != event.Anonymous || len(a.UserAgent) > maxUserAgent || strings.ContainsAny(a.UserAgent, "\x00\r\n") {
		t.Errorf("%v", a)
	}
}
