package handlers

import (
	"encoding/base64"
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

// flashes are the messages that a redirect may leave: a cookie holds only
// which one and about what, so a forged cookie can say nothing of its own.
var flashes = map[string]func(about string) views.Flash{
	"linked":   func(p string) views.Flash { return views.Flash{Tone: "ok", Text: p + " is now a way in."} },
	"already":  func(p string) views.Flash { return views.Flash{Tone: "note", Text: p + " was linked already."} },
	"unlinked": func(p string) views.Flash { return views.Flash{Tone: "ok", Text: p + " is no longer a way in."} },
	"proved":   func(string) views.Flash { return views.Flash{Tone: "ok", Text: "Thank you. You can go on now."} },
	"claimed":  func(string) views.Flash { return views.Flash{Tone: "ok", Text: "You are the first admin."} },
	"approved": func(who string) views.Flash { return views.Flash{Tone: "ok", Text: who + " may come in."} },
}

// leaveFlash has the next page say something about what was done.
func (s *Server) leaveFlash(w http.ResponseWriter, which, about string) {
	s.cookies.set(w, flashCookie, which+"."+base64.RawURLEncoding.EncodeToString([]byte(about)), time.Minute)
}

// takeFlash reads the message that the page before left, once.
func (s *Server) takeFlash(w http.ResponseWriter, r *request) *views.Flash {
	value := s.cookies.get(r, flashCookie)
	if value == "" {
		return nil
	}
	s.cookies.drop(w, flashCookie)
	which, encoded, _ := strings.Cut(value, ".")
	make, ok := flashes[which]
	about, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(about) > 200 {
		return nil
	}
	flash := make(cleanHeader(string(about), 200))
	return &flash
}
