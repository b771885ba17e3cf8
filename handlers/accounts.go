package handlers

import (
	"net/http"
	"net/url"

	"gatebook/db"
	"gatebook/handlers/accounts"
	"gatebook/views"
)

const accountsPerPage = 50

// people lists the accounts, newest first.
func (s *Server) people(w http.ResponseWriter, r *request) error {
	asked := r.URL.Query()
	page := db.AccountPage{Limit: accountsPerPage + 1, Text: cleanHeader(asked.Get("q"), maxFilterText)}
	page.Older, _ = db.ParseID(asked.Get("older"))
	page.Newer, _ = db.ParseID(asked.Get("newer"))
	found, err := s.Store.Accounts(r.Context(), page)
	if err != nil {
		return err
	}
	out := views.AccountsPage{Chrome: s.chrome(w, r, "People", "people"), Q: page.Text}
	found, older, newer := cut(found, accountsPerPage, page.Older != 0, page.Newer != 0)
	if older {
		out.Older = peopleURL(page.Text, "older", found[len(found)-1].ID)
	}
	if newer {
		out.Newer = peopleURL(page.Text, "newer", found[0].ID)
	}
	for _, a := range found {
		row, err := s.accountRow(r, a)
		if err != nil {
			return err
		}
		out.Rows = append(out.Rows, row)
	}
	return s.show(w, r, http.StatusOK, views.Accounts(out))
}

// peopleURL is the address of a neighbouring page of the same search.
func peopleURL(text, cursor string, id db.ID) string {
	values := url.Values{cursor: {id.String()}}
	if text != "" {
		values.Set("q", text)
	}
	return "/admin/accounts?" + values.Encode()
}

// cut takes the extra row off a page that was read one row too far, and says
// on which sides there is more.
func cut[T any](found []T, limit int, fromOlder, fromNewer bool) (page []T, older, newer bool) {
	more := len(found) > limit
	switch {
	case fromNewer && more:
		return found[1:], true, true
	case fromNewer:
		return found, len(found) > 0, false
	case more:
		return found[:limit], true, fromOlder
	}
	return found, false, fromOlder && len(found) > 0
}

func (s *Server) accountRow(r *request, a db.Account) (views.AccountRow, error) {
	now := s.Store.Now()
	row := views.AccountRow{
		ID:         a.ID.String(),
		Name:       a.Name,
		Status:     a.Status.String(),
		EventsHref: "/admin/events?account=" + a.ID.String(),
		Admin:      a.Admin,
		Created:    when(a.CreatedAt, now),
		Seen:       when(a.LastSeenAt, now),
	}
	if a.Status == db.StatusPending {
		row.Actions = []views.Action{{Label: "Approve", Href: "/admin/accounts/" + a.ID.String() + "/approve", Post: true}}
	}
	own, err := s.Store.IdentitiesOf(r.Context(), a.ID)
	if err != nil {
		return row, err
	}
	for _, i := range own {
		label, logo, _ := s.providerLook(i.Key.Provider)
		row.Providers = append(row.Providers, views.Mark{Label: label, Logo: logo})
		if row.Email == "" || accounts.EmailState(i.EmailState) == accounts.EmailVerified {
			row.Email = i.Email
		}
	}
	return row, nil
}

// approve lets a pending account in.
func (s *Server) approve(w http.ResponseWriter, r *request) error {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return errNotFound
	}
	a, err := s.Store.Account(r.Context(), id)
	if err != nil {
		return err
	}
	if err := s.Accounts.Approve(r.detached(), r.actor(), id); err != nil {
		return err
	}
	if a.Status == db.StatusPending {
		s.leaveFlash(w, "approved", id.String())
	}
	return s.redirect(w, r, "/admin/accounts")
}
