package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/cases"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

var (
	oddNames = []string{"", "Ada", "ADA LOVELACE", "100%", "a_b", `back\slash`, "O'Brien", `"quoted"`, "Straße", "STRASSE", "ΣΊΣΥΦΟΣ",
		"İstanbul", "naïve", "日本語", "tab\tbed", strings.Repeat("long ", 2000), "%", "_", "ﬁne"}
	oddIPs = []string{"", "0.0.0.0", "192.0.2.0", "192.0.2.1", "192.0.2.127", "192.0.2.128", "192.0.2.255", "192.0.3.0",
		"255.255.255.255", "::", "::1", "2001:db8::", "2001:db8::ffff", "2001:db8:0:1::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
	oddStart = time.Date(2026, 10, 1, 23, 59, 59, 0, time.UTC)
)

func pick[T any](list ...T) T { return list[rand.IntN(len(list))] }

func ip(text string) netip.Addr {
	if text == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(text)
}

// randomLog fills a store with n events of few, odd values and returns them
// newest first.
func randomLog(t testing.TB, n int) (*db.Store, []db.Event) {
	t.Helper()
	s := dbtest.Open(t)
	var all []db.Event
	at := oddStart
	err := s.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
		for range n {
			at = at.Add(pick(0, time.Microsecond, time.Millisecond, 500*time.Microsecond, time.Second, time.Hour))
			tx.At(at, db.Actor{IP: ip(pick(oddIPs...)), UserAgent: pick("", "agent")})
			made, err := tx.Append(ctx, db.Event{
				Kind: pick(1, 1, 1, 1, event.KindIdentityLink, event.KindAuditView), Outcome: pick(0, 0, 0, event.Failure),
				Reason: pick(0, 0, event.ReasonSignedIn, event.ReasonStateMismatch), Provider: pick("", "github", "gitlab", "o'hara"),
				Account: pick[db.ID](0, 0, 1, 2, 3), Identity: pick[db.ID](0, 11, 12), Attempt: pick[db.ID](0, 21, 22),
				Count: pick[int64](0, 1, 7), Name: pick(oddNames...), Email: pick("", "a@x.test", "B_%@Y.test"), Handle: pick("", "ada", "Ünï"),
			})
			if err != nil {
				return err
			}
			all = append(all, made)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return s, all
}

func randomFilter() db.EventFilter {
	f := db.EventFilter{}
	some := func(set func()) {
		if rand.IntN(4) == 0 {
			set()
		}
	}
	some(func() {
		f.Kind = pick(event.KindSessionSignin, event.KindIdentityLink, event.KindAuditView, event.KindSystemStop)
	})
	some(func() { o := pick(event.Success, event.Failure); f.Outcome = &o })
	some(func() { f.Reason = pick(event.ReasonSignedIn, event.ReasonStateMismatch, event.ReasonPanic) })
	some(func() { f.Provider = pick("github", "o'hara", "nowhere", "GITHUB") })
	some(func() { f.Account = pick[db.ID](1, 2, 99) })
	some(func() { f.Identity = pick[db.ID](11, 12) })
	some(func() { f.Attempt = pick[db.ID](21, 99) })
	some(func() {
		addr := ip(pick(oddIPs[1:]...))
		f.IP = netip.PrefixFrom(addr, pick(0, 1, addr.BitLen()/4, addr.BitLen()*3/4, addr.BitLen()-7, addr.BitLen()))
	})
	some(func() { f.Text = pick(oddTexts...) })
	at := func() time.Time { return oddStart.Add(time.Duration(rand.Int64N(int64(600 * time.Hour)))) }
	some(func() { f.From = at() })
	some(func() { f.To = at() })
	return f
}

var oddTexts = []string{"ada", "ADA", "%", "_", `\`, "0%", "a_b", "'", "' OR 1=1 --", `"`, "strasse", "STRAßE", "σίσυφος", "i̇", "本",
	"NAÏVE", " ada ", "   ", "x.test", "long long", "fi", "nobody", "\t", strings.Repeat("long ", 1999), strings.Repeat("%_", 5000)}

// matches is the oracle: the filter as plain Go over the event.
func matches(f db.EventFilter, e db.Event) bool {
	has := func(value string) bool {
		fold := cases.Fold()
		return strings.Contains(fold.String(value), fold.String(strings.TrimSpace(f.Text)))
	}
	ms := e.At.UnixMilli()
	switch {
	case f.Kind != 0 && e.Kind != f.Kind,
		f.Outcome != nil && e.Outcome != *f.Outcome,
		f.Reason != 0 && e.Reason != f.Reason,
		f.Provider != "" && e.Provider != f.Provider,
		f.Account != 0 && e.Account != f.Account,
		f.Identity != 0 && e.Identity != f.Identity,
		f.Attempt != 0 && e.Attempt != f.Attempt,
		!f.From.IsZero() && ms < f.From.UnixMilli(),
		!f.To.IsZero() && ms >= f.To.UnixMilli(),
		strings.TrimSpace(f.Text) != "" && !has(e.Name) && !has(e.Email) && !has(e.Handle),
		f.IP.IsValid() && !within(f.IP, e.IP):
		return false
	}
	return true
}

// within compares the leading bits, IPv4 as mapped into IPv6.
func within(p netip.Prefix, addr netip.Addr) bool {
	if !addr.IsValid() {
		return false
	}
	bits, a, b := p.Bits(), p.Addr().As16(), addr.As16()
	if p.Addr().Is4() {
		bits += 96
	}
	for bit := range bits {
		if (a[bit/8]^b[bit/8])&(0x80>>(bit%8)) != 0 {
			return false
		}
	}
	return true
}

func oracle(f db.EventFilter, all []db.Event) []db.ID {
	ids := []db.ID{}
	for _, e := range all {
		if matches(f, e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func idsOf(events []db.Event) []db.ID {
	ids := []db.ID{}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// pageThrough reads a filter forward to its end and back to its beginning.
func pageThrough(t *testing.T, s *db.Store, f db.EventFilter, limit int) (forward, back []db.ID) {
	t.Helper()
	read := func(p db.EventPage) []db.ID {
		found, err := s.Events(ctx, f, p)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		return idsOf(found)
	}
	page := read(db.EventPage{Limit: limit})
	forward = append(forward, page...)
	for len(page) > 0 {
		page = read(db.EventPage{Older: page[len(page)-1], Limit: limit})
		forward = append(forward, page...)
	}
	for page = read(db.EventPage{Newer: 1, Limit: limit}); len(page) > 0; page = read(db.EventPage{Newer: page[0], Limit: limit}) {
		back = append(slices.Clone(page), back...)
	}
	return forward, back
}

func TestEventsAgainstOracle(t *testing.T) {
	s, all := randomLog(t, 3000)
	filters := []db.EventFilter{{}}
	for _, text := range oddTexts {
		filters = append(filters, db.EventFilter{Text: text})
	}
	for range 200 {
		filters = append(filters, randomFilter())
	}
	for n, f := range filters {
		want := oracle(f, all)
		if count, err := s.CountEvents(ctx, f, 1<<30); err != nil || count != len(want) {
			t.Errorf("%+v: counted %d, %v; want %d", f, count, err, len(want))
		}
		if count, err := s.CountEvents(ctx, f, 10); err != nil || count != min(10, len(want)) {
			t.Errorf("%+v: counted %d up to 10, %v", f, count, err)
		}
		each := []db.ID{}
		if err := s.EachEvent(ctx, f, func(e db.Event) error { each = append(each, e.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, each); diff != "" {
			t.Errorf("%.300s: each event: %.500s", fmt.Sprintf("%+v", f), diff)
		}
		if n%4 == 0 {
			forward, back := pageThrough(t, s, f, max(1, len(want)/5+rand.IntN(3)))
			if !slices.Equal(forward, want) || !slices.Equal(back, want) {
				t.Errorf("%.300s: pages give %d forward and %d back, want %d", fmt.Sprintf("%+v", f), len(forward), len(back), len(want))
			}
		}
	}
}

func TestEventsAreReadWhole(t *testing.T) {
	s, all := randomLog(t, 200)
	found, err := s.Events(ctx, db.EventFilter{}, db.EventPage{Limit: 200})
	if diff := cmp.Diff(all, found, sameEvent); diff != "" || err != nil {
		t.Errorf("%v\n%.1000s", err, diff)
	}
}

func TestCountByKind(t *testing.T) {
	s, all := randomLog(t, 500)
	for _, span := range [][2]time.Time{{}, {oddStart, {}}, {{}, oddStart}, {oddStart.Add(time.Second), oddStart.Add(50 * time.Hour)},
		{oddStart.Add(9999 * time.Hour), {}}} {
		want := map[string]int64{}
		for _, e := range all {
			if (span[0].IsZero() || db.Day(e.At) >= db.Day(span[0])) && (span[1].IsZero() || db.Day(e.At) <= db.Day(span[1])) {
				want[e.Kind.String()+e.Outcome.String()] += e.Count
			}
		}
		counts, err := s.CountByKind(ctx, span[0], span[1])
		got := map[string]int64{}
		for _, c := range counts {
			got[c.Kind.String()+c.Outcome.String()] += c.N
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v: %v %s", span, err, diff)
		}
	}
}

func TestA13_OddFilters(t *testing.T) {
	s, all := randomLog(t, 300)
	everything := len(all)
	tests := []struct {
		name string
		f    db.EventFilter
		n    int
	}{
		{"a NUL is not there", db.EventFilter{Text: "a\x00da"}, len(oracle(db.EventFilter{Text: "ada"}, all))},
		{"only a NUL", db.EventFilter{Text: "\x00"}, everything},
		{"broken UTF-8", db.EventFilter{Text: "\xff\xfe"}, 0},
		{"10 KB", db.EventFilter{Text: strings.Repeat("q", 10<<10)}, 0},
		{"from before all time", db.EventFilter{From: time.Unix(-1<<40, 0)}, everything},
		{"from before 1970", db.EventFilter{From: time.Unix(-1, 0)}, everything},
		{"to before 1970", db.EventFilter{To: time.Unix(-1, 0)}, 0},
		{"to the year 9999", db.EventFilter{To: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}, everything},
		{"from the year 9999", db.EventFilter{From: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}, 0},
		{"to the beginning of time", db.EventFilter{To: time.Unix(0, 0)}, 0},
		{"an empty range", db.EventFilter{From: oddStart.Add(time.Hour), To: oddStart.Add(time.Hour)}, 0},
		{"a range turned round", db.EventFilter{From: oddStart.Add(2 * time.Hour), To: oddStart.Add(time.Hour)}, 0},
		{"a provider with a quote", db.EventFilter{Provider: "' OR '1'='1"}, 0},
		{"a negative id", db.EventFilter{Account: -1}, 0},
	}
	for _, test := range tests {
		if n, err := s.CountEvents(ctx, test.f, 1<<30); err != nil || n != test.n {
			t.Errorf("%s: %d, %v; want %d", test.name, n, err, test.n)
		}
	}
}

func TestEventsByMillisecond(t *testing.T) {
	s := dbtest.Open(t)
	at := oddStart.Add(123456 * time.Microsecond)
	if err := s.Replay(ctx, func(ctx context.Context, tx *db.Tx) error {
		tx.At(at, db.Actor{})
		return appending("Ada")(ctx, tx)
	}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		from, to time.Duration // beyond at
		n        int
	}{
		{0, time.Millisecond, 1}, {-time.Millisecond, 0, 0}, {time.Millisecond, 2 * time.Millisecond, 0},
		{500 * time.Microsecond, time.Second, 1}, // 456 µs and 956 µs are one millisecond
	}
	for _, test := range tests {
		n, err := s.CountEvents(ctx, db.EventFilter{From: at.Add(test.from), To: at.Add(test.to)}, 10)
		if n != test.n || err != nil {
			t.Errorf("%+v: %d, %v", test, n, err)
		}
	}
}

func TestEachEventStops(t *testing.T) {
	s, _ := randomLog(t, 20)
	n := 0
	err := s.EachEvent(ctx, db.EventFilter{}, func(db.Event) error {
		if n++; n == 5 {
			return errTest
		}
		return nil
	})
	if !errors.Is(err, errTest) || n != 5 {
		t.Errorf("%v after %d", err, n)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.EachEvent(cancelled, db.EventFilter{}, func(db.Event) error { return nil }); err == nil {
		t.Error("a cancelled export went on")
	}
}

// TestA09_ExportDuringAppends reads the log while it grows: each event once.
func TestA09_ExportDuringAppends(t *testing.T) {
	s, all := randomLog(t, 2500)
	want, got := idsOf(all), []db.ID{}
	if err := s.EachEvent(ctx, db.EventFilter{}, func(e db.Event) error {
		if got = append(got, e.ID); len(got)%500 == 0 {
			write(t, s, appending("live"))
		}
		return nil
	}); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d events, %v; want the %d of the beginning", len(got), err, len(want))
	}
}

func TestFold(t *testing.T) {
	for _, pair := range [][2]string{{"STRASSE", "Straße"}, {"Σ", "ς"}, {" Ada ", "aDA"}, {"ﬁ", "FI"}, {"a\x00b", "AB"}, {"", "\x00 "}} {
		if db.Fold(pair[0]) != db.Fold(pair[1]) {
			t.Errorf("%q and %q are folded to %q and %q", pair[0], pair[1], db.Fold(pair[0]), db.Fold(pair[1]))
		}
	}
	if bytes.ContainsRune([]byte(db.Fold("x\x00")), 0) {
		t.Error("a NUL is left")
	}
}
