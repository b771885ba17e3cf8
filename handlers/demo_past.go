package handlers

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

const (
	pastSpan  = 90 * 24 * time.Hour
	pastBatch = 1000 // acts a transaction
)

// past makes up what a small community did in the last three months. It is the
// same for the same seed, so that a demo can be talked about.
type past struct {
	rand      *rand.Rand
	providers []string
	people    []pastPerson
	limit     int // how many people there may be
}

// pastPerson is somebody made up, with what they did so far.
type pastPerson struct {
	name, email, handle string
	linked              []string // providers, the first is how they came
	ip                  netip.Addr
	agent               string
}

// writePast appends o.Events past events, give or take two, and shows how far
// it is.
func writePast(ctx context.Context, store *db.Store, service *accounts.Service, providers []string, o DemoOptions) error {
	p := &past{rand: rand.New(rand.NewPCG(1815, 1906)), providers: providers, limit: max(8, o.Events/40)}
	first, err := store.LastSeq(ctx)
	if err != nil {
		return err
	}
	end := store.Now().Add(-time.Minute)
	began := time.Now()
	for done := 0; done < o.Events; {
		if err := ctx.Err(); err != nil {
			return err
		}
		acts := p.acts(end.Add(-pastSpan), done, o.Events)
		if err := service.Replay(ctx, acts); err != nil {
			return err
		}
		last, err := store.LastSeq(ctx)
		if err != nil {
			return err
		}
		done = int(last - first)
		showProgress(o.Out, done, o.Events, began)
	}
	fmt.Fprintln(o.Out)
	return nil
}

// showProgress draws a bar on one line.
func showProgress(w io.Writer, done, total int, began time.Time) {
	const width = 30
	done = min(done, total)
	full := done * width / total
	rate := float64(done) / max(time.Since(began).Seconds(), 0.001)
	fmt.Fprintf(w, "\r  Writing the past  [%s%s] %3d %%  %s events, %s a second",
		strings.Repeat("#", full), strings.Repeat(".", width-full), done*100/total, thousands(done), thousands(int64(rate)))
}

// acts makes up the next acts, spread evenly over what is left of the span. An
// act leaves one event to three, so a batch never overshoots by more.
func (p *past) acts(from time.Time, done, total int) []accounts.Past {
	n := min(pastBatch, max(1, (total-done)/3))
	step := pastSpan / time.Duration(total)
	acts := make([]accounts.Past, 0, n)
	for i := range n {
		at := from.Add(step * time.Duration(done)).Add(step * time.Duration(i))
		acts = append(acts, p.act(at.Add(time.Duration(p.rand.Int64N(int64(step)/2+1)))))
	}
	return acts
}

// act is one thing that somebody did.
func (p *past) act(at time.Time) accounts.Past {
	if len(p.people) < 3 || (len(p.people) < p.limit && p.rand.IntN(100) < 6) {
		return p.newcomer(at)
	}
	who := &p.people[p.rand.IntN(len(p.people))]
	act := accounts.Past{At: at, Actor: who.actor(), Intent: accounts.IntentSignIn, Self: who.key(who.linked[0])}
	act.Profile = who.profile(who.linked[p.rand.IntN(len(who.linked))])
	switch dice := p.rand.IntN(100); {
	case dice < 8:
		act.SignOut = true
	case dice < 12 && len(who.linked) < len(p.providers):
		p.link(&act, who)
	case dice < 14 && len(who.linked) > 1:
		act.Unlink, act.Profile = true, who.profile(who.linked[len(who.linked)-1])
		who.linked = who.linked[:len(who.linked)-1]
	case dice < 22:
		act.Failure.Reason = pastFailures[p.rand.IntN(len(pastFailures))]
	}
	return act
}

var pastFailures = []event.Reason{
	event.ReasonDeniedByUser, event.ReasonDeniedByUser, event.ReasonDeniedByUser, event.ReasonProviderTimeout,
	event.ReasonProviderHTTPError, event.ReasonProviderRejectedCode, event.ReasonNonceMismatch,
}

