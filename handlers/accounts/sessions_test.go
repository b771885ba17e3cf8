package accounts_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	other, _ := w.in(ada("github"))
	w.forget()
	actor := b.actor()
	for range 2 { // the second does nothing
		if err := w.SignOut(ctx, actor, first.Session); err != nil {
			t.Fatal(err)
		}
	}
	e := w.leaves("session.signout success account_request")[0]
	if e.Account != first.Account.ID || e.Target != first.Session.ID || e.Session != first.Session.ID || e.TargetKind != event.TargetSession {
		t.Errorf("recorded %+v", e)
	}
	if b.session() != nil || other.session() == nil {
		t.Error("the wrong session ended")
	}
}

// TestSignIn_Origin: a session knows where it came from, and when it ends.
func TestSignIn_Origin(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b := w.browser()
	b.ip = netip.MustParseAddr("2001:db8::7")
	result := b.does(accounts.IntentSignIn, ada("github"))
	s := result.Session
	if s.IP != b.ip || s.UserAgent != "test" || !s.ExpiresAt.Equal(w.clock.Now().Add(lifetime)) || !s.ProvedAt.Equal(w.clock.Now()) {
		t.Errorf("started %+v", s)
	}
	if e := w.leaves("account.create success signup", "identity.link success signup", "session.signin success signup")[2]; e.IP != b.ip ||
		e.UserAgent != "test" || e.RequestID != "r" {
		t.Errorf("recorded %+v", e)
	}
	w.clock.Add(lifetime)
	if b.session() != nil {
		t.Error("a session outlives its life")
	}
	if w.Fresh(db.Session{}) {
		t.Error("a session that proved nothing is fresh")
	}
}

// TestS10_SessionLimit: sixty sign-ins leave the newest fifty sessions.
func TestS10_SessionLimit(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	_, bob := w.in(person("home", "Bob"))
	var browsers []*browser
	for range 60 {
		b, _ := w.in(ada("github"))
		browsers = append(browsers, b)
	}
	for i, b := range browsers {
		if alive := b.session() != nil; alive != (i >= 10) {
			t.Errorf("session %d alive: %t", i, alive)
		}
	}
	account := browsers[59].session().AccountID
	ended := 0
	for _, e := range w.all() {
		if e.Kind != event.KindSessionEnd {
			continue
		}
		if ended++; e.Reason != event.ReasonLimit || e.Account != account || e.TargetKind != event.TargetSession {
			t.Errorf("recorded %+v", e)
		}
	}
	if ended != 10 {
		t.Errorf("%d sessions were ended", ended)
	}
	if n, err := w.store.CountSessions(ctx); n != 51 || err != nil {
		t.Errorf("%d sessions with Bob's (%s), %v", n, bob.Session.ID, err)
	}
}

// TestSweep: what has had its time goes, and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	b, first := w.in(ada("github"))
	used := w.count("attempts")
	b.start(accounts.IntentLink, "forge")
	other, _ := w.in(ada("github"))
	w.SignOut(ctx, other.actor(), *other.session())
	sweep := func(after time.Duration, attempts, sessions int) {
		t.Helper()
		w.clock.Add(after)
		if err := w.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if a, s := w.count("attempts"), w.count("sessions"); a != attempts || s != sessions {
			t.Errorf("after %s: %d attempts and %d sessions, want %d and %d", after, a, s, attempts, sessions)
		}
	}
	sweep(0, used+2, 2)
	w.clock.Add(time.Minute)
	b.session() // seen now, which the next sweep writes
	seen := w.clock.Now()
	sweep(accounts.AttemptLife+time.Hour-time.Minute, used+2, 2)
	sweep(time.Second, 0, 2)
	sweep(7*24*time.Hour, 0, 1)
	var last int64
	if err := w.raw().QueryRow(`SELECT last_seen_at FROM sessions WHERE id = ?`, first.Session.ID).Scan(&last); err != nil || last != seen.UnixMicro() {
		t.Errorf("last seen at %d, %v", last, err)
	}
	sweep(lifetime-2*time.Hour, 0, 1)
	sweep(2*time.Hour, 0, 0)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Sweep(ctx); err == nil {
		t.Error("swept a store that is closed")
	}
}

// TestNotes: what an admin does with the log, and the program's own life.
func TestNotes(t *testing.T) {
	t.Parallel()
	w := open(t, openPolicy)
	admin := db.Actor{Kind: event.Account, Account: 7, Session: 8}
	for _, err := range []error{
		w.Started(ctx, "1.2.3"), w.Viewed(ctx, admin), w.Exported(ctx, admin, "csv", "kind=session.signin"), w.Stopped(ctx),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	events := w.leaves("system.start success", "audit.view success", "audit.export success", "system.stop success shutdown")
	if e := events[0]; e.Detail.Note != "1.2.3" || e.ActorKind != event.System {
		t.Errorf("recorded %+v", e)
	}
	for _, e := range events[1:3] {
		if e.Actor != 7 || e.Account != 7 || e.TargetKind != event.TargetAudit {
			t.Errorf("recorded %+v", e)
		}
	}
	if d := events[2].Detail; d.Format != "csv" || d.Filter != "kind=session.signin" {
		t.Errorf("recorded %+v", d)
	}
	if w.Policy().Signup != accounts.SignupOpen || !slices.Equal(w.Policy().Allow, openPolicy.Allow) {
		t.Error("the policy is another")
	}
}
