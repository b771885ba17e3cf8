//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// peering is a Gatebook whose providers home and work are two clients of one
// independent provider.
type peering struct {
	*program
	serving
	op      *op
	codes   []string // and client secrets: what must never be written anywhere
	passing []string // what must never be in the log
}

func startPeering(t *testing.T) *peering {
	t.Helper()
	s := newServing(t, "")
	home, work := newOPClient(s.url, "home"), newOPClient(s.url, "work")
	o := startOP(t, 0, home, work)
	s.write(t, home.toml("home", o.issuer)+work.toml("work", o.issuer))
	return &peering{program: s.start(t), serving: s, op: o, codes: []string{home.Secret, work.Secret}}
}

// trip presses a button, goes through the peer as name, and comes back.
func (p *peering) trip(t *testing.T, v *visitor, button, name string) reply {
	t.Helper()
	to, _, err := v.depart(t.Context(), button)
	if err != nil {
		t.Fatal(err)
	}
	back := v.through(t, to, name)
	p.remember(t, to.String(), back)
	return v.mustGet(t, back)
}

// remember keeps what went through the browser's address bar.
func (p *peering) remember(t *testing.T, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Has("code") {
			p.codes = append(p.codes, q.Get("code"))
		}
		for _, name := range []string{"state", "nonce"} {
			if q.Has(name) {
				p.passing = append(p.passing, q.Get(name))
			}
		}
	}
}

var claimLink = regexp.MustCompile(`http://\S+(/claim/(\S+))`)

// Everything that a person does with a provider that we did not write: become
// the admin by the printed link, sign in and out, link, prove themselves again,
// sign in with either identity, unlink. The book holds exactly that.
func TestPeerTrips(t *testing.T) {
	t.Parallel()
	p := startPeering(t)
	ada := newVisitor(p.URL, nil)
	p.claimAdmin(t, ada)
	p.signOutAndIn(t, ada)
	p.linkWork(t, ada)
	p.unlinkWork(t, ada)
	want := []string{
		"system.start success", "account.create success claimed home", "identity.link success claimed home",
		"account.promote success claimed home", "session.signin success claimed home", "audit.view success",
		"session.signout success account_request", "session.signin success known_identity home",
		"identity.link success signed_in work", "session.stepup success known_identity home",
		"session.signin success known_identity work", "identity.unlink success account_request work",
		"session.end success identity_unlinked",
	}
	if d := cmp.Diff(want, words(book(t, p.DB))); d != "" {
		t.Error(d)
	}
	p.keepsSecrets(t)
}

// claimAdmin redeems the printed link, which then is worth nothing.
func (p *peering) claimAdmin(t *testing.T, v *visitor) {
	t.Helper()
	link := p.waitOutput(t, claimLink)
	page := v.mustGet(t, link[1])
	button := page.doc().Find(`form[action$="/home"]`).AttrOr("action", "")
	if page.status != http.StatusOK || !strings.HasPrefix(button, link[1]) {
		t.Fatalf("no way to claim: %v", page)
	}
	back := p.trip(t, v, button, "ada")
	if back.status != http.StatusSeeOther || back.location() != p.URL+"/admin/events" {
		t.Fatalf("not let in: %v", back)
	}
	if book := v.mustGet(t, "/admin/events"); book.status != http.StatusOK {
		t.Fatalf("not an admin: %v", book)
	}
	stranger := newVisitor(p.URL, nil)
	for _, again := range []reply{stranger.mustGet(t, link[1]), stranger.mustPost(t, button)} {
		if again.reason() != "claim_invalid" {
			t.Errorf("the link works again: %v", again)
		}
	}
}

func (p *peering) signOutAndIn(t *testing.T, v *visitor) {
	t.Helper()
	if out := v.mustPost(t, "/signout"); out.status != http.StatusSeeOther || v.signedIn(t) {
		t.Fatalf("not signed out: %v", out)
	}
	if back := p.trip(t, v, "/signin/home", "ada"); back.location() != p.URL+"/account" || !v.signedIn(t) {
		t.Fatalf("not signed in: %v", back)
	}
}

// linkWork links the second instance, and proves that a renewed sign-in at the
// peer is one: the peer was made to ask again and says when it did.
func (p *peering) linkWork(t *testing.T, v *visitor) {
	t.Helper()
	if back := p.trip(t, v, "/account/link/work", "ada"); back.location() != p.URL+"/account" {
		t.Fatalf("not linked: %v", back)
	}
	if d := cmp.Diff([]string{"Home", "Work"}, v.waysIn(t)); d != "" {
		t.Fatal(d)
	}
	if back := p.trip(t, v, "/stepup/home", "ada"); back.location() != p.URL+"/account" {
		t.Fatalf("no step-up: %v", back)
	}
	all := book(t, p.DB)
	if last := all[len(all)-1]; last.Kind != "session.stepup" || last.Detail.Reauth != "proved" {
		t.Errorf("the step-up is %v, reauth %q", last, last.Detail.Reauth)
	}
}

// unlinkWork signs another browser in by work and unlinks it in the first: the
// other's session ends with the identity that it came by.
func (p *peering) unlinkWork(t *testing.T, v *visitor) {
	t.Helper()
	other := newVisitor(p.URL, nil)
	if back := p.trip(t, other, "/signin/work", "ada"); back.location() != p.URL+"/account" || !slices.Equal(other.waysIn(t), v.waysIn(t)) {
		t.Fatalf("not the same account: %v", back)
	}
	path := unlinkPath(v.mustGet(t, "/account"), "Work")
	if path == "" {
		t.Fatal("no way to unlink")
	}
	if asked := v.mustGet(t, path); asked.status != http.StatusOK {
		t.Fatalf("not asked: %v", asked)
	}
	if done := v.mustPost(t, path); done.location() != p.URL+"/account" {
		t.Fatalf("not unlinked: %v", done)
	}
	if d := cmp.Diff([]string{"Home"}, v.waysIn(t)); d != "" {
		t.Error(d)
	}
	if other.signedIn(t) {
		t.Error("the session of the unlinked identity goes on")
	}
}

// keepsSecrets looks for what the trips carried in all that Gatebook wrote. A
// state and a nonce are kept while their attempt is open; used, it has none.
func (p *peering) keepsSecrets(t *testing.T) {
	t.Helper()
	log := p.out.String()
	if len(p.codes) < 6 || len(p.passing) < 2*len(p.codes) {
		t.Errorf("only %d codes and %d others to look for", len(p.codes), len(p.passing))
	}
	p.absent(t, "the log", log, append(p.codes, p.passing...))
	for _, file := range []string{p.DB, p.DB + "-wal"} {
		bytes, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.absent(t, file, string(bytes), p.codes)
	}
	raw := openRaw(t, p.DB)
	if n := raw.count(t, `SELECT count(*) FROM attempts WHERE used_at = 0 OR goth_session || verifier || nonce <> ''`); n != 0 {
		t.Errorf("%d attempts are open or hold secrets", n)
	}
	claim := p.waitOutput(t, claimLink)
	if n := strings.Count(log, claim[2]); n != 1 {
		t.Errorf("the claim code was printed %d times", n)
	}
}

func (p *peering) absent(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, where)
		}
	}
}