func (p *past) link(act *accounts.Past, who *pastPerson) {
	for _, id := range p.providers {
		if !who.has(id) {
			act.Intent, act.Profile = accounts.IntentLink, who.profile(id)
			who.linked = append(who.linked, id)
			return
		}
	}
}

func (p *past) newcomer(at time.Time) accounts.Past {
	n := len(p.people)
	first, last := pastFirst[n%len(pastFirst)], pastLast[(n/len(pastFirst)+n*7)%len(pastLast)]
	handle := strings.ToLower(first)
	if n >= len(pastFirst) {
		handle += fmt.Sprint(n)
	}
	who := pastPerson{
		name:   first + " " + last,
		handle: handle,
		email:  fmt.Sprintf("%s@%s", handle, pastDomains[n%len(pastDomains)]),
		linked: []string{p.providers[p.rand.IntN(len(p.providers))]},
		ip:     netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + p.rand.IntN(250))}),
		agent:  pastAgents[p.rand.IntN(len(pastAgents))],
	}
	if n%5 == 4 {
		who.ip = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(n), 15: byte(1 + p.rand.IntN(250))})
	}
	p.people = append(p.people, who)
	return accounts.Past{At: at, Actor: who.actor(), Intent: accounts.IntentSignIn, Profile: who.profile(who.linked[0])}
}

func (w *pastPerson) has(provider string) bool {
	for _, id := range w.linked {
		if id == provider {
			return true
		}
	}
	return false
}

func (w *pastPerson) actor() db.Actor { return db.Actor{IP: w.ip, UserAgent: w.agent} }

func (w *pastPerson) key(provider string) db.Key {
	return db.Key{Provider: provider, Namespace: "past", Subject: "past-" + w.handle}
}

func (w *pastPerson) profile(provider string) accounts.Profile {
	key := w.key(provider)
	return accounts.Profile{
		Provider:   key.Provider,
		Namespace:  key.Namespace,
		Subject:    key.Subject,
		Email:      w.email,
		EmailState: accounts.EmailVerified,
		VerifiedBy: "the practice provider",
		Name:       w.name,
		Handle:     w.handle,
		Checks:     []string{"made up for the demo"},
	}
}

var (
	pastFirst = []string{"Linus", "Margaret", "Dennis", "Barbara", "Ken", "Radia", "Edsger", "Frances", "Tim", "Karen", "Guido", "Jean",
		"Donald", "Sophie", "Alan", "Hedy", "Niklaus", "Katherine", "John", "Adele", "Bjarne", "Anita", "Leslie", "Mary"}
	pastLast = []string{"Berg", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Novak", "Haddad", "Silva", "Kowalski", "Brandt", "Iyer",
		"Costa", "Nguyen", "Petrov", "Ahmed", "Larsen", "Rossi", "Mensah", "Weber", "Quispe"}
	pastDomains = []string{"example.org", "example.net", "example.com", "mail.example"}
	pastAgents  = []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
	}
)

// WritePast gives an empty log about n past events of people at these
// providers, for measurements.
func (p *Program) WritePast(ctx context.Context, ids []string, n int, progress io.Writer) error {
	service := accounts.New(p.Store, accounts.Options{Policy: p.cfg.Policy, FreshFor: p.cfg.StepUp})
	return writePast(ctx, p.Store, service, ids, DemoOptions{Events: n, Out: progress})
}

// TimeEvents reads one page of the log for a filter as the audit page does,
// and says how long the store took.
func TimeEvents(ctx context.Context, store *db.Store, values url.Values) (time.Duration, error) {
	q := parseEventQuery(values)
	q.page.Limit = eventsPerPage + 1
	began := time.Now()
	_, err := store.Events(ctx, q.filter, q.page)
	return time.Since(began), err
}
