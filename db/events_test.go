package db_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// sameEvent compares what an event says, not how the chain holds it.
var sameEvent = cmp.Options{cmpopts.IgnoreUnexported(db.Event{}), cmpopts.EquateComparable(netip.Addr{})}

func TestAppend(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	account, _ := person(t, s, "Ada")
	actor, want := fullEvent(1)
	want.Account = account.ID
	var made db.Event
	err := s.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) (err error) {
		made, err = tx.Append(ctx, want)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want.ID, want.Seq, want.At = made.ID, 1, clock.Now()
	want.ActorKind, want.Actor, want.Session = actor.Kind, actor.Account, actor.Session
	want.IP, want.UserAgent, want.RequestID = actor.IP, actor.UserAgent, actor.RequestID
	if diff := cmp.Diff(want, made, sameEvent); diff != "" {
		t.Errorf("returned: %s", diff)
	}
	want.AccountName = "Ada"
	read, err := s.Event(ctx, made.ID)
	if diff := cmp.Diff(want, read, sameEvent); diff != "" || err != nil {
		t.Errorf("read: %v %s", err, diff)
	}
	if !made.ID.Time().Equal(made.At.Truncate(time.Millisecond)) {
		t.Errorf("the id says %v and the event %v", made.ID.Time(), made.At)
	}
	if _, err := s.Event(ctx, made.ID+1); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an event that is not there: %v", err)
	}
}

func TestActChangesTheActor(t *testing.T) {
	s := dbtest.Open(t)
	actor := db.Actor{Kind: event.Anonymous, IP: netip.MustParseAddr("2001:db8::1"), RequestID: "r1"}
	err := s.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		if err := appending("before")(ctx, tx); err != nil {
			return err
		}
		tx.Act(event.Account, 7, 8)
		if a := tx.Actor(); a.Account != 7 || a.IP != actor.IP {
			t.Errorf("the actor is %+v", a)
		}
		return appending("after")(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	list := dbtest.Events(t, s)
	if list[0].ActorKind != event.Anonymous || list[0].Actor != 0 || list[1].ActorKind != event.Account ||
		list[1].Actor != 7 || list[1].Session != 8 || list[1].IP != actor.IP || list[1].RequestID != "r1" {
		t.Errorf("recorded %+v", list)
	}
}

// TestA01_EventThatCannotBeWritten makes the insert fail: what it tells of
// must not stay either.
func TestA01_EventThatCannotBeWritten(t *testing.T) {
	s, path := openPath(t, time.Now)
	sqlExec(t, raw(t, path), `CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END`)
	err := s.InTx(ctx, db.Actor{}, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.InsertAccount(db.Account{Name: "Ada", Status: db.StatusActive}); err != nil {
			return err
		}
		tx.Append(ctx, db.Event{Kind: event.KindAccountCreate}) // and its error is not looked at
		return nil
	})
	if n, _ := s.CountAccounts(ctx); err == nil || n != 0 {
		t.Errorf("%v; %d accounts without their event", err, n)
	}
}

// TestRollbackLeavesNoDictionaryIDs undoes a closure that added texts: they
// are neither in the tables nor remembered under ids that others get.
func TestRollbackLeavesNoDictionaryIDs(t *testing.T) {
	s, path := openPath(t, time.Now)
	record := func(n int, result error) func(context.Context, *db.Tx) error {
		return func(ctx context.Context, tx *db.Tx) error {
			_, e := fullEvent(n)
			_, err := tx.Append(ctx, e)
			return errors.Join(err, result)
		}
	}
	errs := batch(t, s, record(1, errTest), record(2, nil), record(3, errTest), record(4, nil), record(3, nil))
	for n, err := range errs {
		if (err != nil) != (n == 0 || n == 2) {
			t.Errorf("closure %d: %v", n, err)
		}
	}
	file := raw(t, path)
	if n := sqlInt(t, file, `SELECT count(*) FROM event_people`); n != 3 {
		t.Errorf("%d people, want 3", n)
	}
	if n := sqlInt(t, file, `SELECT count(*) FROM events e LEFT JOIN event_people p ON p.id = e.person_id WHERE p.id IS NULL`); n != 0 {
		t.Errorf("%d events name nobody", n)
	}
	write(t, s, record(1, nil))
	verified(t, s)
}

