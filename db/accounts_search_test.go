package db_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

func TestAccountsSearch(t *testing.T) {
	store := dbtest.Open(t)
	ctx := context.Background()
	people := []db.Identity{
		{Name: "Ada Lovelace", Email: "ada@example.org", Handle: "countess"},
		{Name: "Grace Hopper", Email: "GRACE@example.net", Handle: "amazing"},
		{Name: "100% Ünder_score", Email: "", Handle: ""},
	}
	for n, who := range people {
		err := store.InTx(ctx, db.Actor{Kind: event.System}, func(_ context.Context, tx *db.Tx) error {
			a, err := tx.InsertAccount(db.Account{Name: who.Name, Status: db.StatusActive})
			if err != nil {
				return err
			}
			who.AccountID, who.Key = a.ID, db.Key{Provider: "p", Subject: string(rune('a' + n))}
			_, err = tx.InsertIdentity(who)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string][]string{
		"":             {"100% Ünder_score", "Grace Hopper", "Ada Lovelace"},
		"ADA":          {"Ada Lovelace"},
		"countess":     {"Ada Lovelace"},
		"grace@EXAM":   {"Grace Hopper"},
		"0%":           {"100% Ünder_score"},
		"%":            {"100% Ünder_score"},
		"ünder_":       {"100% Ünder_score"},
		"r_s":          {"100% Ünder_score"},
		"a_a":          nil,
		"' OR 1=1 --":  nil,
		"example.org%": nil,
	} {
		found, err := store.Accounts(ctx, db.AccountPage{Text: text, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range found {
			got = append(got, a.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("search %q (-want +got):\n%s", text, diff)
		}
	}
}
