//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// damages are what a crash could leave behind, made by hand.
var damages = map[string]string{
	"a session less":        `DELETE FROM sessions WHERE id = (SELECT max(id) FROM sessions WHERE ended_at = 0)`,
	"an identity less":      `DELETE FROM identities WHERE id = (SELECT max(id) FROM identities)`,
	"an identity back":      `UPDATE identities SET id = (SELECT max(identity_id) FROM events WHERE kind = {identity.unlink}) WHERE id = (SELECT max(id) FROM identities)`,
	"another's identity":    `UPDATE identities SET handle = 'nobody'`,
	"an event less":         `DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE kind = {session.signin})`,
	"an event changed":      `UPDATE events SET reason = {rescue} WHERE id = (SELECT min(id) FROM events)`,
	"a link less":           `DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE kind = {identity.link})`,
	"a day miscounted":      `UPDATE event_days SET n = n + 1`,
	"a sign-out undone":     `UPDATE sessions SET ended_at = 0 WHERE id = (SELECT max(target_id) FROM events WHERE kind = {session.signout})`,
	"a renewal undone":      `UPDATE sessions SET ended_at = 0 WHERE end_reason = {rotated}`,
	"a session ended":       `UPDATE sessions SET ended_at = 1, end_reason = {account_request} WHERE id = (SELECT max(id) FROM sessions WHERE ended_at = 0)`,
	"a session moved":       `UPDATE sessions SET account_id = (SELECT min(id) FROM accounts) WHERE id = (SELECT max(id) FROM sessions WHERE ended_at = 0)`,
	"a used attempt":        `UPDATE attempts SET used_at = 0 WHERE id = (SELECT max(id) FROM attempts WHERE used_at <> 0)`,
	"an account less":       `PRAGMA foreign_keys = 0; DELETE FROM accounts WHERE id = (SELECT max(id) FROM accounts)`,
	"an account unsaid":     `DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE kind = {account.create})`,
	"no account":            `PRAGMA foreign_keys = 0; DELETE FROM accounts`,
	"an index out of touch": `PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'kind <> 1', 'kind <> 2') WHERE name = 'events_kind'`,
}

// The comparison of the kill test finds what it looks for: each of its queries
// finds something in one of the damaged databases, and none in the whole one.
func TestE1_KillWouldBeNoticed(t *testing.T) {
	p := startDemo(t, "--events", "0")
	c := newCrowd(p.URL, 0)
	c.enter(t.Context(), 4)
	p.wait(t, readyWithin, "some acts", func() bool { return c.ledger.size() >= 60 })
	c.ending.Store(true)
	p.stop(t)
	c.leave()
	if f := c.ledger.compare(t, p.DB); len(f.lost)+len(f.half)+len(c.ledger.failures) != 0 {
		t.Fatalf("without damage: %v, %v", f, c.ledger.failures)
	}
	whole, err := os.ReadFile(p.DB)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for what, sql := range damages {
		f := c.ledger.compare(t, damaged(t, whole, named(sql)))
		if len(f.lost)+len(f.half) == 0 {
			t.Errorf("%s is not noticed", what)
		}
		all = append(all, append(f.lost, f.half...)...)
	}
	for _, finding := range findable() {
		if !slices.ContainsFunc(all, func(f string) bool { return strings.Contains(f, finding) }) {
			t.Errorf("nothing makes the comparison say %q", finding)
		}
	}
}

// findable is everything that the comparison can say.
func findable() []string {
	all := []string{"the session before it lives on", "the session of", "is not theirs", "the chain breaks", "the roll-up of day"}
	for what := range halves {
		all = append(all, what)
	}
	for what := range kept {
		all = append(all, "an acknowledged "+string(what)+" is kept 0 times")
	}
	return all
}

// damaged is a copy of a database, changed behind everybody's back.
func damaged(t *testing.T, whole []byte, sql string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	pool := openPool(t, file, "")
	result, err := pool.ExecContext(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%d rows damaged: %v", n, err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}
