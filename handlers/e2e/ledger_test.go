//go:build e2e

package e2e

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// findings are what a database keeps against the ledger: acts that it lost,
// and acts of which it has one part only.
type findings struct{ lost, half []string }

func (f *findings) lose(format string, args ...any) {
	f.lost = append(f.lost, fmt.Sprintf(format, args...))
}
func (f *findings) halve(format string, args ...any) {
	f.half = append(f.half, fmt.Sprintf(format, args...))
}

// report fails the test for every finding, the first ten in words.
func (f findings) report(t *testing.T) {
	t.Helper()
	for _, what := range (append(f.lost, f.half...))[:min(10, len(f.lost)+len(f.half))] {
		t.Error(what)
	}
}

// named fills the numbers of the kinds and reasons into a query: they are
// constants there, so that partial indexes serve it.
func named(query string) string {
	for _, k := range event.Kinds() {
		query = strings.ReplaceAll(query, "{"+k.String()+"}", fmt.Sprint(uint8(k)))
	}
	for _, r := range event.Reasons() {
		query = strings.ReplaceAll(query, "{"+r.String()+"}", fmt.Sprint(uint16(r)))
	}
	return query
}

// trips finds a trip by its state: the attempt, used; its one success; the
// session of the answer; the account; the identity, there or unlinked since.
const trips = `
	SELECT count(*)
	FROM attempts a
	JOIN events e ON e.attempt_id = a.id AND e.attempt_id <> 0 AND e.outcome = 0
	JOIN sessions s ON s.id = e.session_id AND s.account_id = e.account_id
	JOIN accounts c ON c.id = e.account_id
	WHERE a.state_hash = $1 AND a.used_at <> 0 AND s.token_hash = $2
		AND (EXISTS (SELECT 1 FROM identities i WHERE i.id = e.identity_id AND i.account_id = e.account_id)
			OR EXISTS (SELECT 1 FROM events u WHERE u.identity_id = e.identity_id AND u.identity_id <> 0 AND u.kind = {identity.unlink}))`

// kept are queries that find 1 for an act that was kept whole.
var kept = map[act]string{
	actSignIn: named(trips + ` AND e.kind = {session.signin}`),
	actLink:   named(trips + ` AND e.kind = {identity.link}`),
	actUnlink: named(`
		SELECT count(*)
		FROM events e
		JOIN sessions s ON s.id = e.session_id AND s.account_id = e.account_id
		WHERE e.identity_id = $1 AND e.identity_id <> 0 AND e.kind = {identity.unlink} AND e.outcome = 0 AND s.token_hash = $2
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = e.identity_id)`),
	actSignOut: named(`
		SELECT count(*)
		FROM sessions s
		JOIN events e ON e.account_id = s.account_id AND e.account_id <> 0 AND e.kind = {session.signout} AND e.target_id = s.id
		WHERE s.token_hash = $1 AND s.ended_at <> 0`),
}

// args are the parameters of the act's query.
func (a acknowledged) args() []any {
	switch a.act {
	case actSignOut:
		return []any{db.TokenHash(a.token)}
	case actUnlink:
		return []any{int64(a.identity), db.TokenHash(a.token)}
	}
	return []any{accounts.HashSecret(a.state), db.TokenHash(a.token)}
}

