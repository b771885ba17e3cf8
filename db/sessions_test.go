package db_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

const month = 30 * 24 * time.Hour

// person adds an account with one identity.
func person(t testing.TB, s *db.Store, name string) (account db.Account, identity db.Identity) {
	t.Helper()
	write(t, s, func(_ context.Context, tx *db.Tx) (err error) {
		if account, err = tx.InsertAccount(db.Account{Name: name, Status: db.StatusActive}); err != nil {
			return err
		}
		identity, err = tx.InsertIdentity(db.Identity{AccountID: account.ID, Key: db.Key{Provider: "github", Subject: name}})
		return err
	})
	return account, identity
}

// signIn starts a session and returns its token.
func signIn(t testing.TB, s *db.Store, account, identity db.ID) (string, db.Session) {
	t.Helper()
	token := db.NewToken()
	var session db.Session
	write(t, s, func(_ context.Context, tx *db.Tx) (err error) {
		session, err = tx.StartSession(db.TokenHash(token), db.Session{
			AccountID: account, IdentityID: identity, ProvedAt: tx.Now(), ExpiresAt: tx.Now().Add(month),
			IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "test",
		})
		return err
	})
	return token, session
}

func found(t testing.TB, s *db.Store, token string) bool {
	t.Helper()
	_, err := s.Session(ctx, db.TokenHash(token))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		t.Fatalf("read a session: %v", err)
	}
	return err == nil
}

func TestSession(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	account, identity := person(t, s, "Ada")
	token, started := signIn(t, s, account.ID, identity.ID)
	want := db.Session{
		ID: started.ID, AccountID: account.ID, IdentityID: identity.ID, Family: started.ID,
		ProvedAt: clock.Now(), CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(month),
	}
	for _, from := range []string{"the table", "memory"} {
		got, err := s.Session(ctx, db.TokenHash(token))
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || err != nil {
			t.Errorf("from %s: %v\n%s", from, err, diff)
		}
	}
	if n, err := s.CountSessions(ctx); n != 1 || err != nil {
		t.Errorf("%d sessions, %v", n, err)
	}
}

func TestS03_TokenIsNowhereInTheFile(t *testing.T) {
	s, path := openPath(t, time.Now)
	account, identity := person(t, s, "Ada")
	token, _ := signIn(t, s, account.ID, identity.ID)
	if !found(t, s, token) {
		t.Fatal("the session is not there")
	}
	hashes := 0
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(file, []byte(token)) {
			t.Errorf("the token is in the file%s", suffix)
		}
		hashes += bytes.Count(file, []byte(db.TokenHash(token)))
	}
	if hashes == 0 {
		t.Error("the hash is not in the files either: nothing was searched")
	}
	if found(t, s, db.TokenHash(token)) {
		t.Error("the stored value was taken for a token")
	}
	if token == db.NewToken() || len(token) < 43 {
		t.Errorf("%q is not 256 random bits", token)
	}
}

func TestS02_EndedSessionStaysEnded(t *testing.T) {
	s := dbtest.Open(t)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	store, hash := db.SessionStore{Store: s}, db.TokenHash(token)
	data, ok, err := store.FindCtx(ctx, hash)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := store.CommitCtx(ctx, hash, data, session.ExpiresAt); err != nil {
		t.Errorf("commit of a live session: %v", err)
	}
	end := func(ctx context.Context, tx *db.Tx) error { return tx.EndSession(ctx, session.ID, event.ReasonAdmin) }
	write(t, s, end)
	if found(t, s, token) {
		t.Error("the session is found after the call that ended it")
	}
	if err := s.InTx(ctx, db.Actor{}, end); !errors.Is(err, db.ErrEnded) {
		t.Errorf("ended twice: %v, want ErrEnded", err)
	}
	if err := store.CommitCtx(ctx, hash, data, session.ExpiresAt); !errors.Is(err, db.ErrEnded) {
		t.Errorf("a slow request committed: %v, want ErrEnded", err)
	}
	if err := store.CommitCtx(ctx, db.TokenHash("new"), data, session.ExpiresAt); !errors.Is(err, db.ErrEnded) {
		t.Errorf("commit of an unknown token: %v, want ErrEnded", err)
	}
	if err := store.DeleteCtx(ctx, hash); err != nil {
		t.Errorf("deleting what has ended: %v", err)
	}
	if _, ok, _ := store.FindCtx(ctx, hash); ok || found(t, s, token) {
		t.Error("the session came back")
	}
}

