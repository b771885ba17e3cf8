package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/providers"
	"gatebook/views"
)

// providersPage shows an admin how each provider is set up and how it does.
func (s *Server) providersPage(w http.ResponseWriter, r *request) error {
	page := views.ProvidersPage{Chrome: s.chrome(w, r, "Providers", "providers")}
	for _, problem := range s.LeftOut {
		id, _, _ := strings.Cut(strings.TrimPrefix(problem.Setting, "providers."), ".")
		page.LeftOut = append(page.LeftOut, views.LeftOut{ID: id, Problem: problem.Error()})
	}
	for _, p := range s.Providers.List() {
		row, err := s.providerRow(r, p)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.show(w, r, http.StatusOK, views.Providers(page))
}

func (s *Server) providerRow(r *request, p *providers.Provider) (views.ProviderRow, error) {
	health := p.Health()
	row := views.ProviderRow{
		ID:    p.ID(),
		Label: p.Label(),
		Logo:  s.logoOf(p),
		State: stateNames[health.State],
		Tone:  stateTones[health.State],
		Why:   stateWords(health),
		Test:  "/admin/providers/" + p.ID() + "/test",
	}
	row.Fields = []views.Field{
		{Label: "Callback URL", Value: p.CallbackURL(), Mono: true},
		{Label: "Kind", Value: p.Kind().Label + ", at " + p.Host()},
		{Label: "Asks for", Value: strings.Join(p.Scopes(), ", ")},
		{Label: "PKCE", Value: yesNo(p.PKCE(), "Yes, S256", "No")},
		{Label: "Word on e-mail", Value: trustWords(p)},
	}
	record, err := s.providerRecord(r, p.ID())
	row.Fields = append(row.Fields, record...)
	return row, err
}

var stateNames = map[providers.State]string{
	providers.StateReady:         "ready",
	providers.StateDiscovering:   "not asked yet",
	providers.StateMisconfigured: "misconfigured",
	providers.StateDown:          "down",
}

var stateTones = map[providers.State]string{
	providers.StateReady:         "ok",
	providers.StateDiscovering:   "quiet",
	providers.StateMisconfigured: "bad",
	providers.StateDown:          "bad",
}

// stateWords say what a state means to an admin, "" for one that is well.
func stateWords(h providers.Health) string {
	switch h.State {
	case providers.StateMisconfigured, providers.StateDown:
		text := adminWords(h.Reason)
		if !h.Since.IsZero() {
			text += " It rests since " + h.Since.UTC().Format("15:04:05 UTC") + "; a trip tries it again every half minute."
		}
		return text
	}
	return ""
}

func trustWords(p *providers.Provider) string {
	if p.EmailTrust() == providers.TrustVerified {
		return "Counts where it says verified: " + p.TrustWhy() + "."
	}
	return "Never counts: " + p.TrustWhy() + "."
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// providerRecord is what the book says of a provider: the last success and
// failure, and the share of failures over the last day.
func (s *Server) providerRecord(r *request, id string) ([]views.Field, error) {
	now := s.Store.Now()
	var out []views.Field
	var day [2]int
	for _, outcome := range []event.Outcome{event.Success, event.Failure} {
		f := db.EventFilter{Provider: id, Kind: event.KindSessionSignin, Outcome: &outcome}
		last, err := s.Store.Events(r.Context(), f, db.EventPage{Limit: 1})
		if err != nil {
			return nil, err
		}
		field := views.Field{Label: "Last " + outcome.String(), Value: "None yet"}
		if len(last) > 0 {
			field.Value = strings.TrimSpace(last[0].At.UTC().Format("2 January 2006, 15:04:05 UTC") + " " + shortReason(last[0].Reason))
			field.Href = "/admin/events/" + last[0].ID.String()
		}
		out = append(out, field)
		f.From = now.Add(-24 * time.Hour)
		if day[outcome], err = s.Store.CountEvents(r.Context(), f, countLimit); err != nil {
			return nil, err
		}
	}
	total := day[event.Success] + day[event.Failure]
	share := "No sign-ins"
	if total > 0 {
		share = fmt.Sprintf("%s of %s sign-ins failed (%d %%)", thousands(day[event.Failure]), thousands(total), day[event.Failure]*100/total)
	}
	return append(out, views.Field{Label: "Last day", Value: share}), nil
}

// down says on a button why a provider cannot be used now, "" when it can.
func down(p *providers.Provider) string {
	if p.Health().State == providers.StateDown {
		return "Not answering just now. Other ways in work."
	}
	return ""
}
