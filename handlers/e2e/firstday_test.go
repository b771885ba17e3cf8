//go:build e2e

package e2e

import (
	"database/sql"
	"regexp"
	"testing"
	"time"

	"gatebook/db"
)

// TestFirstDay is the first day of a server that strangers may not enter: the
// claim link, somebody who waits, the approval, and a proof that grew old.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	settings := newServing(t, "")
	peers := startPractice(t, settings.url)
	settings.write(t, peers.toml())
	server := startApproving(t, settings)
	claim := server.waitOutput(t, regexp.MustCompile(`http://\S+/claim/\S+`))[0]
	s := &story{tab: newTab(t, tabOptions{width: desk, serves: true}), demo: server, full: true}
	s.claim(claim)
	s.approve()
	server.stop(t)
	ageProofs(t, server.DB)
	peers.SetFault("meadow", "discovery-500")
	startApproving(t, settings)
	s.providerDown()
	s.proveAgain()
}

func startApproving(t *testing.T, settings serving) *program {
	t.Helper()
	p := startProgram(t, nil, "serve", "--config", settings.file, "--signup", "approve")
	p.URL, p.DB = settings.url, settings.data+"/gatebook.db"
	p.waitReady(t)
	return p
}

// claim makes Ada the first admin.
func (s *story) claim(link string) {
	s.open(link)
	s.see("h1", "Open the book")
	s.examine("claim")
	s.click("button", "Continue with Harbor")
	s.persona("Ada Lovelace")
	s.at("/admin/events")
	s.flash("You are the first admin.")
	s.examine("book-first")
	s.expect(403)
	s.open(link)
	s.see("h1", "This link has had its time")
	s.click("a", "Back to the start")
	s.at("/account")
}

// approve lets Grace in, who waits in a window of her own.
func (s *story) approve() {
	grace := &story{tab: newTab(s.t, tabOptions{width: phone, serves: true}), demo: s.demo, full: true}
	grace.open(s.demo.URL + "/")
	grace.signIn("Meadow", "Grace Hopper")
	grace.at("/waiting")
	grace.see("h1", "Almost there")
	grace.examine("waiting")
	grace.click("a", "Check again")
	grace.at("/waiting")
	s.click("nav a", "People")
	s.see("tr", "pending")
	s.examine("people-pending")
	s.click("tr button", "Approve")
	s.flash("Grace Hopper may come in.")
	if s.has("tr", "pending") {
		s.t.Error("somebody still waits")
	}
	s.search()
	grace.click("a", "Check again")
	grace.at("/account")
	grace.see("h1", "Grace Hopper")
}

// search finds one of the people by a part of the name.
func (s *story) search() {
	s.click("#q", "")
	s.keys("hopp")
	s.press("Enter")
	s.until("loaded() && asked('q') === 'hopp' && list('.people tbody tr').length === 1 && find('.people', 'Grace Hopper')")
	s.open(s.demo.URL + "/admin/accounts?q=nobody-of-this-name")
	s.see("p", "Nobody here matches")
	s.examine("people-nobody")
	s.click("a", "Show everyone")
	s.until("list('.people tbody tr').length === 2")
}

// providerDown meets a provider that does not answer, as a stranger and as the
// admin.
func (s *story) providerDown() {
	stranger := &story{tab: newTab(s.t, tabOptions{width: phone, serves: true}), demo: s.demo, full: true}
	stranger.open(s.demo.URL + "/signin")
	stranger.click("button", "Continue with Meadow")
	stranger.expect(502)
	stranger.see("h1", "The provider has a fault")
	stranger.examine("refused-provider")
	stranger.click("a", "Choose another way in")
	stranger.see(".why", "Not answering just now.")
	stranger.examine("signin-down")
	stranger.click("button", "Continue with Meadow") // or nobody would find out that it is back
	stranger.expect(502)
	stranger.see("h1", "The provider has a fault")
	s.open(s.demo.URL + "/account")
	s.click("nav a", "Providers")
	s.see("section", "Meadow down")
	s.examine("providers-down")
}

// proveAgain links a provider although the last proof is old.
func (s *story) proveAgain() {
	s.open(s.demo.URL + "/account")
	s.click("button", "Link Forge")
	s.at("/stepup")
	s.see("h1", "Is it still you?")
	s.examine("stepup")
	s.click("a", "Cancel")
	s.at("/account")
	s.click("button", "Link Forge")
	s.click("button", "Continue with Harbor")
	s.persona("Ada Lovelace")
	s.at("/account")
	s.flash("Thank you. You can go on now.")
	s.click("button", "Link Forge")
	s.persona("Ada Lovelace")
	s.flash("Forge is now a way in.")
}

// ageProofs makes every session's last proof an hour old.
func ageProofs(t *testing.T, file string) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for id, data := range sessionData(t, pool) {
		expires, values, err := db.SessionCodec{}.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		session := values[db.SessionKey].(db.Session)
		session.ProvedAt = session.ProvedAt.Add(-time.Hour)
		aged, err := db.SessionCodec{}.Encode(expires, map[string]any{db.SessionKey: session})
		if err == nil {
			_, err = pool.ExecContext(t.Context(), "UPDATE sessions SET data = $1 WHERE id = $2", aged, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func sessionData(t *testing.T, pool *sql.DB) map[int64][]byte {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), "SELECT id, data FROM sessions WHERE ended_at = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[int64][]byte{}
	for rows.Next() {
		var id int64
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			t.Fatal(err)
		}
		found[id] = data
	}
	if rows.Err() != nil || len(found) == 0 {
		t.Fatal("no sessions", rows.Err())
	}
	return found
}