// TestPeopleWithSeparators records people whose texts run together the same.
func TestPeopleWithSeparators(t *testing.T) {
	s := dbtest.Open(t)
	people := [][3]string{{"a", "b", "c"}, {"a\x00b", "", "c"}, {"a", "b\x00c", ""}, {"", "a\x00b", "c"}, {"a\x00b\x00c", "", ""}, {"abc", "", ""}}
	for range 2 {
		for _, p := range people {
			write(t, s, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Name: p[0], Email: p[1], Handle: p[2]})
				return err
			})
		}
	}
	verified(t, s)
	for n, e := range dbtest.Events(t, s) {
		if got := [3]string{e.Name, e.Email, e.Handle}; got != people[n%len(people)] {
			t.Errorf("event %d is of %q, want %q", n, got, people[n%len(people)])
		}
	}
}

func TestAppendOddTexts(t *testing.T) {
	s := dbtest.Open(t)
	texts := []string{"", "\x00", "\xff\xfe", strings.Repeat("ß", 5000), "'; DROP TABLE events; --", "\u202ekcab", "a\r\nb", "\"{}"}
	for _, text := range texts {
		actor := db.Actor{UserAgent: text, RequestID: text}
		err := s.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Provider: text, Name: text, Email: text,
				Detail: db.Detail{Note: text, Checks: []string{text}}})
			return err
		})
		if err != nil {
			t.Fatalf("%.20q: %v", text, err)
		}
	}
	verified(t, s)
	for n, e := range dbtest.Events(t, s) {
		if e.Name != texts[n] || e.Provider != texts[n] || e.UserAgent != texts[n] || e.RequestID != texts[n] {
			t.Errorf("%.20q was read as %.20q", texts[n], e.Name)
		}
	}
}

func TestAddressForms(t *testing.T) {
	s := dbtest.Open(t)
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "fe80::1%eth0": "fe80::1", "::": "::",
	} {
		var id db.ID
		err := s.InTx(ctx, db.Actor{IP: netip.MustParseAddr(text)}, func(ctx context.Context, tx *db.Tx) error {
			e, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin})
			id = e.ID
			return err
		})
		if e, readErr := s.Event(ctx, id); err != nil || readErr != nil || e.IP.String() != want {
			t.Errorf("%s was read as %s; %v %v", text, e.IP, err, readErr)
		}
	}
	verified(t, s)
}

// TestA10_CountsAddUp records folded rows: the roll-up holds what they stand
// for.
func TestA10_CountsAddUp(t *testing.T) {
	clock := dbtest.NewClock()
	s := dbtest.OpenAt(t, clock.Now)
	want := map[string]int64{}
	for n := range 60 {
		if n%20 == 19 {
			clock.Add(24 * time.Hour)
		}
		e := db.Event{Kind: event.KindSessionSignin, Provider: fmt.Sprint("p", n%3), Count: int64(n % 5)}
		if n%2 == 0 {
			e.Outcome, e.Reason = event.Failure, event.ReasonStateMismatch
		}
		write(t, s, func(ctx context.Context, tx *db.Tx) error {
			made, err := tx.Append(ctx, e)
			if made.Count != max(e.Count, 1) {
				t.Errorf("a count of %d became %d", e.Count, made.Count)
			}
			want[e.Outcome.String()] += made.Count
			return err
		})
	}
	got := map[string]int64{}
	counts, err := s.CountByKind(ctx, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		got[c.Outcome.String()] += c.N
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	verified(t, s)
}

func TestVerifyDaysFindsEdits(t *testing.T) {
	for _, edit := range []string{
		`UPDATE event_days SET n = n + 1 WHERE rowid = 2`, `DELETE FROM event_days WHERE rowid = 1`,
		`INSERT INTO event_days VALUES (1, 1, 1, 0, 5)`, `UPDATE event_days SET outcome = 0 WHERE rowid = 1`,
		`UPDATE event_days SET day = day - 1`,
	} {
		s, file := chainOf(t, 50)
		sqlExec(t, file, edit)
		if err := s.VerifyDays(ctx); err == nil {
			t.Errorf("%s: not found", edit)
		}
	}
}

func TestProviders(t *testing.T) {
	s, _ := chainOf(t, 5)
	list, err := s.Providers(ctx)
	if diff := cmp.Diff([]string{"provider-0", "provider-1"}, list); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
