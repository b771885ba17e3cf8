package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gatebook/db"
	"gatebook/handlers"
	"gatebook/handlers/accounts"
)

// benchAudit measures the audit page, filter by filter, on logs of several
// sizes made by the real code.
func benchAudit(ctx context.Context, dir string, s sizes) error {
	for _, n := range s.events {
		if err := benchLog(ctx, dir, n, s.reads); err != nil {
			return err
		}
	}
	return nil
}

func benchLog(ctx context.Context, dir string, n, reads int) error {
	path := filepath.Join(dir, fmt.Sprintf("audit-%d.db", n))
	p, err := openProgram(ctx, path)
	if err != nil {
		return err
	}
	defer p.Close()
	began := time.Now()
	if err := p.WritePast(ctx, []string{"harbor", "meadow", "forge"}, n, io.Discard); err != nil {
		return err
	}
	wrote := time.Since(began)
	token, err := newAdmin(ctx, p.Store)
	if err != nil {
		return err
	}
	began = time.Now()
	verified, err := p.Store.VerifyChain(ctx)
	if err != nil {
		return err
	}
	took := time.Since(began)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	heading(fmt.Sprintf("Audit page at %d events (%.0f bytes an event with everything; written at %.0f/s; chain verified at %.0f/s)",
		n, float64(info.Size())/float64(n), float64(n)/wrote.Seconds(), float64(verified)/took.Seconds()))
	filters, err := filtersOf(ctx, p.Store)
	if err != nil {
		return err
	}
	fmt.Printf("%-24s %12s %12s %12s %12s %10s\n", "filter", "store p50", "store p99", "page p50", "page p99", "× newest")
	var newest time.Duration
	for _, f := range filters {
		store, page, err := f.measure(ctx, p, token, reads)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if newest == 0 {
			newest = quantile(store, .5)
		}
		fmt.Printf("%-24s %9.2f ms %9.2f ms %9.2f ms %9.2f ms %10.2f\n", f.name, ms(quantile(store, .5)), ms(quantile(store, .99)),
			ms(quantile(page, .5)), ms(quantile(page, .99)), float64(quantile(store, .5))/float64(newest))
	}
	return nil
}

// openProgram opens a whole Gatebook that is not served.
func openProgram(ctx context.Context, path string) (*handlers.Program, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return handlers.Open(ctx, handlers.Config{
		URL:             &url.URL{Scheme: "http", Host: l.Addr().String()},
		DB:              path,
		Policy:          accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk},
		SessionLifetime: time.Hour,
		StepUp:          10 * time.Minute,
		SiteName:        "Gatebook",
	}, handlers.ProgramOptions{Listener: l})
}

// filter is one question, as the page asks it.
type filter struct {
	name  string
	query url.Values
}

// filtersOf makes a question of each sort, about what the log holds.
func filtersOf(ctx context.Context, store *db.Store) ([]filter, error) {
	some, err := store.Events(ctx, db.EventFilter{}, db.EventPage{Limit: 50})
	if err != nil {
		return nil, err
	}
	e := some[len(some)-1]
	for _, other := range some {
		if other.Account != 0 && other.Provider != "" && other.IP.IsValid() {
			e = other
		}
	}
	return []filter{
		{"newest page", url.Values{}},
		{"keyset, older", url.Values{"older": {e.ID.String()}}},
		{"account", url.Values{"account": {e.Account.String()}}},
		{"provider", url.Values{"provider": {e.Provider}}},
		{"kind (common)", url.Values{"kind": {"session.signin"}}},
		{"kind (rare)", url.Values{"kind": {"identity.unlink"}}},
		{"outcome failure", url.Values{"outcome": {"failure"}}},
		{"ip", url.Values{"ip": {e.IP.String()}}},
		{"a day", url.Values{"from": {e.At.Format(time.DateOnly)}, "to": {e.At.Format(time.DateOnly)}}},
		{"provider and failure", url.Values{"provider": {e.Provider}, "outcome": {"failure"}}},
		{"text (a name)", url.Values{"q": {e.Name}}},
		{"text (nobody)", url.Values{"q": {"zzzzqq"}}},
	}, nil
}

// measure times the store's part and the whole page.
func (f filter) measure(ctx context.Context, p *handlers.Program, token string, reads int) (store, page []time.Duration, err error) {
	for range reads {
		took, err := handlers.TimeEvents(ctx, p.Store, f.query)
		if err != nil {
			return nil, nil, err
		}
		store = append(store, took)
	}
	ask := httptest.NewRequest(http.MethodGet, "/admin/events?"+f.query.Encode(), nil)
	ask.Host = p.Addr().String()
	ask.Header.Set("Cookie", "gatebook_session="+token)
	ask.Header.Set("Accept-Encoding", "gzip")
	for range reads {
		answer := httptest.NewRecorder()
		began := time.Now()
		p.Server.ServeHTTP(answer, ask)
		page = append(page, time.Since(began))
		if answer.Code != http.StatusOK {
			return nil, nil, fmt.Errorf("the page answered %d", answer.Code)
		}
	}
	return store, page, nil
}
