package handlers

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatebook/db"
	"gatebook/db/event"
)

func TestExport(t *testing.T) {
	g, boss := bookOf(t, 1100) // more than one page of the store
	before := g.events()
	p := boss.get("/admin/events/export?provider=forge&outcome=failure&format=ndjson")
	if p.status != http.StatusOK || p.header.Get("Content-Type") != "application/x-ndjson; charset=utf-8" ||
		!strings.HasPrefix(p.header.Get("Content-Disposition"), `attachment; filename="gatebook-events-20`) {
		t.Errorf("%d %v", p.status, p.header)
	}
	e := g.left("audit.export success")[0]
	if e.Detail.Format != "ndjson" || e.Detail.Filter != "outcome=failure&provider=forge" || e.Account != g.named("Guest 1").ID {
		t.Errorf("the export's event: %+v", e.Detail)
	}
	want := idsOf(byID(before), func(e db.Event) bool { return e.Provider == "forge" && e.Outcome == event.Failure })
	lines := exported(t, p.body)
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	byID := map[string]db.Event{}
	for _, e := range before {
		byID[e.ID.String()] = e
	}
	for i, line := range lines {
		e := byID[line.ID]
		if line.ID != want[i] || line.Hash != e.Hash() || line.Seq != e.Seq || line.Name != e.Name || line.Reason != e.Reason.String() || line.IP != e.IP.String() {
			t.Errorf("line %d: %+v", i, line)
		}
	}
	all := exported(t, boss.get("/admin/events/export").body)
	if len(all) != len(before)+2 {
		t.Errorf("everything is %d lines, want %d", len(all), len(before)+2)
	}
	g.left("audit.export success")
	for _, format := range []string{"csv", "../x", "NDJSON"} {
		if p := boss.get("/admin/events/export?format=" + url.QueryEscape(format)); p.status != http.StatusNotFound {
			t.Errorf("format %q: %d", format, p.status)
		}
	}
	g.left()
}

// TestA07_OneLineAnEvent exports texts that try to be several lines.
func TestA07_OneLineAnEvent(t *testing.T) {
	g := openGate(t)
	boss := g.admin()
	actor := db.Actor{UserAgent: "x\r\n2026-11-21 session.signin success\x1b[2J\u202e\u2028"}
	err := g.Store.InTx(context.Background(), actor, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Name: "a\nb\r\n{\"id\":\"forged\"}", Email: "\u2028@x", Handle: "\x00"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	body := boss.get("/admin/events/export").body
	if n := strings.Count(body, "\n"); n != len(g.events()) || strings.ContainsAny(body, "\r\x1b\x00\u2028") {
		t.Errorf("%d lines for %d events", n, len(g.events()))
	}
	exported(t, body)
}

func TestExportCommand(t *testing.T) {
	g, _ := bookOf(t, 0)
	var out bytes.Buffer
	n, err := Export(context.Background(), g.Store, g.Accounts, url.Values{"provider": {"gone"}, "q": {""}, "kind": {""}}, &out)
	if err != nil || n != 10 || len(exported(t, out.String())) != 10 {
		t.Errorf("%d, %v", n, err)
	}
	if e := g.left("audit.export success")[0]; e.ActorKind != event.CommandLine || e.Detail.Filter != "provider=gone" {
		t.Errorf("%s %+v", e.ActorKind, e.Detail)
	}
	out.Reset()
	if _, err := Export(context.Background(), g.Store, g.Accounts, url.Values{"kind": {"nonsense"}, "ip": {"x"}}, &out); err == nil ||
		!strings.Contains(err.Error(), "kind") || !strings.Contains(err.Error(), "ip") || out.Len() > 0 {
		t.Errorf("%v", err)
	}
	g.left()
}
