package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// exportedEvent is an event as one line of NDJSON. Names and words are stable.
type exportedEvent struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"`
	At        string    `json:"at"`
	Kind      string    `json:"kind"`
	Outcome   string    `json:"outcome"`
	Reason    string    `json:"reason,omitempty"`
	Provider  string    `json:"provider,omitempty"`
	Account   string    `json:"account,omitempty"`
	Identity  string    `json:"identity,omitempty"`
	Actor     string    `json:"actor"`
	ActorID   string    `json:"actor_id,omitempty"`
	Session   string    `json:"session,omitempty"`
	Target    string    `json:"target,omitempty"`
	TargetID  string    `json:"target_id,omitempty"`
	Attempt   string    `json:"attempt,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Count     int64     `json:"count"`
	Name      string    `json:"name,omitempty"`
	Email     string    `json:"email,omitempty"`
	Handle    string    `json:"handle,omitempty"`
	IP        string    `json:"ip,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	Detail    db.Detail `json:"detail"`
	Hash      string    `json:"hash"`
}

func export(e db.Event) exportedEvent {
	line := exportedEvent{
		ID:        e.ID.String(),
		Seq:       e.Seq,
		At:        e.At.Format(time.RFC3339Nano),
		Kind:      e.Kind.String(),
		Outcome:   e.Outcome.String(),
		Reason:    e.Reason.String(),
		Provider:  e.Provider,
		Account:   e.Account.String(),
		Identity:  e.Identity.String(),
		Actor:     e.ActorKind.String(),
		ActorID:   e.Actor.String(),
		Session:   e.Session.String(),
		TargetID:  e.Target.String(),
		Attempt:   e.Attempt.String(),
		RequestID: e.RequestID,
		Count:     e.Count,
		Name:      e.Name,
		Email:     e.Email,
		Handle:    e.Handle,
		UserAgent: e.UserAgent,
		Detail:    e.Detail,
		Hash:      e.Hash(),
	}
	if e.TargetKind != event.NoTarget {
		line.Target = e.TargetKind.String()
	}
	if e.IP.IsValid() {
		line.IP = e.IP.String()
	}
	return line
}

// writeNDJSON writes the filtered events, newest first, one JSON object a
// line, and says how many it wrote. progress is called every 1,000 lines.
func writeNDJSON(ctx context.Context, store *db.Store, f db.EventFilter, w io.Writer, progress func()) (int64, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	var n int64
	err := store.EachEvent(ctx, f, func(e db.Event) error {
		if n++; n%1000 == 0 && progress != nil {
			progress()
		}
		return lines.Encode(export(e))
	})
	if err != nil {
		return n, err
	}
	return n, out.Flush()
}

// exportEvents streams the rows of a filter. That they leave is recorded
// before the first of them does.
func (s *Server) exportEvents(w http.ResponseWriter, r *request) error {
	if r.Method == http.MethodHead {
		return s.onlyGet(w, r)
	}
	// Following a link of another site must not write into the book.
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return &accounts.Denied{Reason: event.ReasonCSRF}
	}
	q := parseEventQuery(r.URL.Query())
	if len(q.problems) > 0 {
		return s.events(w, r)
	}
	if format := r.URL.Query().Get("format"); format != "" && format != "ndjson" {
		return errNotFound
	}
	if err := s.Accounts.Exported(r.detached(), r.actor(), "ndjson", q.values.Encode()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="gatebook-events-%s.ndjson"`, s.Store.Now().Format("20060102-150405")))
	deadline := http.NewResponseController(w)
	extend := func() { deadline.SetWriteDeadline(time.Now().Add(writeTimeout)) }
	extend()
	if n, err := writeNDJSON(r.Context(), s.Store, q.filter, w, extend); err != nil {
		// The status is sent: all that can still be said is that this is not all.
		s.Log.Warn("an export broke off", "request", r.id, "rows", n, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// Export writes the events of a filter, named as in the URL of the audit page,
// as NDJSON, and records that it did. The error names every filter that cannot
// be read.
func Export(ctx context.Context, store *db.Store, service *accounts.Service, filter url.Values, w io.Writer) (int64, error) {
	q := parseEventQuery(filter)
	if len(q.problems) > 0 {
		return 0, fmt.Errorf("bad filter: %s", q.problems)
	}
	actor := db.Actor{Kind: event.CommandLine}
	if err := service.Exported(ctx, actor, "ndjson", q.values.Encode()); err != nil {
		return 0, err
	}
	return writeNDJSON(ctx, store, q.filter, w, nil)
}
