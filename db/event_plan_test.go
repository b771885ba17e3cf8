package db

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
)

// TestA13_NoSort asks SQLite how it reads a page's ids: an index in the order
// of the page, never a sort over what matched. And it names the index.
func TestA13_NoSort(t *testing.T) {
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "gatebook.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	success, failure, day := event.Success, event.Failure, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, index string
		f           EventFilter
	}{
		{"nothing", "", EventFilter{}},
		{"account", "events_account", EventFilter{Account: 7}},
		{"identity", "events_identity", EventFilter{Identity: 7}},
		{"attempt", "events_attempt", EventFilter{Attempt: 7}},
		{"provider", "events_provider", EventFilter{Provider: "github"}},
		{"rare kind", "events_kind", EventFilter{Kind: event.KindIdentityLink}},
		{"common kind", "", EventFilter{Kind: event.KindSessionSignin}},
		{"failure", "events_failure", EventFilter{Outcome: &failure}},
		{"success", "", EventFilter{Outcome: &success}},
		{"reason of a failure", "events_reason", EventFilter{Outcome: &failure, Reason: event.ReasonStateMismatch}},
		{"failure at a provider", "events_provider_failure", EventFilter{Outcome: &failure, Provider: "github"}},
		{"rare kind at a provider", "events_provider_kind", EventFilter{Kind: event.KindIdentityLink, Provider: "github"}},
		{"exact ip", "events_ip", EventFilter{IP: netip.MustParsePrefix("192.0.2.1/32")}},
		{"time", "PRIMARY KEY", EventFilter{From: day, To: day.AddDate(0, 0, 1)}},
		{"account in time", "events_account", EventFilter{Account: 7, From: day, To: day.AddDate(0, 0, 1)}},
	}
	for _, test := range tests {
		for _, page := range []EventPage{{Limit: 50}, {Older: 99, Limit: 50}, {Newer: 99, Limit: 50}} {
			text, args := test.f.pageIDs(page)
			plan := explain(t, s, text, args)
			if strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, test.index) {
				t.Errorf("%s %+v: want %q and no sort:\n%s\n%s", test.name, page, test.index, text, plan)
			}
		}
	}
}

func explain(t *testing.T, s *Store, text string, args []any) string {
	t.Helper()
	rows, err := s.read.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String()
}
