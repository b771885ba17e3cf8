package handlers

import (
	"net/http"
	"strings"

	"gatebook/assets"
)

// route is one line of the table: what is asked, who may, who answers.
type route struct {
	pattern string
	guard   guard
	answer  answer
	back    string // where a step-up for a form returns to; "" is the route's own page
}

// routes is every route, in the order in which a person meets them. A route
// without a guard answers nobody.
func (s *Server) routes() []route {
	return []route{
		{"GET /{$}", public, s.home, ""},
		{"GET /signin", public, s.signIn, ""},
		{"GET /signin/{provider}", public, s.signInWith, ""},
		{"POST /signin/{provider}", public, s.startSignIn, ""},
		{"GET /signin/{provider}/callback", public, s.callback, ""},
		{callbackPattern, public, s.callbackPost, ""},
		{"GET /claim/{code}", public, s.claim, ""},
		{"POST /claim/{code}/{provider}", public, s.startClaim, ""},
		{"GET /icons/{provider}", public, s.icon, ""},
		{"POST /theme", public, s.setTheme, ""},
		{"GET /healthz", public, s.healthz, ""},
		{"GET /readyz", public, s.readyz, ""},

		{"GET /waiting", pending, s.waiting, ""},
		{"POST /signout", pending, s.signOut, "/account"},

		{"GET /account", signedIn, s.account, ""},
		{"GET /stepup", signedIn, s.stepUp, ""},
		{"POST /stepup/{provider}", signedIn, s.startStepUp, "/account"},
		{"POST /account/link/{provider}", fresh, s.startLink, "/account"},
		{"GET /account/identities/{id}/unlink", fresh, s.confirmUnlink, ""},
		{"POST /account/identities/{id}/unlink", fresh, s.unlink, ""},

		{"GET /admin/events", admin, s.events, ""},
		{"GET /admin/events/{id}", admin, s.event, ""},
		{"GET /admin/events/export", admin, s.exportEvents, ""},
		{"GET /admin/accounts", admin, s.people, ""},
		{"GET /admin/providers", admin, s.providersPage, ""},
		{"GET /admin/providers/{provider}/test", admin, s.testPage, ""},
		{"POST /admin/providers/{provider}/test", adminFresh, s.startTest, "/admin/providers"},
		{"POST /admin/accounts/{id}/approve", adminFresh, s.approve, "/admin/accounts"},
	}
}

// mux turns the table into a ServeMux.
func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, line := range s.routes() {
		mux.Handle(line.pattern, s.serve(s.guarded(line)))
	}
	mux.Handle(assets.Prefix, assets.Handler())
	// Without its slash ServeMux would redirect it, a POST with 307 too.
	mux.Handle(strings.TrimSuffix(assets.Prefix, "/"), s.serve(gone))
	mux.Handle("/", s.serve(s.noRoute(mux)))
	return mux
}

func gone(http.ResponseWriter, *request) error { return errNotFound }

// noRoute answers what no line of the table does: a known path asked with
// another method is told which it has, any other is not there.
func (s *Server) noRoute(mux *http.ServeMux) answer {
	return func(w http.ResponseWriter, r *request) error {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method) {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			return errNotFound
		}
		if allowed[0] == http.MethodGet {
			allowed = append(allowed, http.MethodHead) // ServeMux answers it by GET
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return s.wrongMethod(w, r)
	}
}