// halves are queries that find how many rows lack their other half.
var halves = map[string]string{
	"sign-ins without their session": `
		SELECT count(*) FROM events e
		WHERE e.outcome = 0 AND (e.kind IN ({session.signin}, {session.stepup}, {identity.unlink}) OR e.kind = {identity.link} AND e.session_id <> 0)
			AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = e.session_id AND s.account_id = e.account_id)`,
	"sessions without the one event that began them": `
		SELECT count(*) FROM sessions s
		WHERE 1 <> (SELECT count(*) FROM events e
			WHERE e.account_id = s.account_id AND e.account_id <> 0 AND e.session_id = s.id AND e.outcome = 0
				AND e.kind IN ({session.signin}, {session.stepup}, {identity.link}, {identity.unlink}))`,
	"sessions that ended without a word": `
		SELECT count(*) FROM sessions s
		WHERE s.ended_at <> 0 AND s.end_reason <> {rotated} AND 1 <> (SELECT count(*) FROM events e
			WHERE e.account_id = s.account_id AND e.account_id <> 0 AND e.target_id = s.id AND e.kind IN ({session.signout}, {session.end}))`,
	"sessions that gave way to none": `
		SELECT count(*) FROM sessions s
		WHERE s.end_reason = {rotated} AND NOT EXISTS (SELECT 1 FROM sessions n
			WHERE n.account_id = s.account_id AND n.created_at = s.ended_at AND n.id > s.id)`,
	"ends of sessions that go on": `
		SELECT count(*) FROM events e
		WHERE e.kind IN ({session.signout}, {session.end})
			AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = e.target_id AND s.ended_at <> 0)`,
	"links of identities that are not there": `
		SELECT count(*) FROM events e
		WHERE e.kind = {identity.link} AND e.outcome = 0
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = e.identity_id AND i.account_id = e.account_id)
			AND NOT EXISTS (SELECT 1 FROM events u WHERE u.identity_id = e.identity_id AND u.identity_id <> 0 AND u.kind = {identity.unlink})`,
	"identities without the one link, or with an unlink": `
		SELECT count(*) FROM identities i
		WHERE 1 <> (SELECT sum(CASE e.kind WHEN {identity.link} THEN 1 WHEN {identity.unlink} THEN 9 ELSE 0 END) FROM events e
			WHERE e.identity_id = i.id AND e.identity_id <> 0 AND e.outcome = 0)`,
	"accounts without the one event that made them": `
		SELECT count(*) FROM accounts a
		WHERE 1 <> (SELECT count(*) FROM events e WHERE e.account_id = a.id AND e.account_id <> 0 AND e.kind = {account.create})
			OR NOT EXISTS (SELECT 1 FROM events e WHERE e.account_id = a.id AND e.account_id <> 0 AND e.kind = {session.signin})`,
	"accounts that were made and are not there": `
		SELECT count(*) FROM events e
		WHERE e.kind = {account.create} AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = e.account_id)`,
	"attempts with an event too many": `
		SELECT count(*) FROM attempts a
		WHERE (a.used_at <> 0) < (SELECT count(*) FROM events e WHERE e.attempt_id = a.id AND e.attempt_id <> 0
			AND e.kind = CASE a.intent WHEN 'link' THEN {identity.link} WHEN 'stepup' THEN {session.stepup} ELSE {session.signin} END)`,
	"days that were counted wrong": `
		SELECT count(*) FROM (
			SELECT at / 86400000000, provider_id, kind, outcome, sum(count) FROM events GROUP BY 1, 2, 3, 4
			EXCEPT SELECT day, provider_id, kind, outcome, n FROM event_days)`,
	"days that counted what is not there": `
		SELECT count(*) FROM (
			SELECT day, provider_id, kind, outcome, n FROM event_days
			EXCEPT SELECT at / 86400000000, provider_id, kind, outcome, sum(count) FROM events GROUP BY 1, 2, 3, 4)`,
	"gaps in the chain":        `SELECT coalesce(max(seq), 0) - count(*) FROM events`,
	"damages of the file":      `SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
	"rows that lost another":   `SELECT count(*) FROM pragma_foreign_key_check`,
	"accounts that never were": `SELECT count(*) = 0 FROM accounts`,
}

// compare holds a database against the ledger: all that was acknowledged is
// there, and nothing is there by half.
func (l *ledger) compare(t testing.TB, file string) (f findings) {
	t.Helper()
	raw := openRaw(t, file)
	for _, a := range l.acts {
		l.compareAct(t, raw, a, &f)
	}
	for what, query := range halves {
		if n := raw.count(t, named(query)); n != 0 {
			f.halve("%d %s", n, what)
		}
	}
	store, err := db.Open(t.Context(), file, db.Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.VerifyChain(t.Context()); err != nil {
		f.halve("%v", err)
	}
	if err := store.VerifyDays(t.Context()); err != nil {
		f.halve("%v", err)
	}
	l.compareGuests(t, store, &f)
	return f
}

func (l *ledger) compareAct(t testing.TB, raw raw, a acknowledged, f *findings) {
	t.Helper()
	if n := raw.count(t, kept[a.act], a.args()...); n != 1 {
		f.lose("an acknowledged %s is kept %d times", a.act, n)
	}
	if a.before == "" {
		return
	}
	err := raw.QueryRowContext(t.Context(), `SELECT id FROM sessions WHERE token_hash = $1 AND ended_at <> 0`, db.TokenHash(a.before)).Scan(new(int64))
	if err == sql.ErrNoRows {
		f.lose("after an acknowledged %s the session before it lives on", a.act)
	} else if err != nil {
		t.Fatal(err)
	}
}

// compareGuests asks for the sessions that guests hold: whoever is signed in
// stays so. Who got no answer may be either.
func (l *ledger) compareGuests(t testing.TB, store *db.Store, f *findings) {
	t.Helper()
	for _, g := range l.guests {
		if g.token == "" || g.unsure {
			continue
		}
		s, err := store.Session(t.Context(), db.TokenHash(g.token))
		if err != nil {
			f.lose("the session of %s: %v", g.name, err)
			continue
		}
		if own, err := store.IdentitiesOf(t.Context(), s.AccountID); err != nil || len(own) == 0 || own[0].Handle != g.name {
			f.lose("the session of %s is not theirs: %v, %v", g.name, own, err)
		}
	}
}
