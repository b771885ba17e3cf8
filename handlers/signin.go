package handlers

import (
	"context"
	"net/http"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// home leads to where a person most likely wants to be.
func (s *Server) home(w http.ResponseWriter, r *request) error {
	switch {
	case r.session == nil:
		return s.redirect(w, r, "/signin")
	case r.account.Status == db.StatusPending:
		return s.redirect(w, r, "/waiting")
	}
	return s.redirect(w, r, "/account")
}

// signIn shows the ways in.
func (s *Server) signIn(w http.ResponseWriter, r *request) error {
	page := views.SignInPage{Chrome: s.chrome(w, r, "Sign in", "")}
	page.Return = returnField(r.URL.Query().Get("return"))
	page.Buttons = s.buttons(r, "/signin/", page.Return, s.Providers.List())
	if r.session != nil {
		page.SignedInAs = r.account.Name
	}
	return s.show(w, r, http.StatusOK, views.SignIn(page))
}

// signInWith shows one way in, for links from elsewhere: following a link
// starts nothing (RFC 9700 §4.7.1), pressing the button does.
func (s *Server) signInWith(w http.ResponseWriter, r *request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	page := views.SignInPage{Chrome: s.chrome(w, r, "Sign in with "+p.Label(), "")}
	page.Return = returnField(r.URL.Query().Get("return"))
	page.Buttons = s.buttons(r, "/signin/", page.Return, []*providers.Provider{p})
	return s.show(w, r, http.StatusOK, views.SignIn(page))
}

// buttons are forms that start trips, one a provider.
func (s *Server) buttons(r *request, base, back string, list []*providers.Provider) []views.ProviderButton {
	last := s.cookies.get(r, lastCookie)
	var out []views.ProviderButton
	for _, p := range list {
		out = append(out, views.ProviderButton{
			ID:       p.ID(),
			Label:    p.Label(),
			Logo:     s.logoOf(p),
			Action:   base + p.ID(),
			Return:   back,
			LastUsed: p.ID() == last,
			Down:     down(p),
		})
	}
	return out
}

// returnField is a return path worth carrying along, "" for the default.
func returnField(s string) string {
	if to := localPath(s); to != defaultPath {
		return to
	}
	return ""
}

// provider is the one that the path names, and nothing else may name it.
func (s *Server) provider(r *request) (*providers.Provider, error) {
	p, ok := s.Providers.Get(r.PathValue("provider"))
	if !ok {
		return nil, &accounts.Denied{Reason: event.ReasonProviderUnknown}
	}
	return p, nil
}

// startSignIn begins the trip of a sign-in.
func (s *Server) startSignIn(w http.ResponseWriter, r *request) error {
	return s.start(w, r, db.Attempt{
		Intent:     string(accounts.IntentSignIn),
		ReturnPath: localPath(r.PostFormValue("return")),
	}, providers.StartOptions{ChooseAccount: r.PostFormValue("choose") == "yes"})
}

// start begins a trip: the secrets are made and kept, and the page sends the
// browser on. It answers 200, because Chromium's form-action would block a
// redirect from a form to another origin.
func (s *Server) start(w http.ResponseWriter, r *request, a db.Attempt, o providers.StartOptions) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	if !s.limits.start(r.ip, r.signedIn()) {
		return &accounts.Denied{Reason: event.ReasonRateLimited}
	}
	trip, err := p.Start(r.Context(), o)
	if err != nil {
		return s.startFailed(r, p, a, err)
	}
	a.Provider = p.ID()
	a.StateHash, a.BrowserHash = accounts.HashSecret(trip.State), accounts.HashSecret(s.browserBinding(w, r))
	a.GothSession, a.Verifier, a.Nonce, a.Fresh = trip.Session, trip.Verifier, trip.Nonce, trip.Fresh
	if r.session != nil {
		a.AccountID, a.SessionFamily = r.session.AccountID, r.session.Family
	}
	if _, err := s.Accounts.StartAttempt(r.Context(), r.actor(), a); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, views.Leaving(views.LeavingPage{
		Chrome:   s.chrome(w, r, "Taking you to "+p.Label(), ""),
		Provider: p.Label(),
		Logo:     s.logoOf(p),
		URL:      trip.URL,
		Host:     p.Host(),
	}))
}

// startFailed records a trip that could not begin: nobody left, nobody came
// back, but an admin wants to know that people meet a closed door.
func (s *Server) startFailed(r *request, p *providers.Provider, a db.Attempt, err error) error {
	s.Log.Warn("a trip could not begin", "request", r.id, "provider", p.ID(), "error", err)
	reason := reasonOf(err)
	if err := s.Accounts.StartFailed(r.Context(), r.actor(), p.ID(), reason); err != nil {
		return err
	}
	a.Provider = p.ID()
	return &accounts.Denied{Reason: reason, Attempt: a}
}

// renewal writes the session of somebody who has just been let in. Its token
// is made here and reaches the browser only after the commit.
func (s *Server) renewal() (accounts.Renew, *string) {
	token := db.NewToken()
	return func(ctx context.Context, tx *db.Tx, old *db.Session, next db.Session) (db.Session, error) {
		if old != nil {
			if err := tx.EndSession(ctx, old.ID, event.ReasonRotated); err != nil {
				return db.Session{}, err
			}
		}
		return tx.StartSession(db.TokenHash(token), next)
	}, &token
}

// giveSession sends the token of a session that is on disk.
func (s *Server) giveSession(w http.ResponseWriter, r *request, token string, until time.Time) {
	s.sessions.WriteSessionCookie(r.Context(), w, token, until)
}

// dropSession has the browser forget its token.
func (s *Server) dropSession(w http.ResponseWriter, r *request) {
	s.sessions.WriteSessionCookie(r.Context(), w, "", time.Time{})
}
