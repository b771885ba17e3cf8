package db_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// manager is scs as Gatebook sets it up.
func manager(s *db.Store) *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec, m.HashTokenInStore, m.Lifetime = db.SessionStore{Store: s}, db.SessionCodec{}, true, month
	return m
}

func load(t *testing.T, m *scs.SessionManager, token string) (context.Context, db.Session) {
	t.Helper()
	loaded, err := m.Load(ctx, token)
	if err != nil {
		t.Fatalf("scs load: %v", err)
	}
	session, _ := m.Get(loaded, db.SessionKey).(db.Session)
	return loaded, session
}

func TestSCS(t *testing.T) {
	s := dbtest.Open(t)
	m := manager(s)
	account, identity := person(t, s, "Ada")
	token, started := signIn(t, s, account.ID, identity.ID)

	loaded, session := load(t, m, token)
	if session.ID != started.ID || session.AccountID != account.ID || !m.Deadline(loaded).Equal(started.ExpiresAt) {
		t.Fatalf("scs loaded %+v, deadline %v", session, m.Deadline(loaded))
	}
	session.ProvedAt = session.ProvedAt.Add(time.Minute)
	m.Put(loaded, db.SessionKey, session)
	if got, expiry, err := m.Commit(loaded); got != token || !expiry.Equal(started.ExpiresAt) || err != nil {
		t.Fatalf("scs commit: %q, %v, %v", got, expiry, err)
	}
	if _, again := load(t, m, token); !again.ProvedAt.Equal(session.ProvedAt) {
		t.Error("the change is not there")
	}
	recorder := httptest.NewRecorder()
	m.WriteSessionCookie(loaded, recorder, token, started.ExpiresAt)
	cookie, err := http.ParseSetCookie(recorder.Header().Get("Set-Cookie"))
	if err != nil || cookie.Value != token {
		t.Errorf("cookie %v, %v", cookie, err)
	}
	if err := m.Destroy(loaded); err != nil {
		t.Fatal(err)
	}
	if _, gone := load(t, m, token); gone.ID != 0 || found(t, s, token) {
		t.Error("the session outlived Destroy")
	}
}

// TestS02_SCSSlowRequest is the measured fault turned round: a request that
// began before the sign-out finishes after it.
func TestS02_SCSSlowRequest(t *testing.T) {
	s := dbtest.Open(t)
	m := manager(s)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	slow, value := load(t, m, token)
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		return tx.EndSession(ctx, session.ID, event.ReasonAccountRequest)
	})
	m.Put(slow, db.SessionKey, value)
	if _, _, err := m.Commit(slow); !errors.Is(err, db.ErrEnded) {
		t.Errorf("got %v, want ErrEnded", err)
	}
	if found(t, s, token) {
		t.Error("the session came back")
	}
}

func TestS01_SCSMakesNoSession(t *testing.T) {
	s := dbtest.Open(t)
	m := manager(s)
	fresh, session := load(t, m, "a token that nobody gave out")
	if session.ID != 0 {
		t.Error("an unknown token has a session")
	}
	m.Put(fresh, db.SessionKey, db.Session{AccountID: 1, ExpiresAt: time.Now().Add(time.Hour)})
	if _, _, err := m.Commit(fresh); !errors.Is(err, db.ErrEnded) {
		t.Errorf("scs made a session of its own: %v", err)
	}
}

// TestS05_SCSDeadline moves a session's end through scs: memory must not keep
// it for longer than the table does.
func TestS05_SCSDeadline(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	m := manager(s)
	account, identity := person(t, s, "Ada")
	token, _ := signIn(t, s, account.ID, identity.ID)
	loaded, _ := load(t, m, token)
	soon := clock.Now().Add(time.Minute)
	m.SetDeadline(loaded, soon)
	if _, _, err := m.Commit(loaded); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, db.TokenHash(token)); err != nil || !got.ExpiresAt.Equal(soon) {
		t.Errorf("expires at %v, want %v (%v)", got.ExpiresAt, soon, err)
	}
	clock.Add(time.Minute)
	if found(t, s, token) {
		t.Error("the session outlives its deadline")
	}
}

func TestSessionCodecRefuses(t *testing.T) {
	codec := db.SessionCodec{}
	for name, values := range map[string]map[string]any{
		"nothing":   {},
		"another":   {db.SessionKey: "text"},
		"more":      {db.SessionKey: db.Session{}, "flash": "lost"},
		"a pointer": {db.SessionKey: &db.Session{}},
	} {
		if b, err := codec.Encode(time.Now(), values); err == nil {
			t.Errorf("%s became %d bytes", name, len(b))
		}
	}
}

func TestS12_SessionStoreNeedsItsContext(t *testing.T) {
	s := dbtest.Open(t)
	store := db.SessionStore{Store: s}
	if _, _, err := store.Find("x"); err == nil {
		t.Error("Find answered")
	}
	if store.Commit("x", nil, time.Time{}) == nil || store.Delete("x") == nil {
		t.Error("Commit or Delete did something without a context")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := store.FindCtx(cancelled, db.TokenHash("x")); err == nil {
		t.Error("a read that could not be made was answered with absence")
	}
}

func FuzzSessionCodec(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 57))
	f.Fuzz(func(t *testing.T, b []byte) {
		deadline, values, err := db.SessionCodec{}.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) == 0 {
			return
		}
		again, err := db.SessionCodec{}.Encode(deadline, values)
		if err != nil || string(again) != string(b) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
	})
}
