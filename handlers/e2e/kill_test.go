//go:build e2e

package e2e

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	killBrowsers = 24
	killsAFile   = 10  // a file is killed this often before a new one takes its place
	killLatest   = 700 // milliseconds after the first acknowledged act
)

// killRounds is how many rounds to play.
func killRounds(t *testing.T) int {
	text := os.Getenv("GATEBOOK_KILL_ROUNDS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("GATEBOOK_KILL_ROUNDS=%s is no number of rounds", text)
	}
	return n
}

// killing is a database that is killed again and again, and the sums of what
// became of it.
type killing struct {
	file    string
	guests  int64
	acts    map[act]int
	unsure  int
	lost    int
	half    int
	slowest time.Duration // from the start after a kill to readiness
}

// The process is killed at random moments of a crowd signing in, linking,
// unlinking and signing out. All that was answered is kept; what was not is
// there whole or not at all (E1). The page cache outlives the process, so this
// says nothing about a loss of power.
func TestE1_Kill(t *testing.T) {
	k := &killing{acts: map[act]int{}}
	rounds := killRounds(t)
	var p *program
	for n := range rounds {
		if n%killsAFile == 0 {
			if p != nil {
				p.stop(t)
			}
			k.file = filepath.Join(t.TempDir(), "gatebook.db")
			p = k.start(t)
		}
		p = k.round(t, p)
		if t.Failed() {
			break
		}
	}
	total := 0
	for _, n := range k.acts {
		total += n
	}
	t.Logf("%d rounds: %d acts acknowledged %v, %d guests without an answer, lost %d, half %d; slowest start after a kill %s",
		rounds, total, k.acts, k.unsure, k.lost, k.half, k.slowest.Round(time.Millisecond))
}

func (k *killing) start(t *testing.T) *program {
	t.Helper()
	p := startDemo(t, "--db", k.file, "--events", "0")
	p.DB = k.file
	return p
}

// round kills the running program under load and returns it running again.
func (k *killing) round(t *testing.T, p *program) *program {
	t.Helper()
	c := newCrowd(p.URL, k.guests)
	c.enter(t.Context(), killBrowsers)
	p.wait(t, readyWithin, "the first act", func() bool { return c.ledger.size() > 0 })
	after := time.Duration(rand.IntN(killLatest)) * time.Millisecond
	select {
	case <-time.After(after):
	case <-p.end:
		t.Fatalf("gatebook ended by itself: %v", p.err)
	}
	c.ending.Store(true)
	p.kill()
	c.leave()
	k.guests = c.guests.Load()

	began := time.Now()
	p = k.start(t)
	k.slowest = max(k.slowest, time.Since(began))
	k.judge(t, c, after)
	stillSignedIn(t, p, c)
	return p
}

// judge holds the database, open in the program already, against the crowd.
func (k *killing) judge(t *testing.T, c *crowd, after time.Duration) {
	t.Helper()
	found := c.ledger.compare(t, k.file)
	k.lost, k.half = k.lost+len(found.lost), k.half+len(found.half)
	for _, a := range c.ledger.acts {
		k.acts[a.act]++
	}
	for _, g := range c.ledger.guests {
		if g.unsure {
			k.unsure++
		}
	}
	for _, what := range c.ledger.failures {
		t.Errorf("before the kill: %s", what)
	}
	found.report(t)
	if t.Failed() {
		t.Logf("killed after %s", after)
	}
}

// stillSignedIn shows the cookie that a guest was given before the kill to the
// program that runs now.
func stillSignedIn(t *testing.T, p *program, c *crowd) {
	t.Helper()
	for _, g := range c.ledger.guests {
		if g.token == "" || g.unsure {
			continue
		}
		v := newVisitor(p.URL, nil)
		at, err := url.Parse(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		v.client.Jar.SetCookies(at, []*http.Cookie{{Name: "gatebook_session", Value: g.token}})
		if page := v.mustGet(t, "/account"); page.status != http.StatusOK {
			t.Errorf("%s is signed out: %v", g.name, page)
		}
		return
	}
}
