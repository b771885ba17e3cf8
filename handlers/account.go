package handlers

import (
	"errors"
	"net/http"
	"strings"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
	"gatebook/views"
)

const lately = 10 // events on the account page

// account shows a person their ways in and what was written down lately.
func (s *Server) account(w http.ResponseWriter, r *request) error {
	own, err := s.Store.IdentitiesOf(r.Context(), r.account.ID)
	if err != nil {
		return err
	}
	events, err := s.Store.Events(r.Context(), db.EventFilter{Account: r.account.ID}, db.EventPage{Limit: lately})
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, views.Account(views.AccountPage{
		Chrome:     s.chrome(w, r, r.account.Name, "account"),
		Name:       r.account.Name,
		Since:      day(r.account.CreatedAt),
		Admin:      r.account.Admin,
		Identities: s.identityRows(own),
		Addable:    s.addable(r, own),
		Lately:     s.ownRows(events),
	}))
}

// identityRows are the ways in, each with what holds it back from unlinking.
func (s *Server) identityRows(own []db.Identity) []views.IdentityRow {
	now := s.Store.Now()
	var rows []views.IdentityRow
	for _, i := range own {
		label, logo, on := s.providerLook(i.Key.Provider)
		row := views.IdentityRow{
			ID:         i.ID.String(),
			Provider:   label,
			Logo:       logo,
			Handle:     i.Handle,
			Name:       i.Name,
			Email:      i.Email,
			EmailState: accounts.EmailState(i.EmailState).String(),
			Linked:     when(i.LinkedAt, now),
			Used:       when(i.UsedAt, now),
			UnlinkHref: "/account/identities/" + i.ID.String() + "/unlink",
			Off:        !on,
		}
		if accounts.DecideUnlink(i, i.AccountID, own, true, s.usable) == event.ReasonLastIdentity {
			row.Held = "Your last way in. Link another one first."
		}
		rows = append(rows, row)
	}
	return rows
}

// addable are the providers that could be linked, those without an identity
// here first: two of one provider are allowed, but rarely wanted.
func (s *Server) addable(r *request, own []db.Identity) []views.ProviderButton {
	has := map[string]bool{}
	for _, i := range own {
		has[i.Key.Provider] = true
	}
	var without, with []*providers.Provider
	for _, p := range s.Providers.List() {
		if has[p.ID()] {
			with = append(with, p)
		} else {
			without = append(without, p)
		}
	}
	buttons := s.buttons(r, "/account/link/", "", append(without, with...))
	for i := range buttons {
		if has[buttons[i].ID] {
			buttons[i].Label = "another " + buttons[i].Label
		}
	}
	return buttons
}

// usable says whether people can sign in with a provider today.
func (s *Server) usable(id string) bool {
	_, ok := s.Providers.Get(id)
	return ok
}

// providerLook is how a provider is shown, also one that is configured no
// more.
func (s *Server) providerLook(id string) (label, logo string, on bool) {
	if p, ok := s.Providers.Get(id); ok {
		return p.Label(), s.logoOf(p), true
	}
	return id, "", false
}

// logoOf is the icon of a provider: the operator's own, or its kind's. The
// demo's have icons of their own.
func (s *Server) logoOf(p *providers.Provider) string {
	switch {
	case p.Icon().Data != nil:
		return iconPath + p.ID()
	case s.Demo != nil:
		return p.ID()
	}
	if logo := strings.TrimSuffix(p.Logo(), ".svg"); logo != "" {
		return logo
	}
	return p.Kind().ID // most icons are named after their kind; else the page shows a letter
}

// startLink begins the trip that links another identity. The provider is asked
// to let the person choose: they are signed in there as somebody already.
func (s *Server) startLink(w http.ResponseWriter, r *request) error {
	return s.start(w, r, db.Attempt{
		Intent:     string(accounts.IntentLink),
		ReturnPath: "/account",
	}, providers.StartOptions{ChooseAccount: true})
}

// confirmUnlink asks before an identity is unlinked.
func (s *Server) confirmUnlink(w http.ResponseWriter, r *request) error {
	own, target, err := s.ownIdentity(r)
	if err != nil {
		return err
	}
	if why := accounts.DecideUnlink(target, r.account.ID, own, true, s.usable); why != event.ReasonNone {
		return &accounts.Denied{Reason: why}
	}
	label, _, _ := s.providerLook(target.Key.Provider)
	points := []string{"You cannot sign in with it any more, until you link it again.", "Sessions that it signed in end now."}
	if len(own) == 2 {
		points = append(points, "One way in will be left. You may want to add another.")
	}
	return s.show(w, r, http.StatusOK, views.Confirm(views.ConfirmPage{
		Chrome:  s.chrome(w, r, "Unlink "+label, "account"),
		Heading: "Unlink " + label + "?",
		Text:    identityName(target) + " will no longer be a way into this account.",
		Points:  points,
		Action:  r.URL.Path,
		Button:  "Unlink",
		Cancel:  "/account",
		Danger:  true,
	}))
}

// unlink removes an identity.
func (s *Server) unlink(w http.ResponseWriter, r *request) error {
	_, target, err := s.ownIdentity(r)
	if err != nil {
		return err
	}
	renew, token := s.renewal()
	if err := s.Accounts.Unlink(r.detached(), r.actor(), *r.session, target.ID, renew); err != nil {
		return err
	}
	s.giveSession(w, r, *token, r.session.ExpiresAt)
	s.leaveFlash(w, "unlinked", target.Key.Provider)
	return s.redirect(w, r, "/account")
}

// ownIdentity is the identity that the path names, among the person's own.
func (s *Server) ownIdentity(r *request) (own []db.Identity, target db.Identity, err error) {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return nil, target, errNotFound
	}
	if own, err = s.Store.IdentitiesOf(r.Context(), r.account.ID); err != nil {
		return nil, target, err
	}
	for _, i := range own {
		if i.ID == id {
			return own, i, nil
		}
	}
	return nil, target, errNotFound
}

// identityName is what a person calls an identity.
func identityName(i db.Identity) string {
	for _, name := range []string{i.Nickname, i.Handle, i.Email, i.Name} {
		if name != "" {
			return name
		}
	}
	return "It"
}

// signOut ends the session, and has the browser drop what it kept of it.
func (s *Server) signOut(w http.ResponseWriter, r *request) error {
	if err := s.Accounts.SignOut(r.detached(), r.actor(), *r.session); err != nil && !errors.Is(err, db.ErrEnded) {
		return err
	}
	s.dropSession(w, r)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.redirect(w, r, "/signin")
}

// waiting tells somebody who waits for approval where they stand.
func (s *Server) waiting(w http.ResponseWriter, r *request) error {
	if r.account.Status == db.StatusActive {
		return s.redirect(w, r, "/account")
	}
	page := views.WaitingPage{
		Chrome: s.chrome(w, r, "Waiting for approval", ""),
		Name:   r.account.Name,
		Since:  when(r.account.CreatedAt, s.Store.Now()),
	}
	own, err := s.Store.IdentitiesOf(r.Context(), r.account.ID)
	if err != nil {
		return err
	}
	if len(own) > 0 {
		page.Email = own[0].Email
		page.Provider, _, _ = s.providerLook(own[0].Key.Provider)
	}
	return s.show(w, r, http.StatusOK, views.Waiting(page))
}
