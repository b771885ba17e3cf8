package handlers

import (
	"net/http"
	"net/url"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// guard says who may use a route. The zero guard denies everybody, so that a
// forgotten one is a closed door.
type guard uint8

const (
	denied guard = iota
	public
	pending    // somebody signed in, also one who waits for approval
	signedIn   // an active account
	fresh      // the same, with a recent proof
	admin      // an active admin
	adminFresh // the same, with a recent proof
)

// guarded puts a route's guard before its answer.
func (s *Server) guarded(line route) answer {
	return func(w http.ResponseWriter, r *request) error {
		pass, err := s.check(w, r, line)
		if !pass || err != nil {
			return err
		}
		return line.answer(w, r)
	}
}

// check lets a request pass, sends the browser elsewhere, or refuses.
func (s *Server) check(w http.ResponseWriter, r *request, line route) (pass bool, err error) {
	switch {
	case line.guard == public:
		return true, nil
	case line.guard == denied:
		return false, errNotFound
	case r.session == nil:
		return false, s.redirect(w, r, "/signin?return="+url.QueryEscape(returnTo(r, line)))
	case line.guard == pending:
		return true, nil
	case r.account.Status != db.StatusActive:
		return false, s.redirect(w, r, "/waiting")
	case line.guard >= admin && !r.account.Admin:
		return false, &accounts.Denied{Reason: event.ReasonNotAdmin}
	case (line.guard == fresh || line.guard == adminFresh) && !s.Accounts.Fresh(*r.session):
		return false, s.redirect(w, r, "/stepup?return="+url.QueryEscape(returnTo(r, line)))
	}
	return true, nil
}

// returnTo is the page that a person should see after signing in or proving
// themselves. A form is never sent again for them: they see the page that it
// is on, or its confirm page.
func returnTo(r *request, line route) string {
	if line.back != "" {
		return line.back
	}
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	return r.URL.Path
}

// redirect answers 303, or tells htmx to load a whole page: a fragment's
// request must not swap a sign-in page into a table.
func (s *Server) redirect(w http.ResponseWriter, r *request, path string) error {
	path = localPath(path)
	if r.partial() {
		w.Header().Set("HX-Redirect", path)
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
