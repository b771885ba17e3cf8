package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// providersPage shows an admin how each provider is set up and how it does.
func (s *Server) providersPage(w http.ResponseWriter, r *request) error {
	page := views.ProvidersPage{Chrome: s.chrome(w, r, "Providers", "providers")}
	for _, problem := range s.LeftOut {
		id, _, _ := strings.Cut(strings.TrimPrefix(problem.Setting, "providers."), ".")
		page.LeftOut = append(page.LeftOut, views.LeftOut{ID: id, Problem: problem.Error()})
	}
	for _, p := range s.Providers.List() {
		row, err := s.providerRow(r, p)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.show(w, r, http.StatusOK, views.Providers(page))
}

func (s *Server) providerRow(r *request, p *providers.Provider) (views.ProviderRow, error) {
	health := p.Health()
	row := views.ProviderRow{
		ID:    p.ID(),
		Label: p.Label(),
		Logo:  s.logoOf(p),
		State: stateNames[health.State],
		Tone:  stateTones[health.State],
		Why:   stateWords(health),
		Test:  "/admin/providers/" + p.ID() + "/test",
	}
	row.Fields = []views.Field{
		{Label: "Callback URL", Value: p.CallbackURL(), Mono: true},
		{Label: "Kind", Value: p.Kind().Label + ", at " + p.Host()},
		{Label: "Asks for", Value: strings.Join(p.Scopes(), ", ")},
		{Label: "PKCE", Value: yesNo(p.PKCE(), "Yes, S256", "No")},
		{Label: "Word on e-mail", Value: trustWords(p)},
	}
	record, err := s.providerRecord(r, p.ID())
	row.Fields = append(row.Fields, record...)
	return row, err
}

var stateNames = map[providers.State]string{
	providers.StateReady:         "ready",
	providers.StateDiscovering:   "not asked yet",
	providers.StateMisconfigured: "misconfigured",
	providers.StateDown:          "down",
}

var stateTones = map[providers.State]string{
	providers.StateReady:         "ok",
	providers.StateDiscovering:   "quiet",
	providers.StateMisconfigured: "bad",
	providers.StateDown:          "bad",
}

// stateWords say what a state means to an admin, "" for one that is well.
func stateWords(h providers.Health) string {
	switch h.State {
	case providers.StateMisconfigured, providers.StateDown:
		text := adminWords(h.Reason)
		if !h.Since.IsZero() {
			text += " It rests since " + h.Since.UTC().Format("15:04:05 UTC") + "; a trip tries it again every half minute."
		}
		return text
	}
	return ""
}

func trustWords(p *providers.Provider) string {
	if p.EmailTrust() == providers.TrustVerified {
		return "Counts where it says verified: " + p.TrustWhy() + "."
	}
	return "Never counts: " + p.TrustWhy() + "."
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// providerRecord is what the book says of a provider: the last success and
// failure, and the share of failures over the last day.
func (s *Server) providerRecord(r *request, id string) ([]views.Field, error) {
	now := s.Store.Now()
	var out []views.Field
	var day [2]int
	for _, outcome := range []event.Outcome{event.Success, event.Failure} {
		f := db.EventFilter{Provider: id, Kind: event.KindSessionSignin, Outcome: &outcome}
		last, err := s.Store.Events(r.Context(), f, db.EventPage{Limit: 1})
		if err != nil {
			return nil, err
		}
		field := views.Field{Label: "Last " + outcome.String(), Value: "None yet"}
		if len(last) > 0 {
			field.Value = strings.TrimSpace(last[0].At.UTC().Format("2 January 2006, 15:04:05 UTC") + " " + shortReason(last[0].Reason))
			field.Href = "/admin/events/" + last[0].ID.String()
		}
		out = append(out, field)
		f.From = now.Add(-24 * time.Hour)
		if day[outcome], err = s.Store.CountEvents(r.Context(), f, countLimit); err != nil {
			return nil, err
		}
	}
	total := day[event.Success] + day[event.Failure]
	share := "No sign-ins"
	if total > 0 {
		share = fmt.Sprintf("%s of %s sign-ins failed (%d %%)", thousands(day[event.Failure]), thousands(total), day[event.Failure]*100/total)
	}
	return append(out, views.Field{Label: "Last day", Value: share}), nil
}

// down says on a button why a provider cannot be used now, "" when it can.
func down(p *providers.Provider) string {
	if p.Health().State == providers.StateDown {
		return "Not answering just now. Other ways in work."
	}
	return ""
}

// startTest begins a round trip that signs nobody in.
func (s *Server) startTest(w http.ResponseWriter, r *request) error {
	return s.start(w, r, db.Attempt{
		Intent:     string(accounts.IntentTest),
		ReturnPath: "/admin/providers",
	}, providers.StartOptions{ChooseAccount: true})
}

// tests keeps what the last tests showed, for the admin who made them. It is
// memory only: a profile that nobody signed in with is not written down.
type tests struct {
	mu   sync.Mutex
	byID map[db.ID]testResult
}

type testResult struct {
	account db.ID
	at      time.Time
	profile accounts.Profile
	would   accounts.Decision
}

const (
	testsKept = 100
	testLife  = 10 * time.Minute
)

func (t *tests) keep(id db.ID, result testResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID == nil || len(t.byID) >= testsKept {
		t.byID = map[db.ID]testResult{}
	}
	t.byID[id] = result
}

func (t *tests) get(id, account db.ID, now time.Time) (testResult, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.byID[id]
	return found, ok && found.account == account && now.Sub(found.at) < testLife
}

// arriveTest keeps what a test showed and leads to its page.
func (s *Server) arriveTest(w http.ResponseWriter, r *request, p *providers.Provider, profile accounts.Profile, result accounts.Result) error {
	s.tests.keep(result.Event, testResult{r.account.ID, s.Store.Now(), profile, result.Would})
	return s.redirect(w, r, "/admin/providers/"+p.ID()+"/test?result="+result.Event.String())
}

// testPage shows what a test showed; later than ten minutes after it, the
// book's page of the event has what was written down.
func (s *Server) testPage(w http.ResponseWriter, r *request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	id, err := db.ParseID(r.URL.Query().Get("result"))
	if err != nil {
		return s.redirect(w, r, "/admin/providers")
	}
	found, ok := s.tests.get(id, r.account.ID, s.Store.Now())
	if !ok {
		return s.redirect(w, r, "/admin/events/"+id.String())
	}
	profile := found.profile
	page := views.TestPage{
		Chrome:   s.chrome(w, r, "Test of "+p.Label(), "providers"),
		Provider: p.Label(),
		Logo:     s.logoOf(p),
		Would:    wouldWords(found.would, profile),
		Again:    "/admin/providers/" + p.ID() + "/test",
		Back:     "/admin/providers",
	}
	for _, check := range profile.Checks {
		page.Path = append(page.Path, views.Step{Glyph: "✓", Tone: "ok", Text: upperFirst(check)})
	}
	if !tellsOfEmail(profile.Checks) {
		page.Path = append(page.Path, emailStep(db.Detail{Email: profile.EmailState.String(), By: profile.VerifiedBy}))
	}
	for _, f := range []views.Field{
		{Label: "Subject", Value: profile.Subject, Mono: true},
		{Label: "Namespace", Value: profile.Namespace, Mono: true},
		{Label: "Name", Value: profile.Name},
		{Label: "Handle", Value: profile.Handle},
		{Label: "E-mail", Value: profile.Email},
		{Label: "Picture", Value: profile.AvatarURL, Mono: true},
	} {
		if f.Value == "" {
			f.Value, f.Mono = "Not given", false
		}
		page.Fields = append(page.Fields, f)
	}
	return s.show(w, r, http.StatusOK, views.Test(page))
}

// wouldWords say what a sign-in with this profile would have come to, and
// whether its address would lead to an account.
func wouldWords(d accounts.Decision, p accounts.Profile) string {
	var what string
	switch d.Act {
	case accounts.ActSignIn:
		what = "A sign-in would have worked: the identity is linked to an account."
	case accounts.ActSignUp:
		what = "A sign-in would have made a new account."
	case accounts.ActQueue:
		what = "A sign-in would have made a new account that waits for approval."
	case accounts.ActLinkAndSignIn:
		what = "A sign-in would have linked it to the account that holds the same address."
	default:
		what = "A sign-in would have been refused: " + lowerFirst(adminWords(d.Reason))
	}
	switch {
	case d.Reason == event.ReasonLinkRequired:
		return what + " Its owner would be shown the way to link it."
	case p.EmailState != accounts.EmailVerified:
		return what + " Its address does not count as verified, so it never matches an account that is here already."
	}
	return what
}
