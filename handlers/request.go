package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"gatebook/db"
	"gatebook/db/event"
)

// request is one request with what is known of who sent it.
type request struct {
	*http.Request
	id      string     // the reference that logs, events and error pages share
	ip      netip.Addr // the client's, not a trusted proxy's
	session *db.Session
	account db.Account // of the session; zero without one
}

// answer is a handler: it fetches, builds a page and shows it, or returns why
// not.
type answer func(w http.ResponseWriter, r *request) error

type requestKey struct{}

// requestInfo is what the outer layers know before a session is loaded.
type requestInfo struct {
	id string
	ip netip.Addr
}

// serve adapts an answer to net/http, and is the one place where an error
// becomes a response.
func (s *Server) serve(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, plain *http.Request) {
		info, _ := plain.Context().Value(requestKey{}).(requestInfo)
		r := &request{Request: plain, id: info.id, ip: info.ip}
		err := s.identify(r)
		if err == nil {
			err = a(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// identify loads the session that the cookie names, and its account as it
// stands now: what an account may do is never read from the session.
func (s *Server) identify(r *request) error {
	cookie, err := r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return nil
	}
	ctx, err := s.sessions.Load(r.Context(), cookie.Value)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	r.Request = r.WithContext(ctx)
	session, ok := s.sessions.Get(ctx, db.SessionKey).(db.Session)
	if !ok {
		return nil
	}
	account, err := s.Store.Account(ctx, session.AccountID)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	if account.Status != db.StatusActive && account.Status != db.StatusPending {
		return nil
	}
	r.session, r.account = &session, account
	return nil
}

// actor is who the request's writes are recorded as.
func (r *request) actor() db.Actor {
	a := db.Actor{
		Kind:      event.Anonymous,
		IP:        r.ip,
		UserAgent: cleanHeader(r.UserAgent(), maxUserAgent),
		RequestID: r.id,
	}
	if r.session != nil {
		a.Kind, a.Account, a.Session = event.Account, r.session.AccountID, r.session.ID
	}
	return a
}

// partial says whether htmx asks for a fragment of the page that it shows.
func (r *request) partial() bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// signedIn says whether an active account is signed in.
func (r *request) signedIn() bool { return r.session != nil && r.account.Status == db.StatusActive }

// detached is the request's context without its cancellation, for what must be
// finished although the browser has left.
func (r *request) detached() context.Context { return context.WithoutCancel(r.Context()) }
