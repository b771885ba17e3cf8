package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// TestS05_TheColumnSaysWhen commits bytes that name a later end than the row.
func TestS05_TheColumnSaysWhen(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	account, identity := person(t, s, "Ada")
	token, _ := signIn(t, s, account.ID, identity.ID)
	store, hash := db.SessionStore{Store: s}, db.TokenHash(token)
	data, _, err := store.FindCtx(ctx, hash)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CommitCtx(ctx, hash, data, clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if !found(t, s, token) {
		t.Fatal("the session is gone before its end")
	}
	clock.Add(time.Minute)
	if found(t, s, token) {
		t.Error("memory believes the bytes")
	}
}

func TestS05_SessionExpires(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	data, _, err := db.SessionStore{Store: s}.FindCtx(ctx, db.TokenHash(token))
	if err != nil {
		t.Fatal(err)
	}
	clock.Add(month - time.Microsecond)
	if !found(t, s, token) {
		t.Error("gone a microsecond early")
	}
	clock.Add(time.Microsecond)
	if found(t, s, token) {
		t.Error("memory outlives the session")
	}
	err = db.SessionStore{Store: s}.CommitCtx(ctx, db.TokenHash(token), data, session.ExpiresAt.Add(month))
	if !errors.Is(err, db.ErrEnded) || found(t, s, token) {
		t.Errorf("an expired session was extended: %v", err)
	}
	if n, _ := s.CountSessions(ctx); n != 0 {
		t.Error("an expired session counts as live")
	}
}

func TestS11_CorruptSession(t *testing.T) {
	s, path := openPath(t, time.Now)
	other := raw(t, path)
	account, identity := person(t, s, "Ada")
	stranger, _ := person(t, s, "Bob")
	_, another := signIn(t, s, stranger.ID, identity.ID)
	good := func(change func([]byte)) []byte {
		_, values, _ := db.SessionCodec{}.Decode(nil)
		values[db.SessionKey] = another
		b, err := db.SessionCodec{}.Encode(another.ExpiresAt, values)
		if err != nil {
			t.Fatal(err)
		}
		change(b)
		return b
	}
	blobs := map[string][]byte{
		"empty":             {},
		"short":             good(func([]byte) {})[:20],
		"long":              append(good(func([]byte) {}), 0),
		"unknown version":   good(func(b []byte) { b[0] = 99 }),
		"another's session": good(func([]byte) {}),
		"noise":             bytes.Repeat([]byte{0xff}, 57),
		"text":              []byte("<script>"),
	}
	for name, blob := range blobs {
		token, session := signIn(t, s, account.ID, identity.ID)
		sqlExec(t, other, "UPDATE sessions SET data = ? WHERE id = ?", blob, int64(session.ID))
		if found(t, s, token) {
			t.Errorf("%s: the session was read", name)
		}
		if _, ok, err := (db.SessionStore{Store: s}).FindCtx(ctx, db.TokenHash(token)); ok || err != nil {
			t.Errorf("%s: scs gets %v, %v; want no session", name, ok, err)
		}
	}
}

func TestFlushSeen(t *testing.T) {
	clock := dbtest.NewClock()
	s, path := openPath(t, clock.Now)
	other := raw(t, path)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	seen := func() time.Time {
		t.Helper()
		if err := s.FlushSeen(ctx); err != nil {
			t.Fatal(err)
		}
		return db.FromMicros(sqlInt(t, other, "SELECT last_seen_at FROM sessions WHERE id = ?", int64(session.ID)))
	}
	for _, step := range []string{"filled from the table", "hit in memory"} {
		clock.Add(time.Minute)
		found(t, s, token)
		if got := seen(); !got.Equal(clock.Now()) {
			t.Errorf("%s: last seen at %v, want %v", step, got, clock.Now())
		}
	}
	want := clock.Now()
	clock.Add(-time.Hour)
	found(t, s, token)
	if got := seen(); !got.Equal(want) {
		t.Errorf("the clock stepped back and so did last seen, to %v", got)
	}
}

// TestS02_EndedElsewhere ends a session through a second store on the same
// file: the first notices within its watch interval.
func TestS02_EndedElsewhere(t *testing.T) {
	s, path := openPath(t, time.Now)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	if !found(t, s, token) {
		t.Fatal("the session is not there")
	}
	second := dbtest.OpenFile(t, path, time.Now)
	write(t, second, func(ctx context.Context, tx *db.Tx) error {
		return tx.EndSession(ctx, session.ID, event.ReasonAdmin)
	})
	ended := time.Now()
	for found(t, s, token) {
		if time.Since(ended) > 5*time.Second {
			t.Fatal("still found after 5 s")
		}
	}
	t.Logf("noticed after %v", time.Since(ended))
}

// TestS02_ReadersRaceTheEnd lets many readers fill the memory while sessions
// end: once the ending call has returned, nobody finds them.
func TestS02_ReadersRaceTheEnd(t *testing.T) {
	s := dbtest.Open(t)
	account, identity := person(t, s, "Ada")
	for round := range 20 {
		token, session := signIn(t, s, account.ID, identity.ID)
		hash := db.TokenHash(token)
		ended, start := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				<-start
				for {
					over := false
					select {
					case <-ended:
						over = true
					default:
					}
					_, err := s.Session(ctx, hash)
					if over {
						if !errors.Is(err, db.ErrNotFound) {
							t.Errorf("round %d: found after its end: %v", round, err)
						}
						return
					}
				}
			})
		}
		close(start)
		if round%2 == 0 {
			write(t, s, func(ctx context.Context, tx *db.Tx) error { return tx.EndSession(ctx, session.ID, event.ReasonAdmin) })
		} else if err := (db.SessionStore{Store: s}).DeleteCtx(ctx, hash); err != nil {
			t.Error(err)
		}
		close(ended)
		wg.Wait()
	}
}

func TestClosedStoreBelievesNoSession(t *testing.T) {
	s := dbtest.Open(t)
	account, identity := person(t, s, "Ada")
	tokens := []string{}
	for range 10 {
		token, _ := signIn(t, s, account.ID, identity.ID)
		tokens = append(tokens, token)
		found(t, s, token)
	}
	s.Close()
	for n, token := range tokens {
		if _, err := s.Session(ctx, db.TokenHash(token)); err == nil {
			t.Error(fmt.Sprint("session ", n, " is believed after Close"))
		}
	}
}
