package handlers

import (
	"net/http"
	"strconv"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/views"
)

const (
	eventsPerPage = 50
	countLimit    = 10_000
)

// events shows the audit log, newest first, fifty rows a page.
func (s *Server) events(w http.ResponseWriter, r *request) error {
	if err := s.noteView(r); err != nil {
		return err
	}
	q := parseEventQuery(r.URL.Query())
	page, err := s.eventsPage(w, r, q)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(q.problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	if r.partial() {
		return s.show(w, r, status, views.EventsResults(page))
	}
	return s.show(w, r, status, views.Events(page))
}

// noteView records once an hour and session that the log is read.
func (s *Server) noteView(r *request) error {
	if !s.viewed.first(r.session.ID, s.Store.Now()) {
		return nil
	}
	err := s.Accounts.Viewed(r.detached(), r.actor())
	if err != nil {
		s.viewed.undo(r.session.ID)
	}
	return err
}

func (s *Server) eventsPage(w http.ResponseWriter, r *request, q *eventQuery) (views.EventsPage, error) {
	q.page.Limit = eventsPerPage + 1
	found, err := s.Store.Events(r.Context(), q.filter, q.page)
	if err != nil {
		return views.EventsPage{}, err
	}
	found, older, newer := cut(found, eventsPerPage, q.page.Older != 0, q.page.Newer != 0)
	page := views.EventsPage{
		Chrome: s.chrome(w, r, "The book", "audit"),
		Rows:   s.eventRows(found, q),
		Export: q.url("/admin/events/export", "format", "ndjson"),
		SignIn: s.URL.JoinPath("/signin").String(),
	}
	if older {
		page.Older = q.url("/admin/events", "older", found[len(found)-1].ID.String())
	}
	if newer {
		page.Newer = q.url("/admin/events", "newer", found[0].ID.String())
	}
	for _, problem := range q.problems {
		page.Problem += problem + " "
	}
	return page, s.describe(r, q, &page)
}

// describe fills in what surrounds the rows: the count, the figures, the form
// and the chips.
func (s *Server) describe(r *request, q *eventQuery, page *views.EventsPage) error {
	n, err := s.Store.CountEvents(r.Context(), q.filter, countLimit+1)
	if err != nil {
		return err
	}
	page.Count = countWords(n)
	page.Empty = n == 0 && len(q.values) == 0
	if page.Strip, err = s.figures(r, q); err != nil {
		return err
	}
	names := map[string]string{}
	if q.filter.Account != 0 {
		if a, err := s.Store.Account(r.Context(), q.filter.Account); err == nil {
			names["account"] = a.Name
		}
	}
	if q.filter.Provider != "" {
		names["provider"], _, _ = s.providerLook(q.filter.Provider)
	}
	if q.filter.Kind != 0 {
		names["kind"] = kindsInWords[q.filter.Kind].done
	}
	page.Chips = q.chips(s, names)
	page.Filter, err = s.filterForm(r, q)
	page.Filter.AccountName = names["account"]
	return err
}

func countWords(n int) string {
	switch {
	case n > countLimit:
		return thousands(countLimit) + "+ events"
	case n == 1:
		return "1 event"
	}
	return thousands(int64(n)) + " events"
}

// thousands writes a number with commas.
func thousands[T int | int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// figures are the five numbers over the log, summed from the daily roll-up for
// the filter's days; other filters do not change them.
func (s *Server) figures(r *request, q *eventQuery) ([]views.Figure, error) {
	counts, err := s.Store.CountByKind(r.Context(), q.filter.From, q.filter.To)
	if err != nil {
		return nil, err
	}
	sum := func(kind event.Kind, outcome event.Outcome) (n int64) {
		for _, c := range counts {
			if c.Outcome == outcome && (kind == 0 || c.Kind == kind) {
				n += c.N
			}
		}
		return n
	}
	figure := func(kind event.Kind, outcome event.Outcome, label string) views.Figure {
		word := ""
		if kind != 0 {
			word = kind.String()
		}
		return views.Figure{
			Number: thousands(sum(kind, outcome)),
			Label:  label,
			Href:   q.url("/admin/events", "kind", word, "outcome", outcome.String()),
		}
	}
	return []views.Figure{
		figure(event.KindSessionSignin, event.Success, "sign-ins"),
		figure(0, event.Failure, "refused"),
		figure(event.KindIdentityLink, event.Success, "links"),
		figure(event.KindIdentityUnlink, event.Success, "unlinks"),
		figure(event.KindAccountCreate, event.Success, "new people"),
	}, nil
}

func (s *Server) filterForm(r *request, q *eventQuery) (views.EventFilter, error) {
	form := views.EventFilter{
		Q:        q.values.Get("q"),
		Kind:     q.values.Get("kind"),
		Outcome:  q.values.Get("outcome"),
		Reason:   q.values.Get("reason"),
		Provider: q.values.Get("provider"),
		Account:  q.values.Get("account"),
		IP:       q.values.Get("ip"),
		From:     q.values.Get("from"),
		To:       q.values.Get("to"),
	}
	for _, k := range event.Kinds() {
		form.Kinds = append(form.Kinds, views.Option{Value: k.String(), Label: kindsInWords[k].done, Selected: k == q.filter.Kind})
	}
	for _, o := range []event.Outcome{event.Success, event.Failure} {
		chosen := q.filter.Outcome != nil && *q.filter.Outcome == o
		form.Outcomes = append(form.Outcomes, views.Option{Value: o.String(), Label: outcomeWords[o], Selected: chosen})
	}
	list, err := s.Store.Providers(r.Context())
	for _, id := range list {
		label, _, _ := s.providerLook(id)
		form.Providers = append(form.Providers, views.Option{Value: id, Label: label, Selected: id == q.filter.Provider})
	}
	return form, err
}

var outcomeWords = map[event.Outcome]string{event.Success: "Came about", event.Failure: "Refused or failed"}

// eventRows are events as the admin's ledger shows them: each person, provider
// and address is a filter.
func (s *Server) eventRows(events []db.Event, q *eventQuery) []views.EventRow {
	rows := make([]views.EventRow, 0, len(events))
	for _, e := range events {
		row := s.eventRow(e)
		row.Href = "/admin/events/" + e.ID.String()
		if e.Account != 0 {
			row.PersonHref = q.url("/admin/events", "account", e.Account.String())
		}
		if e.Provider != "" {
			row.ProviderHref = q.url("/admin/events", "provider", e.Provider)
		}
		if row.IP != "" {
			row.IPHref = q.url("/admin/events", "ip", row.IP)
		}
		rows = append(rows, row)
	}
	return rows
}

// ownRows are events as a person's own ledger shows them.
func (s *Server) ownRows(events []db.Event) []views.EventRow {
	var rows []views.EventRow
	for _, e := range events {
		rows = append(rows, s.eventRow(e))
	}
	return rows
}

func (s *Server) eventRow(e db.Event) views.EventRow {
	row := views.EventRow{
		ID:     e.ID.String(),
		When:   stamp(e.At, s.Store.Now()),
		Reason: shortReason(e.Reason),
		Person: personOf(e),
		Email:  e.Email,
		Device: device(e.UserAgent),
		Count:  int(e.Count),
	}
	row.Glyph, row.Tone, row.Text = inWords(e)
	if e.Provider != "" {
		row.Provider, row.Logo, _ = s.providerLook(e.Provider)
	}
	if e.IP.IsValid() {
		row.IP = e.IP.String()
	}
	if row.Person == row.Email {
		row.Email = ""
	}
	return row
}

// personOf names whom an event is about, as far as anybody was proved or
// claimed to be.
func personOf(e db.Event) string {
	// A name comes from a provider and may be anything; that of a proved account
	// is the one that the admin knows.
	for _, name := range []string{e.AccountName, e.Name, e.Handle, e.Email} {
		if name != "" {
			return name
		}
	}
	switch e.ActorKind {
	case event.System:
		return "Gatebook"
	case event.CommandLine:
		return "Command line"
	}
	return "Nobody known"
}
