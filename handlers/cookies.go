package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"gatebook/db"
	"gatebook/views"
)

// The cookies' names, without the __Host- prefix that they carry over https.
const (
	sessionCookie = "gatebook_session"
	attemptCookie = "gatebook_attempt" // binds attempts to this browser
	themeCookie   = "gatebook_theme"
	lastCookie    = "gatebook_last"  // the id of the provider last used
	flashCookie   = "gatebook_flash" // a message shown once
)

// cookieJar writes cookies alike: host-only, HttpOnly, Lax, and over https
// Secure with the __Host- prefix (RFC 6265bis §4.1.3.2).
type cookieJar struct{ secure bool }

func (j cookieJar) name(name string) string {
	if j.secure {
		return "__Host-" + name
	}
	return name
}

func (j cookieJar) set(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name:     j.name(name),
		Value:    value,
		Path:     "/",
		MaxAge:   int(life.Seconds()),
		Secure:   j.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

func (j cookieJar) drop(w http.ResponseWriter, name string) { j.set(w, name, "", -time.Second) }

func (j cookieJar) get(r *request, name string) string {
	c, err := r.Cookie(j.name(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// newSessions sets scs up on our store. LoadAndSave is not used: sessions are
// written by the transaction that signs somebody in, never by a middleware
// after the answer.
func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = db.SessionStore{Store: s.Store}
	m.Codec = db.SessionCodec{}
	m.HashTokenInStore = true
	m.Lifetime = s.SessionLifetime
	m.Cookie = scs.SessionCookie{
		Name:     s.cookies.name(sessionCookie),
		Path:     "/",
		HttpOnly: true,
		Secure:   s.cookies.secure,
		SameSite: http.SameSiteLaxMode,
		Persist:  true,
	}
	return m
}

// browserBinding is this browser's secret that ties attempts to it, made on
// the first start of a trip.
func (s *Server) browserBinding(w http.ResponseWriter, r *request) string {
	value := s.cookies.get(r, attemptCookie)
	if len(value) != len(db.NewToken()) {
		value = db.NewToken()
	}
	s.cookies.set(w, attemptCookie, value, time.Hour)
	return value
}

// flashes are the messages that a redirect may leave. A cookie holds only
// which one and the id of what it is about: a forged one can say nothing of
// its own.
var flashes = map[string]flash{
	"linked":   {"ok", "%s is now a way in.", (*Server).nameProvider},
	"already":  {"note", "%s was linked already.", (*Server).nameProvider},
	"unlinked": {"ok", "%s is no longer a way in.", (*Server).nameProvider},
	"proved":   {"ok", "Thank you. You can go on now.", nil},
	"claimed":  {"ok", "You are the first admin.", nil},
	"approved": {"ok", "%s may come in.", (*Server).nameAccount},
}

// flash is a message and how the id in it is put into words, nil where it
// names nothing.
type flash struct {
	tone, text string
	name       func(s *Server, r *request, id string) string
}

// leaveFlash has the next page say something about what was done.
func (s *Server) leaveFlash(w http.ResponseWriter, which, id string) {
	s.cookies.set(w, flashCookie, which+"."+id, time.Minute)
}

func (s *Server) nameProvider(_ *request, id string) string {
	if p, ok := s.Providers.Get(id); ok {
		return p.Label()
	}
	return "It" // configured no more
}

// nameAccount names an account to an admin, and to nobody else.
func (s *Server) nameAccount(r *request, text string) string {
	id, err := db.ParseID(text)
	if err != nil || r.session == nil || !r.account.Admin {
		return ""
	}
	a, err := s.Store.Account(r.Context(), id)
	if err != nil {
		return ""
	}
	return a.Name
}

// takeFlash reads the message that the page before left, once.
func (s *Server) takeFlash(w http.ResponseWriter, r *request) *views.Flash {
	value := s.cookies.get(r, flashCookie)
	if value == "" {
		return nil
	}
	s.cookies.drop(w, flashCookie)
	which, id, _ := strings.Cut(value, ".")
	f, ok := flashes[which]
	if !ok {
		return nil
	}
	if f.name == nil {
		return &views.Flash{Tone: f.tone, Text: f.text}
	}
	name := f.name(s, r, id)
	if name == "" {
		return nil
	}
	return &views.Flash{Tone: f.tone, Text: fmt.Sprintf(f.text, name)}
}
