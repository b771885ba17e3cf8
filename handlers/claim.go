package handlers

import (
	"net/http"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// claim shows the holder of the claim link the ways to become the first admin.
// Looking changes nothing.
func (s *Server) claim(w http.ResponseWriter, r *request) error {
	code, err := s.openClaim(r)
	if err != nil {
		return err
	}
	page := views.ClaimPage{Chrome: s.chrome(w, r, "Become the first admin", "")}
	page.Buttons = s.buttons(r, "/claim/"+code+"/", "", s.Providers.List())
	return s.show(w, r, http.StatusOK, views.Claim(page))
}

// startClaim begins the trip by which the link is redeemed.
func (s *Server) startClaim(w http.ResponseWriter, r *request) error {
	code, err := s.openClaim(r)
	if err != nil {
		return err
	}
	return s.start(w, r, db.Attempt{
		Intent:     string(accounts.IntentClaim),
		ReturnPath: "/admin/events",
		ClaimHash:  accounts.HashSecret(code),
	}, providers.StartOptions{})
}

// openClaim is the path's code, if it could be redeemed now.
func (s *Server) openClaim(r *request) (string, error) {
	if !s.limits.start(r.ip, r.signedIn()) {
		return "", &accounts.Denied{Reason: event.ReasonRateLimited}
	}
	code := r.PathValue("code")
	open, err := s.Accounts.ClaimOpen(r.Context(), code)
	if err == nil && !open {
		err = &accounts.Denied{Reason: event.ReasonClaimInvalid}
	}
	return code, err
}
