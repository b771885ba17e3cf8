package db_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func insertIdentity(s *db.Store, i db.Identity) (inserted db.Identity, err error) {
	err = s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) (err error) {
		inserted, err = tx.InsertIdentity(i)
		return err
	})
	return inserted, err
}

func TestIdentity(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	account, _ := person(t, s, "Ada")
	want, err := insertIdentity(s, db.Identity{
		AccountID: account.ID, Key: db.Key{Provider: "gitlab", Namespace: "https://git.test", Subject: "42"},
		Email: "Ada@X.test", EmailState: 2, EmailKey: "ada@x.test", Name: "Ada", Handle: "ada", AvatarURL: "https://a.test/1",
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if got, err := s.Identity(ctx, want.ID); err != nil || got != want {
			t.Errorf("by id: %v\n%s", err, cmp.Diff(want, got))
		}
		if list, err := s.IdentitiesByEmail(ctx, want.EmailKey); err != nil || len(list) != 1 || list[0] != want {
			t.Errorf("by address: %v %v", list, err)
		}
		if list, err := s.IdentitiesBySubject(ctx, "gitlab", "42"); err != nil || len(list) != 1 || list[0] != want {
			t.Errorf("by subject: %v %v", list, err)
		}
		if list, err := s.IdentitiesOf(ctx, account.ID); err != nil || len(list) != 2 || list[1] != want {
			t.Errorf("by account: %v %v", list, err)
		}
		write(t, s, func(ctx context.Context, tx *db.Tx) error {
			got, err := tx.IdentityByKey(ctx, want.Key)
			if got != want {
				t.Errorf("by key: %s", cmp.Diff(want, got))
			}
			return err
		})
	}
	check()
	clock.Add(time.Hour)
	want.Email, want.EmailKey, want.EmailState, want.Name, want.UsedAt = "new@x.test", "new@x.test", 1, "Ada L.", clock.Now()
	write(t, s, func(_ context.Context, tx *db.Tx) error { return tx.RefreshIdentity(want) })
	check()
	write(t, s, func(_ context.Context, tx *db.Tx) error { return tx.DeleteIdentity(want.ID) })
	for name, act := range map[string]func(*db.Tx) error{
		"refresh": func(tx *db.Tx) error { return tx.RefreshIdentity(want) },
		"delete":  func(tx *db.Tx) error { return tx.DeleteIdentity(want.ID) },
		"read":    func(tx *db.Tx) error { _, err := tx.Identity(ctx, want.ID); return err },
	} {
		err := s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error { return act(tx) })
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s what is gone: %v, want ErrNotFound", name, err)
		}
	}
}

// TestL08_SubjectsAreBytes links subjects that differ by case, form or a
// space; each is somebody else.
func TestL08_SubjectsAreBytes(t *testing.T) {
	s := dbtest.Open(t)
	account, _ := person(t, s, "Ada")
	subjects := []string{"alice", "Alice", "ALICE", "alice ", " alice", "alice\x00", "alıce", "caf\u00e9", "cafe\u0301", "1", "01", "1.0", "1e0"}
	ids := map[db.ID]bool{}
	for _, subject := range subjects {
		i, err := insertIdentity(s, db.Identity{AccountID: account.ID, Key: db.Key{Provider: "p", Subject: subject}})
		if err != nil {
			t.Errorf("%q: %v", subject, err)
		}
		ids[i.ID] = true
	}
	for _, key := range []db.Key{{"p", "tenant", "alice"}, {"P", "", "alice"}, {"q", "", "alice"}} { // L09
		if _, err := insertIdentity(s, db.Identity{AccountID: account.ID, Key: key}); err != nil {
			t.Errorf("%+v: %v", key, err)
		}
	}
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		for _, subject := range subjects {
			got, err := tx.IdentityByKey(ctx, db.Key{Provider: "p", Subject: subject})
			if err != nil || got.Key.Subject != subject || !ids[got.ID] {
				t.Errorf("%q was read as %q, %v", subject, got.Key.Subject, err)
			}
			delete(ids, got.ID)
		}
		if _, err := tx.IdentityByKey(ctx, db.Key{Provider: "p", Subject: "aLICE"}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a subject of another case: %v", err)
		}
		return nil
	})
	if len(ids) != 0 {
		t.Errorf("%d identities answer to another's subject", len(ids))
	}
}

// TestL07_ParallelLinks links one identity to 50 accounts at once.
func TestL07_ParallelLinks(t *testing.T) {
	s := dbtest.Open(t)
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
				a, err := tx.InsertAccount(db.Account{Name: "new", Status: db.StatusActive})
				if err != nil {
					return err
				}
				_, err = tx.InsertIdentity(db.Identity{AccountID: a.ID, Key: db.Key{Provider: "p", Subject: "1"}})
				return err
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, db.ErrConflict):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 49 {
		t.Errorf("%d won, %d lost; want 1 and 49", won.Load(), lost.Load())
	}
	if n, _ := s.CountAccounts(ctx); n != 1 {
		t.Errorf("%d accounts, want the winner's alone", n)
	}
}

func TestIdentityNeedsItsAccount(t *testing.T) {
	s := dbtest.Open(t)
	if _, err := insertIdentity(s, db.Identity{AccountID: 99, Key: db.Key{Provider: "p", Subject: "1"}}); err == nil ||
		errors.Is(err, db.ErrConflict) {
		t.Errorf("an identity of nobody: %v", err)
	}
}

func TestIdentitiesByEmptyEmail(t *testing.T) {
	s := dbtest.Open(t)
	account, _ := person(t, s, "Ada") // whose identity has no address
	if list, err := s.IdentitiesByEmail(ctx, ""); err != nil || len(list) != 0 {
		t.Errorf("an empty key matches %v, %v", list, err)
	}
	for n := range 120 {
		key := db.Key{Provider: "p", Subject: strings.Repeat("x", n+1)}
		if _, err := insertIdentity(s, db.Identity{AccountID: account.ID, Key: key, EmailKey: "a@x.test"}); err != nil {
			t.Fatal(err)
		}
	}
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		list, err := tx.IdentitiesByEmail(ctx, "a@x.test")
		if len(list) != 100 {
			t.Errorf("%d identities, want the bound of 100", len(list))
		}
		return err
	})
}