func TestS02_FailedEndKeepsTheSession(t *testing.T) {
	s := dbtest.Open(t)
	account, identity := person(t, s, "Ada")
	token, session := signIn(t, s, account.ID, identity.ID)
	err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(tx.EndSession(ctx, session.ID, event.ReasonAdmin), errTest)
	})
	if !errors.Is(err, errTest) || !found(t, s, token) {
		t.Errorf("%v; the session must live on", err)
	}
}

func TestEndSessions(t *testing.T) {
	s := dbtest.Open(t)
	account, first := person(t, s, "Ada")
	other, _ := person(t, s, "Bob")
	var second db.Identity
	write(t, s, func(_ context.Context, tx *db.Tx) (err error) {
		second, err = tx.InsertIdentity(db.Identity{AccountID: account.ID, Key: db.Key{Provider: "gitlab", Subject: "1"}})
		return err
	})
	tokens := []string{}
	for n := range 8 {
		identity := []db.ID{first.ID, second.ID}[n%2]
		token, _ := signIn(t, s, account.ID, identity)
		tokens = append(tokens, token)
	}
	bobs, _ := signIn(t, s, other.ID, first.ID)
	alive := func() (list []int) {
		for n, token := range append(tokens, bobs) {
			if found(t, s, token) {
				list = append(list, n)
			}
		}
		return list
	}
	alive() // so that memory holds them all
	steps := []struct {
		name string
		end  func(context.Context, *db.Tx) ([]db.EndedSession, error)
		n    int
		left []int
	}{
		{"over a limit", func(ctx context.Context, tx *db.Tx) ([]db.EndedSession, error) {
			return tx.EndSessionsOver(ctx, account.ID, 6, event.ReasonLimit)
		}, 2, []int{2, 3, 4, 5, 6, 7, 8}},
		{"under a limit", func(ctx context.Context, tx *db.Tx) ([]db.EndedSession, error) {
			return tx.EndSessionsOver(ctx, account.ID, 6, event.ReasonLimit)
		}, 0, []int{2, 3, 4, 5, 6, 7, 8}},
		{"born of an identity", func(ctx context.Context, tx *db.Tx) ([]db.EndedSession, error) {
			return tx.EndSessionsBornOf(ctx, account.ID, second.ID, event.ReasonIdentityUnlinked)
		}, 3, []int{2, 4, 6, 8}},
		{"of an account", func(ctx context.Context, tx *db.Tx) ([]db.EndedSession, error) {
			return tx.EndSessionsOf(ctx, account.ID, event.ReasonAdmin)
		}, 3, []int{8}},
	}
	for _, step := range steps {
		write(t, s, func(ctx context.Context, tx *db.Tx) error {
			ended, err := step.end(ctx, tx)
			if len(ended) != step.n {
				t.Errorf("%s: ended %d, want %d", step.name, len(ended), step.n)
			}
			return err
		})
		if diff := cmp.Diff(step.left, alive()); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
}

func TestSweepSessions(t *testing.T) {
	clock := dbtest.NewClock()
	s, path := openPath(t, clock.Now)
	account, identity := person(t, s, "Ada")
	var last db.Session
	for range 5 {
		_, last = signIn(t, s, account.ID, identity.ID)
	}
	clock.Add(time.Hour)
	write(t, s, func(ctx context.Context, tx *db.Tx) error { return tx.EndSession(ctx, last.ID, event.ReasonAdmin) })
	steps := []struct {
		before  time.Duration
		limit   int
		deleted int64
	}{{0, 10, 0}, {time.Second, 10, 1}, {month, 3, 3}, {month, 3, 1}, {month, 3, 0}}
	for _, step := range steps {
		write(t, s, func(_ context.Context, tx *db.Tx) error {
			n, err := tx.SweepSessions(clock.Now().Add(step.before), step.limit)
			if n != step.deleted {
				t.Errorf("before %v: %d deleted, want %d", step.before, n, step.deleted)
			}
			return err
		})
	}
	if n := sqlInt(t, raw(t, path), "SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d rows left", n)
	}
}
