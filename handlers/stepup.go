package handlers

import (
	"net/http"

	"gatebook/db"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// stepUp asks a person who is signed in to prove once more that it is they.
func (s *Server) stepUp(w http.ResponseWriter, r *request) error {
	back := localPath(r.URL.Query().Get("return"))
	if s.Accounts.Fresh(*r.session) {
		return s.redirect(w, r, back)
	}
	own, err := s.Store.IdentitiesOf(r.Context(), r.account.ID)
	if err != nil {
		return err
	}
	linked := map[string]bool{}
	for _, i := range own {
		linked[i.Key.Provider] = true
	}
	var ways []*providers.Provider
	for _, p := range s.Providers.List() {
		if linked[p.ID()] {
			ways = append(ways, p)
		}
	}
	return s.show(w, r, http.StatusOK, views.StepUp(views.StepUpPage{
		Chrome:  s.chrome(w, r, "Is it still you?", ""),
		Why:     "What comes next changes who can get in, so it needs a sign-in from the last few minutes.",
		Buttons: s.buttons(r, "/stepup/", back, ways),
		Cancel:  "/account",
	}))
}

// startStepUp begins the trip that renews the session's proof.
func (s *Server) startStepUp(w http.ResponseWriter, r *request) error {
	return s.start(w, r, db.Attempt{
		Intent:     string(accounts.IntentStepUp),
		ReturnPath: localPath(r.PostFormValue("return")),
	}, providers.StartOptions{Fresh: true})
}
