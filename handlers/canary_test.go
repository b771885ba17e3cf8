package handlers

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"gatebook/handlers/accounts"
)

// secretsOf a trip, by what they are called in a complaint.
func secretsOf(t *testing.T, g *gate, b *browser, at *url.URL, callback string) map[string]string {
	t.Helper()
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"state": at.Query().Get("state"), "code": u.Query().Get("code"), "binding cookie": b.cookie(attemptCookie),
	}
	if at.Query().Has("nonce") {
		secrets["nonce"] = at.Query().Get("nonce")
	}
	for _, p := range g.peers.server.Providers() {
		secrets["client secret of "+p.ID] = p.ClientSecret
	}
	return secrets
}

// TestO20_A11_SecretsStayWhereTheyBelong signs in, links, fails and claims
// with the log at debug, and looks for every secret in the log, the events,
// the export, the pages and the bytes of the database.
func TestO20_A11_SecretsStayWhereTheyBelong(t *testing.T) {
	g := openGate(t)
	claim, err := g.ClaimURL(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	claimPath := strings.TrimPrefix(claim, g.cfg.URL.String())
	secrets := map[string]string{"claim code": strings.TrimPrefix(claimPath, "/claim/")}
	add := func(name string, more map[string]string) {
		for what, value := range more {
			secrets[name+" "+what] = value
		}
	}
	b := g.browser()
	b.header.Set("Authorization", "Bearer canary-authorization")
	secrets["authorization"] = "canary-authorization"
	// A claim, a sign-in of somebody else, a link, and failures on the way.
	b.get(claimPath)
	b.get("/" + claimPath) // mistyped
	for _, trip := range []struct{ name, path, persona, fault string }{
		{"claim", claimPath + "/harbor", "ada", ""},
		{"link", "/account/link/forge", "ada", ""},
		{"stepup", "/stepup/harbor", "ada", ""},
		{"forged", "/account/link/meadow", "grace", "bad-sig"},
		{"refused", "/account/link/meadow", "grace", "token-500"},
		{"garbage", "/account/link/meadow", "grace", "userinfo-garbage"},
	} {
		if trip.fault != "" {
			g.peers.server.SetFault("meadow", practiceFault(trip.fault))
		}
		at := b.start(trip.path, nil)
		verifier := readColumn(t, g, "verifier")
		callback := b.choose(at, trip.persona)
		add(trip.name, secretsOf(t, g, b, at, callback))
		secrets[trip.name+" verifier"] = verifier
		p := b.get(callback)
		secrets[trip.name+" session token"] = b.cookie(sessionCookie)
		for _, leak := range []string{"code=", "state="} {
			if strings.Contains(p.location, leak) || trip.fault == "" && p.status != http.StatusSeeOther {
				t.Errorf("%s: %d to %q", trip.name, p.status, p.location)
			}
		}
		b.get("/")
		g.clock.Add(2 * time.Minute)
	}
	export := b.get("/admin/events/export").body
	var pages strings.Builder
	for _, e := range exported(t, export) {
		pages.WriteString(b.get("/admin/events/" + e.ID).body)
	}
	pages.WriteString(b.get("/admin/events").body + b.get("/account").body)
	for where, text := range map[string]string{"the log": g.log.text(), "the export": export, "the pages": pages.String()} {
		noSecret(t, where, text, secrets)
	}
	if !strings.Contains(g.log.text(), "path=/claim/…") || !strings.Contains(g.log.text(), "path=/signin/harbor/callback") {
		t.Error("the log has not seen the requests")
	}
	noSecret(t, "the tables", dump(t, g), secrets)
	linger(t, g, secrets)
}

func noSecret(t *testing.T, where, text string, secrets map[string]string) {
	t.Helper()
	for name, secret := range secrets {
		if len(secret) < 16 {
			t.Errorf("%s is no secret: %q", name, secret)
		} else if strings.Contains(text, secret) {
			t.Errorf("%s holds the %s", where, name)
		}
	}
}

// readColumn is the newest open attempt's column: the secret is there only
// while the attempt is open.
func readColumn(t *testing.T, g *gate, column string) (value string) {
	t.Helper()
	conn := openRaw(t, g)
	if err := conn.QueryRow("SELECT " + column + " FROM attempts ORDER BY id DESC LIMIT 1").Scan(&value); err != nil || value == "" {
		t.Fatalf("an open attempt's %s: %q, %v", column, value, err)
	}
	return value
}

func openRaw(t *testing.T, g *gate) *sql.DB {
	t.Helper()
	conn, err := sql.Open("sqlite", "file:"+g.cfg.DB+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// dump is every value of every row of every table.
func dump(t *testing.T, g *gate) string {
	t.Helper()
	conn := openRaw(t, g)
	var all strings.Builder
	for _, table := range tables(t, conn) {
		rows, err := conn.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, to := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				all.Write(v)
				all.WriteByte('\n')
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func tables(t *testing.T, conn *sql.DB) (names []string) {
	t.Helper()
	rows, err := conn.Query("SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// linger looks at the bytes of the file and its log. A used attempt's verifier
// and nonce may stay in a page's free bytes until they are written over; they
// are worthless once the attempt is used. Nothing else may be there at all.
func linger(t *testing.T, g *gate, secrets map[string]string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		bytes, err := os.ReadFile(g.cfg.DB + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range secrets {
			switch {
			case !strings.Contains(string(bytes), secret):
			case strings.HasSuffix(name, "verifier"), strings.HasSuffix(name, "nonce"), strings.HasSuffix(name, " state"):
				t.Logf("the database%s still holds the bytes of the %s in free space", suffix, name)
			default:
				t.Errorf("the database%s holds the %s", suffix, name)
			}
		}
	}
}

func TestAttemptSecretsAreBlankedOnUse(t *testing.T) {
	g := openGate(t)
	b := g.browser()
	at := b.start("/signin/harbor", nil)
	if readColumn(t, g, "goth_session") == "" || readColumn(t, g, "nonce") != at.Query().Get("nonce") {
		t.Error("an open attempt has no secrets")
	}
	g.peers.server.SetFault("harbor", "token-500") // it is used all the same
	b.get(b.choose(at, "ada"))
	var left string
	err := openRaw(t, g).QueryRow("SELECT goth_session || verifier || nonce FROM attempts").Scan(&left)
	if err != nil || left != "" {
		t.Errorf("a used attempt holds %q, %v", left, err)
	}
	g.clock.Add(accounts.AttemptLife + 2*time.Hour)
	if err := g.Accounts.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n, err := g.Store.CountAttempts(context.Background()); err != nil || n != 0 {
		t.Errorf("%d attempts after a sweep, %v", n, err)
	}
}
