package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// errNotFound is a page that is not there, or not there for this person.
var errNotFound = errors.New("not found")

// errUnread says that who asks could not be read from the store: neither
// "nobody" nor a guess is an answer to that.
var errUnread = errors.New("the session could not be read")

// fail turns an error into a page: a plain sentence, a reference code and a
// way on. Refusals are in the book already; only what nobody expected is
// logged as an error.
func (s *Server) fail(w http.ResponseWriter, r *request, err error) {
	page, status := s.refusalOf(r, err)
	denied := (*accounts.Denied)(nil)
	if refused := errors.As(err, &denied); !refused && status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "request", r.id, "path", safePath(r.URL.Path), "status", status, "error", err)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(int(s.limits.retryAfter().Seconds())))
	}
	if denied != nil && denied.Ended {
		s.dropSession(w, r)
		r.session = nil
	}
	page.Chrome = s.chrome(w, r, page.Heading, "")
	page.Reference = r.id
	if r.partial() {
		// htmx swaps error pages too: put the page's own part where it belongs.
		w.Header().Set("HX-Retarget", "#main")
		w.Header().Set("HX-Reswap", "outerHTML")
		w.Header().Set("HX-Reselect", "#main")
	}
	if shown := s.show(w, r, status, views.Refusal(page)); shown != nil {
		s.Log.Error("error page failed", "request", r.id, "error", shown)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		w.Write(s.lastPage)
	}
}

// refusalOf finds the words and the status of an error. An error without words
// of its own gets one fixed sentence: its text is for the log.
func (s *Server) refusalOf(r *request, err error) (views.RefusalPage, int) {
	if errors.Is(err, errNotFound) || errors.Is(err, db.ErrNotFound) {
		return notFoundPage(), http.StatusNotFound
	}
	reason := reasonOf(err)
	words := wordsOf(reason)
	page := views.RefusalPage{
		Tone:     words.tone(),
		Heading:  words.heading,
		Sentence: words.person,
		Help:     words.help,
		Code:     reason.String(),
	}
	if attempt := deniedIn(err).Attempt; accounts.Intent(attempt.Intent) == accounts.IntentTest && r.signedIn() {
		label, _, _ := s.providerLook(attempt.Provider)
		page.Heading, page.Sentence, page.Help = "The test of "+label+" did not work", adminWords(reason), ""
	}
	if reason == event.ReasonLinkRequired && r.signedIn() {
		page.Heading, page.Sentence, page.Help = strangerHeading, strangerSentence, strangerHelp
	}
	page.Actions = s.waysOn(r, err, reason)
	return page, words.status
}

// What a person who is signed in reads when the identity is nobody's yet.
const (
	strangerHeading  = "That is not one of your ways in"
	strangerSentence = "Nobody here has it yet, and nothing is linked without being asked for."
	strangerHelp     = "To add it, link it on your account page. To sign in as somebody else, sign out first."
)

// reasonOf is the reason that an error gives, or that its kind stands for.
func reasonOf(err error) event.Reason {
	var denied *accounts.Denied
	var failure *providers.Failure
	switch {
	case errors.As(err, &denied):
		return denied.Reason
	case errors.As(err, &failure):
		return failure.Reason
	case errors.Is(err, db.ErrFull):
		return event.ReasonStorageFull
	case errors.Is(err, db.ErrReadOnly):
		return event.ReasonStorageReadonly
	case errors.Is(err, db.ErrClosed):
		return event.ReasonShutdown
	case errors.Is(err, db.ErrEnded):
		return event.ReasonSessionChanged
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errUnread):
		return event.ReasonStorageUnavailable
	}
	return event.ReasonPanic
}

// deniedIn is the refusal that an error is, zero where it is none.
func deniedIn(err error) accounts.Denied {
	if denied := (*accounts.Denied)(nil); errors.As(err, &denied) {
		return *denied
	}
	return accounts.Denied{}
}

// waysOn are the buttons of a refusal: whatever happened, there is one.
func (s *Server) waysOn(r *request, err error, reason event.Reason) []views.Action {
	attempt := deniedIn(err).Attempt
	intent, provider := accounts.Intent(attempt.Intent), attempt.Provider
	home := views.Action{Label: "Back to the start", Href: "/"}
	switch {
	case reason == event.ReasonClaimInvalid:
		return []views.Action{home}
	case intent == accounts.IntentTest && r.signedIn():
		return []views.Action{
			{Label: "Test again", Href: "/admin/providers/" + provider + "/test", Post: true, Primary: true},
			{Label: "Back to the providers", Href: "/admin/providers"},
		}
	case r.signedIn() && reason != event.ReasonSessionChanged:
		return []views.Action{{Label: "Back to your account", Href: "/account", Primary: true}}
	case intent == accounts.IntentClaim:
		return []views.Action{home}
	}
	// The same identity would meet the same answer: the way on is another one.
	sameAgain := reason == event.ReasonLinkRequired
	ways := []views.Action{{Label: "Choose another way in", Href: "/signin", Primary: provider == "" || sameAgain}}
	if p, ok := s.Providers.Get(provider); ok {
		again := views.Action{
			Label:   "Try " + p.Label() + " again",
			Href:    "/signin/" + p.ID(),
			Post:    true,
			Primary: !sameAgain,
			Hidden:  []views.Pair{{Name: "return", Value: localPath(attempt.ReturnPath)}},
		}
		if wordsOf(reason).another {
			again.Label = "Use another account at " + p.Label()
			again.Hidden = append(again.Hidden, views.Pair{Name: "choose", Value: "yes"})
		}
		if sameAgain {
			return append(ways, again)
		}
		ways = append([]views.Action{again}, ways...)
	}
	return ways
}

func notFoundPage() views.RefusalPage {
	return views.RefusalPage{
		Tone:     "note",
		Heading:  "There is no page here",
		Sentence: "The address may be mistyped, or what it named is gone.",
		Code:     "not_found",
		Actions:  []views.Action{{Label: "Back to the start", Href: "/", Primary: true}},
	}
}

// wrongMethod answers a known path asked in a way that it does not have.
func (s *Server) wrongMethod(w http.ResponseWriter, r *request) error {
	page := views.RefusalPage{
		Tone:     "note",
		Heading:  "That does not work this way",
		Sentence: "This address answers only requests of another sort.",
		Code:     "method_not_allowed",
		Actions:  []views.Action{{Label: "Back to the start", Href: "/", Primary: true}},
	}
	page.Chrome, page.Reference = s.chrome(w, r, page.Heading, ""), r.id
	return s.show(w, r, http.StatusMethodNotAllowed, views.Refusal(page))
}

// renderLastResort makes the page for when no page can be made.
func (s *Server) renderLastResort() ([]byte, error) {
	words := wordsOf(event.ReasonPanic)
	var buf bytes.Buffer
	err := views.Refusal(views.RefusalPage{
		Chrome:   views.Chrome{Title: words.heading, Site: s.Site},
		Tone:     "bad",
		Heading:  words.heading,
		Sentence: words.person,
		Actions:  []views.Action{{Label: "Back to the start", Href: "/", Primary: true}},
	}).Render(context.Background(), &buf)
	return buf.Bytes(), err
}
