package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// callback finishes a trip: the attempt is consumed, the provider asked, the
// decision made and written down, and only then the browser answered, with a
// redirect to an address that holds nothing of the trip (RFC 9700 §4.2.4).
func (s *Server) callback(w http.ResponseWriter, r *request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		return s.onlyGet(w, r)
	}
	return s.returned(w, r, p, r.URL.Query())
}

// onlyGet answers a HEAD where a GET does more than read.
func (s *Server) onlyGet(w http.ResponseWriter, r *request) error {
	w.Header().Set("Allow", http.MethodGet)
	return s.wrongMethod(w, r)
}

// returned takes the parameters of a callback, from wherever they came.
func (s *Server) returned(w http.ResponseWriter, r *request, p *providers.Provider, params url.Values) error {
	if !s.limits.callback(r.ip, r.signedIn()) {
		return &accounts.Denied{Reason: event.ReasonRateLimited}
	}
	attempt, err := s.Accounts.UseAttempt(r.Context(), r.actor(), accounts.Callback{
		Provider: p.ID(),
		State:    single(params["state"]),
		Browser:  s.cookies.get(r, attemptCookie),
		Session:  r.session,
	})
	if replayed(err) && r.session != nil {
		return s.redirect(w, r, "/") // a double click: the first one signed them in
	}
	if err != nil {
		return err
	}
	profile, err := s.finish(r, p, attempt, params)
	if err != nil {
		return err
	}
	renew, token := s.renewal()
	result, err := s.Accounts.Complete(r.detached(), r.actor(),
		accounts.Return{Attempt: attempt, Session: r.session, Profile: profile}, renew)
	if err != nil {
		return err
	}
	if result.Decision.Act == accounts.ActTest {
		return s.arriveTest(w, r, p, profile, result)
	}
	s.giveSession(w, r, *token, result.Session.ExpiresAt)
	s.cookies.set(w, lastCookie, p.ID(), 365*24*time.Hour)
	return s.arrive(w, r, p, attempt, result)
}

// finish asks the provider who came back. A failure is recorded as the
// attempt's terminal event, also when the browser has left meanwhile.
func (s *Server) finish(r *request, p *providers.Provider, a db.Attempt, params url.Values) (accounts.Profile, error) {
	profile, err := p.Finish(r.Context(), providers.Return{
		Verifier:  a.Verifier,
		Nonce:     a.Nonce,
		Session:   a.GothSession,
		Fresh:     a.Fresh,
		StartedAt: a.CreatedAt,
		Query:     params,
	})
	if err == nil {
		return profile, nil
	}
	failure := accounts.Failure{Reason: reasonOf(err)}
	s.Log.Log(r.Context(), tripLevel(failure.Reason), "a trip failed",
		"request", r.id, "provider", p.ID(), "attempt", a.ID.String(), "error", err)
	var typed *providers.Failure
	if errors.As(err, &typed) {
		failure.Check, failure.Status = typed.Check, typed.Status
	}
	return profile, s.Accounts.Fail(r.detached(), r.actor(), a, r.session, failure)
}

// tripLevel is how loud a failed trip is in the log: what a person did at the
// provider, or can make up in a callback, is nothing to warn of.
func tripLevel(why event.Reason) slog.Level {
	switch why {
	case event.ReasonDeniedByUser, event.ReasonLoginRequired, event.ReasonConsentRequired,
		event.ReasonInteractionRequired, event.ReasonAbandoned, event.ReasonCallbackMalformed:
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// arrive sends the person on to what they came for.
func (s *Server) arrive(w http.ResponseWriter, r *request, p *providers.Provider, a db.Attempt, result accounts.Result) error {
	to := localPath(a.ReturnPath)
	switch accounts.Intent(a.Intent) {
	case accounts.IntentLink:
		which := "linked"
		if result.Decision.Act == accounts.ActKeep {
			which = "already"
		}
		s.leaveFlash(w, which, p.ID())
	case accounts.IntentStepUp:
		s.leaveFlash(w, "proved", "")
	case accounts.IntentClaim:
		s.leaveFlash(w, "claimed", "")
	}
	if result.Account.Status == db.StatusPending {
		to = "/waiting"
	}
	return s.redirect(w, r, to)
}

func replayed(err error) bool {
	return deniedIn(err).Reason == event.ReasonAttemptConsumed
}

// single is the one value of a parameter; none or several are none.
func single(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}
