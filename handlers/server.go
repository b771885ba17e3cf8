package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"gatebook/db"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// Options are what a Server is made of.
type Options struct {
	URL             *url.URL // the public address: scheme and host only
	Site            string   // the name on every page
	Store           *db.Store
	Accounts        *accounts.Service
	Providers       *providers.Set
	TrustedProxies  []netip.Prefix
	SessionLifetime time.Duration
	Log             *slog.Logger
	Demo            *Demo    // nil outside the demo
	LeftOut         Problems // providers whose settings are wrong
	Limits          Limits   // zero fields take DefaultLimits
}

// Server answers every request. Make it with New.
type Server struct {
	Options
	sessions *scs.SessionManager
	cookies  cookieJar
	limits   *limiter
	viewed   *hourly
	tests    tests
	handler  http.Handler
	lastPage []byte // the error page of last resort, rendered at start
}

// New makes the server and its routes.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		Options: o,
		cookies: cookieJar{secure: o.URL.Scheme == "https"},
		limits:  newLimiter(o.Limits, o.Store.Now),
		viewed:  newHourly(),
	}
	s.sessions = s.newSessions()
	var err error
	if s.lastPage, err = s.renderLastResort(); err != nil {
		return nil, err
	}
	s.handler = s.stack(s.mux())
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
