package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// fullEvent is an event with a value in every column.
func fullEvent(n int) (db.Actor, db.Event) {
	actor := db.Actor{
		Kind: event.Account, Account: db.ID(100 + n), Session: db.ID(200 + n), RequestID: fmt.Sprint("r", n),
		IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), UserAgent: fmt.Sprint("agent ", n%3),
	}
	return actor, db.Event{
		Kind: event.KindIdentityLink, Outcome: event.Failure, Reason: event.ReasonIdentityInUse,
		TargetKind: event.TargetIdentity, Target: db.ID(300 + n), Account: db.ID(400 + n), Identity: db.ID(500 + n),
		Provider: fmt.Sprint("provider-", n%2), Attempt: db.ID(600 + n), Count: int64(1 + n%4),
		Detail: db.Detail{Checks: []string{"state", "nonce"}, Rule: "19", Status: n},
		Name:   fmt.Sprint("Name ", n%5), Email: fmt.Sprint("e", n%5, "@x.test"), Handle: fmt.Sprint("h", n%5),
	}
}

// chainOf opens a store with n full events, and the file beside it.
func chainOf(t testing.TB, n int) (*db.Store, *sql.DB) {
	t.Helper()
	s, path := openPath(t, time.Now)
	for from := 0; from < n; from += 500 {
		err := s.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := from; i < min(from+500, n); i++ {
				actor, e := fullEvent(i)
				tx.At(time.Date(2026, 11, 1, 0, 0, i, 0, time.UTC), actor)
				if _, err := tx.Append(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := verified(t, s); got != int64(n) {
		t.Fatalf("the chain has %d events, want %d", got, n)
	}
	return s, raw(t, path)
}

// broken wants the chain to break at the row of seq.
func broken(t *testing.T, s *db.Store, what string, seq int64) {
	t.Helper()
	_, err := s.VerifyChain(ctx)
	bad := (*db.BrokenChain)(nil)
	if !errors.As(err, &bad) {
		t.Errorf("%s: %v, want a broken chain", what, err)
	} else if bad.Seq != seq {
		t.Errorf("%s: breaks at %d, want %d: %v", what, bad.Seq, seq, bad)
	}
}

func columns(t testing.TB, file *sql.DB, table string) (list []string) {
	t.Helper()
	rows, err := file.Query(`SELECT name FROM pragma_table_info('` + table + `')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

// TestA02_EveryColumn edits each column of a random row in several ways.
func TestA02_EveryColumn(t *testing.T) {
	const n = 40
	s, file := chainOf(t, n)
	edits := map[string]string{
		"one more":  `CASE typeof(%[1]s) WHEN 'integer' THEN %[1]s + 1 WHEN 'blob' THEN randomblob(length(%[1]s)) ELSE %[1]s || 'x' END`,
		"nothing":   `CASE typeof(%[1]s) WHEN 'integer' THEN -7 WHEN 'blob' THEN x'' ELSE '' END`,
		"too large": `CASE typeof(%[1]s) WHEN 'integer' THEN %[1]s + 65536 WHEN 'blob' THEN %[1]s || x'00' ELSE %[1]s || char(0) END`,
		"as bytes":  `CASE typeof(%[1]s) WHEN 'integer' THEN CAST(CAST(%[1]s AS TEXT) AS BLOB) ELSE x'ff' END`,
	}
	list := columns(t, file, "events")
	if len(list) != 24 {
		t.Fatalf("the table has %d columns: %v", len(list), list)
	}
	for _, column := range list {
		for name, edit := range edits {
			if column == "id" && name == "as bytes" {
				continue // a rowid cannot be
			}
			seq := 2 + rand.Int64N(n-2) // not the last: its seq may move beyond the end
			want := seq
			if column == "seq" {
				switch name {
				case "nothing":
					want = -7 // read first
				case "one more": // shares a place, which the index forbids
					sqlExec(t, file, `DROP INDEX events_seq`)
				default:
					want = seq + 1
				}
			}
			sqlExec(t, file, `CREATE TEMP TABLE kept AS SELECT * FROM events WHERE seq = ?`, seq)
			sqlExec(t, file, `UPDATE events SET `+column+` = `+fmt.Sprintf(edit, column)+` WHERE seq = ?`, seq)
			if column == "seq" && name == "one more" {
				want = seq + 1 // two rows at seq+1, none at seq
			}
			broken(t, s, column+" "+name, want)
			sqlExec(t, file, `DELETE FROM events WHERE id IN (SELECT id FROM kept) OR hash IN (SELECT hash FROM kept)`)
			sqlExec(t, file, `INSERT INTO events SELECT * FROM kept`)
			sqlExec(t, file, `DROP TABLE kept`)
			sqlExec(t, file, `CREATE UNIQUE INDEX IF NOT EXISTS events_seq ON events (seq)`)
			if got, err := s.VerifyChain(ctx); got != n || err != nil {
				t.Fatalf("the row could not be put back after %s %s: %d, %v", column, name, got, err)
			}
		}
	}
}

func TestA02_RowsAndDictionaries(t *testing.T) {
	const n = 1100 // more than a page
	tests := []struct {
		name string
		seq  int64
		sql  []string
	}{
		{"the first deleted", 2, []string{`DELETE FROM events WHERE seq = 1`}},
		{"one deleted", 551, []string{`DELETE FROM events WHERE seq = 550`}},
		{"deleted at a page's end", 1001, []string{`DELETE FROM events WHERE seq = 1000`}},
		{"deleted and closed up", 550, []string{`DELETE FROM events WHERE seq = 550`,
			`UPDATE events SET seq = -seq WHERE seq > 550`, `UPDATE events SET seq = -seq - 1 WHERE seq < 0`}},
		{"two swapped", 20, []string{`UPDATE events SET seq = -1 WHERE seq = 20`,
			`UPDATE events SET seq = 20 WHERE seq = 30`, `UPDATE events SET seq = 30 WHERE seq = -1`}},
		{"two ids swapped", 20, []string{`CREATE TEMP TABLE two AS SELECT id, seq FROM events WHERE seq IN (20, 30)`,
			`UPDATE events SET id = -seq WHERE seq IN (20, 30)`,
			`UPDATE events SET id = (SELECT id FROM two WHERE two.seq = 50 - events.seq) WHERE seq IN (20, 30)`}},
		{"forged below the first", -3, []string{`INSERT INTO events SELECT id + 1, -3, at, kind, outcome, reason, actor_kind,
			actor_id, session_id, target_kind, target_id, account_id, identity_id, provider_id, attempt_id, request_id,
			count, data, ip, person_id, agent_id, salt, commitment, hash FROM events WHERE seq = 9`}},
		{"forged at a page's border", n, []string{`DROP INDEX events_seq`,
			`INSERT INTO events SELECT id + 1, seq, at, kind, outcome, reason, actor_kind,
			actor_id, session_id, target_kind, target_id, account_id, identity_id, provider_id, attempt_id, request_id,
			count, data, ip, person_id, agent_id, salt, commitment, hash FROM events WHERE seq = 1000`}},
		{"a name in the dictionary", 3, []string{`UPDATE event_people SET name = 'Eve' WHERE name = 'Name 2'`}},
		{"an address in the dictionary", 3, []string{`UPDATE event_people SET email = 'eve@x.test' WHERE name = 'Name 2'`}},
		{"a handle in the dictionary", 3, []string{`UPDATE event_people SET handle = 'eve' WHERE name = 'Name 2'`}},
		{"a name moved into the address", 3, []string{`UPDATE event_people SET name = '', email = name || email WHERE name = 'Name 2'`}},
		{"a provider in the dictionary", 2, []string{`UPDATE event_providers SET provider = 'evil' WHERE provider = 'provider-1'`}},
		{"two providers swapped", 1, []string{`UPDATE event_providers SET id = -id`, `UPDATE event_providers SET id = 3 + id`}},
		{"an agent in the dictionary", 2, []string{`UPDATE event_agents SET agent = 'curl' WHERE agent = 'agent 1'`}},
		{"a dictionary row deleted", 3, []string{`DELETE FROM event_people WHERE name = 'Name 2'`}},
		{"personal values changed and the salt taken", 7, []string{`UPDATE events SET salt = x'', ip = x'' WHERE seq = 7`}},
		{"the commitment made again without salt", 7, []string{`UPDATE events SET salt = x'', ip = x'', person_id = 0, agent_id = 0,
			commitment = randomblob(32) WHERE seq = 7`}},
		{"another origin", 1, []string{`UPDATE chain_origins SET origin = 'mine'`}},
		{"no origin", 1, []string{`DELETE FROM chain_origins`}},
	}
	whole := filepath.Join(t.TempDir(), "whole.db")
	_, file := chainOf(t, n)
	sqlExec(t, file, `VACUUM INTO ?`, whole)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "copy.db")
			sqlExec(t, raw(t, whole), `VACUUM INTO ?`, path)
			s, file := dbtest.OpenFile(t, path, time.Now), raw(t, path)
			for _, text := range test.sql {
				sqlExec(t, file, text)
			}
			broken(t, s, test.name, test.seq)
		})
	}
}

// TestA14_Erased blanks one person's values and salts everywhere: what is left
// still verifies, and the values are gone from what is shown.
func TestA14_Erased(t *testing.T) {
	s, file := chainOf(t, 50)
	sqlExec(t, file, `UPDATE events SET salt = x'', ip = x'', person_id = 0, agent_id = 0
		WHERE person_id = (SELECT id FROM event_people WHERE name = 'Name 2')`)
	sqlExec(t, file, `DELETE FROM event_people WHERE name = 'Name 2'`)
	if n := verified(t, s); n != 50 {
		t.Errorf("%d events", n)
	}
	write(t, s, appending("after"))
	verified(t, s)
	for _, e := range dbtest.Events(t, s) {
		if e.Name == "Name 2" {
			t.Error("the name is still shown")
		}
	}
}

func TestVerifyEmpty(t *testing.T) {
	if n := verified(t, dbtest.Open(t)); n != 0 {
		t.Errorf("an empty log has %d events", n)
	}
}

func TestVerifyCancelled(t *testing.T) {
	s, _ := chainOf(t, 3)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	bad := (*db.BrokenChain)(nil)
	if _, err := s.VerifyChain(cancelled); err == nil || errors.As(err, &bad) {
		t.Errorf("a cancelled check said %v", err)
	}
}
