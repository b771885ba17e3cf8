package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/views"
)

const relatedEvents = 20

// event shows one event: what happened, how it was decided, and all that was
// written down.
func (s *Server) event(w http.ResponseWriter, r *request) error {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return errNotFound
	}
	e, err := s.Store.Event(r.Context(), id)
	if err != nil {
		return err
	}
	if err := s.noteView(r); err != nil {
		return err
	}
	q := parseEventQuery(nil)
	page := views.EventPage{
		Chrome:  s.chrome(w, r, "An event", "audit"),
		Row:     s.eventRows([]db.Event{e}, q)[0],
		Summary: s.summary(e),
		Path:    decisionPath(e),
		Fields:  s.fields(e, q),
		Back:    "/admin/events",
	}
	if e.Attempt != 0 {
		related, err := s.Store.Events(r.Context(), db.EventFilter{Attempt: e.Attempt}, db.EventPage{Limit: relatedEvents})
		if err != nil {
			return err
		}
		for _, other := range related {
			if other.ID != e.ID {
				page.Related = append(page.Related, s.eventRows([]db.Event{other}, q)...)
			}
		}
	}
	return s.show(w, r, http.StatusOK, views.Event(page))
}

// summary says in a sentence who did what, where and when.
func (s *Server) summary(e db.Event) string {
	_, _, text := inWords(e)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", personOf(e), lowerFirst(text))
	if e.Provider != "" {
		label, _, _ := s.providerLook(e.Provider)
		fmt.Fprintf(&b, " with %s", label)
	}
	fmt.Fprintf(&b, " on %s", e.At.Format("2 January 2006 at 15:04:05 UTC"))
	if e.IP.IsValid() {
		fmt.Fprintf(&b, " from %s", e.IP)
	}
	b.WriteString(".")
	if words := adminWords(e.Reason); words != "" {
		b.WriteString(" " + words)
	}
	return b.String()
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// decisionPath is what was checked, which rule matched, and what came of it.
func decisionPath(e db.Event) []views.Step {
	path := checkSteps(e.Detail)
	if rule, ok := ruleWords[accounts.Rule(e.Detail.Rule)]; ok {
		path = append(path, views.Step{Glyph: "→", Tone: "quiet", Text: rule, Detail: e.Detail.Policy})
	}
	if len(path) == 0 && e.Outcome == event.Success {
		return nil
	}
	glyph, tone, text := inWords(e)
	return append(path, views.Step{Glyph: glyph, Tone: tone, Text: text, Detail: adminWords(e.Reason)})
}

// checkSteps are what was checked before the decision.
func checkSteps(d db.Detail) []views.Step {
	var path []views.Step
	for _, check := range d.Checks {
		path = append(path, views.Step{Glyph: "✓", Tone: "ok", Text: upperFirst(check)})
	}
	if d.Check != "" {
		path = append(path, views.Step{Glyph: "✕", Tone: "bad", Text: "ID token check failed: " + d.Check})
	}
	if d.Email != "" && !tellsOfEmail(d.Checks) {
		path = append(path, emailStep(d))
	}
	return path
}

// tellsOfEmail says whether one of the checks was about the address already.
func tellsOfEmail(checks []string) bool {
	return slices.ContainsFunc(checks, func(c string) bool { return strings.Contains(c, "e-mail address") })
}

func emailStep(d db.Detail) views.Step {
	switch d.Email {
	case "verified":
		return views.Step{Glyph: "✓", Tone: "ok", Text: "The address is verified", Detail: "By " + d.By + "."}
	case "unverified":
		return views.Step{Glyph: "·", Tone: "quiet", Text: "The address is not verified", Detail: "So it was not looked up and decides nothing."}
	}
	return views.Step{Glyph: "·", Tone: "quiet", Text: "No address came along"}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// fields are everything that was written down, for people first and then for
// machines.
func (s *Server) fields(e db.Event, q *eventQuery) []views.Field {
	var out []views.Field
	add := func(label, value, filter string, mono bool) {
		if value == "" {
			return
		}
		f := views.Field{Label: label, Value: value, Mono: mono}
		if filter != "" {
			f.Href = q.url("/admin/events", filter, value)
		}
		out = append(out, f)
	}
	add("When", e.At.Format("Monday 2 January 2006, 15:04:05.000000 UTC"), "", false)
	add("Outcome", outcomeWords[e.Outcome], "", false)
	add("Name", e.Name, "", false)
	add("E-mail", e.Email, "", false)
	add("Handle", e.Handle, "", false)
	add("Device", device(e.UserAgent), "", false)
	add("Asked for a renewed sign-in", reauthWords[e.Detail.Reauth], "", false)
	add("Note", e.Detail.Note, "", false)
	add("Format", e.Detail.Format, "", false)
	add("Kind", e.Kind.String(), "kind", true)
	add("Reason", e.Reason.String(), "reason", true)
	add("Provider", e.Provider, "provider", true)
	add("Account", e.Account.String(), "account", true)
	add("Identity", e.Identity.String(), "identity", true)
	add("Attempt", e.Attempt.String(), "attempt", true)
	if e.IP.IsValid() {
		add("IP address", e.IP.String(), "ip", true)
	}
	add("User agent", e.UserAgent, "", true)
	add("Actor", strings.TrimSpace(e.ActorKind.String()+" "+e.Actor.String()), "", true)
	add("Session", e.Session.String(), "", true)
	if e.Target != 0 {
		add("Target", e.TargetKind.String()+" "+e.Target.String(), "", true)
	}
	add("Request", e.RequestID, "", true)
	if e.Detail.Status != 0 {
		add("Provider's status", strconv.Itoa(e.Detail.Status), "", true)
	}
	add("Filter", e.Detail.Filter, "", true)
	add("Place in the chain", strconv.FormatInt(e.Seq, 10), "", true)
	add("Hash", e.Hash(), "", true)
	return out
}

var reauthWords = map[string]string{
	"proved": "Yes, and the provider said when the person proved themselves.",
	"asked":  "Yes, but the provider does not say whether it happened.",
}
