package handlers

import (
	"net/http"
	"sync"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

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
		Path:     checkSteps(db.Detail{Checks: profile.Checks, Email: profile.EmailState.String(), By: profile.VerifiedBy}),
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
