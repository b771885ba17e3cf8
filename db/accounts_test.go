package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
)

func TestAccount(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	want, _ := person(t, s, "Ada")
	want.LastSeenAt = want.CreatedAt
	check := func() {
		t.Helper()
		if got, err := s.Account(ctx, want.ID); err != nil || got != want {
			t.Errorf("%v\n%s", err, cmp.Diff(want, got))
		}
	}
	check()
	clock.Add(time.Hour)
	steps := []struct {
		name  string
		act   func(*db.Tx) error
		after func()
	}{
		{"status", func(tx *db.Tx) error { return tx.SetStatus(want.ID, db.StatusDisabled) },
			func() { want.Status, want.Version = db.StatusDisabled, want.Version+1 }},
		{"promote", func(tx *db.Tx) error { return tx.SetAdmin(want.ID, true) },
			func() { want.Admin, want.Version = true, want.Version+1 }},
		{"demote", func(tx *db.Tx) error { return tx.SetAdmin(want.ID, false) },
			func() { want.Admin, want.Version = false, want.Version+1 }},
		{"touch", func(tx *db.Tx) error { return tx.TouchAccount(want.ID) },
			func() { want.LastSeenAt = clock.Now() }},
		{"lock", func(tx *db.Tx) error { _, err := tx.LockAccount(ctx, want.ID); return err },
			func() { want.Version++ }},
	}
	for _, step := range steps {
		write(t, s, func(_ context.Context, tx *db.Tx) error { return step.act(tx) })
		step.after()
		check()
	}
	for name, act := range map[string]func(*db.Tx) error{
		"status": func(tx *db.Tx) error { return tx.SetStatus(1, db.StatusActive) },
		"admin":  func(tx *db.Tx) error { return tx.SetAdmin(1, true) },
		"touch":  func(tx *db.Tx) error { return tx.TouchAccount(1) },
		"lock":   func(tx *db.Tx) error { _, err := tx.LockAccount(ctx, 1); return err },
	} {
		if err := s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error { return act(tx) }); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s of nobody: %v, want ErrNotFound", name, err)
		}
	}
}

func TestAdmins(t *testing.T) {
	s := dbtest.Open(t)
	for n := range 6 {
		a, _ := person(t, s, fmt.Sprint(n))
		write(t, s, func(_ context.Context, tx *db.Tx) error {
			if n == 5 {
				if err := tx.SetStatus(a.ID, db.StatusDisabled); err != nil {
					return err
				}
			}
			return tx.SetAdmin(a.ID, n >= 3)
		})
	}
	if n, err := s.CountAdmins(ctx); n != 2 || err != nil {
		t.Errorf("%d active admins, %v; want 2", n, err)
	}
	write(t, s, func(ctx context.Context, tx *db.Tx) error {
		if n, err := tx.CountAdmins(ctx); n != 2 || err != nil {
			t.Errorf("%d active admins in a transaction, %v; want 2", n, err)
		}
		return nil
	})
	admins, err := s.Admins(ctx)
	if err != nil || len(admins) != 3 || admins[0].Name != "3" || admins[2].Name != "5" {
		t.Errorf("%v, %v", admins, err)
	}
}

func TestAccountPages(t *testing.T) {
	s := dbtest.Open(t)
	want := []string{}
	for n := range 25 {
		name := fmt.Sprint("account ", n)
		person(t, s, name)
		want = append([]string{name}, want...)
	}
	var pages [][]db.Account
	forward := []string{}
	for page := (db.AccountPage{Limit: 10}); ; {
		found, err := s.Accounts(ctx, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			break
		}
		pages = append(pages, found)
		for _, a := range found {
			forward = append(forward, a.Name)
		}
		page.Older = found[len(found)-1].ID
	}
	if diff := cmp.Diff(want, forward); diff != "" || len(pages) != 3 {
		t.Errorf("%d pages\n%s", len(pages), diff)
	}
	back, err := s.Accounts(ctx, db.AccountPage{Newer: pages[2][0].ID, Limit: 10})
	if err != nil || !slices.Equal(back, pages[1]) {
		t.Errorf("back from the third page: %v, %v", back, err)
	}
}

func TestStatusWords(t *testing.T) {
	for status, want := range map[db.Status]string{
		0: "none", db.StatusActive: "active", db.StatusPending: "pending", db.StatusDisabled: "disabled",
		db.StatusMerged: "merged", db.StatusDeleted: "deleted", 200: "unknown-200",
	} {
		if got := status.String(); got != want {
			t.Errorf("status %d is %q, want %q", uint8(status), got, want)
		}
	}
}
