package handlers

import (
	"net/http"
	"slices"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/views"
)

const maxCallbackBody = 16 << 10 // bytes

// repostMark tells a form that our own page sent on from the provider's.
const repostMark = "reposted"

// repostFields are what a form_post callback may carry (OAuth 2.0 Form Post
// Response Mode §2; "user" is Apple's, sent the first time only).
var repostFields = []string{"code", "state", "iss", "user", "error", "id_token"}

// callbackPost answers the kinds whose callback is a form. The browser sends
// it from the provider's site, so without our cookies, and nothing is done with
// it but to have our own page send it again: that request has the cookies, and
// is held to this origin.
func (s *Server) callbackPost(w http.ResponseWriter, r *request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	if !p.Kind().FormPost {
		w.Header().Set("Allow", "GET, HEAD")
		return s.wrongMethod(w, r)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxCallbackBody)
	if err := r.ParseForm(); err != nil {
		return &accounts.Denied{Reason: event.ReasonCallbackMalformed}
	}
	if r.PostForm.Has(repostMark) {
		if !s.fromOurselves(r) {
			return &accounts.Denied{Reason: event.ReasonCSRF}
		}
		r.PostForm.Del(repostMark)
		return s.returned(w, r, p, r.PostForm)
	}
	page := views.RepostPage{
		Chrome:   s.chrome(w, r, "Back from "+p.Label(), ""),
		Provider: p.Label(),
		Logo:     s.logoOf(p),
		Action:   "/signin/" + p.ID() + "/callback",
		Fields:   []views.Pair{{Name: repostMark, Value: "yes"}},
	}
	for name, values := range r.PostForm {
		for _, value := range values {
			if slices.Contains(repostFields, name) {
				page.Fields = append(page.Fields, views.Pair{Name: name, Value: value})
			}
		}
	}
	return s.show(w, r, http.StatusOK, views.Repost(page))
}

// fromOurselves says whether a page of this site sent the request.
func (s *Server) fromOurselves(r *request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return r.Header.Get("Origin") == s.URL.Scheme+"://"+s.URL.Host
}
