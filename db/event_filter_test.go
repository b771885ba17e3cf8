package db_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/cases"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

var (
	oddNames = []string{"", "Ada", "ADA LOVELACE", "100%", "a_b", `back\slash`, "O'Brien", `"quoted"`, "Straße", "STRASSE", "ΣΊΣΥΦΟΣ",
		"İstanbul", "naïve", "日本語", "tab\tbed", strings.Repeat("long ", 60), "%", "_", "ﬁne"}
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
	"NAÏVE", " ada ", "   ", "x.test", "long long", "fi", "nobody", "\t", strings.Repeat("long ", 59), strings.Repeat("%_", 5000)}

// matches is the oracle: the filter as plain Go over the event.
func matches(f db.EventFilter, e db.Event) bool {
	has := func(value string) bool { return strings.Contains(folded(value), folded(strings.TrimSpace(f.Text))) }
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

var folds = map[string]string{}

// folded remembers what folding gave, as the oracle asks for it often.
func folded(text string) string {
	if _, ok := folds[text]; !ok {
		folds[text] = cases.Fold().String(text)
	}
	return folds[text]
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
		{"10 KB that nobody has", db.EventFilter{Text: strings.Repeat("q", 10<<10)}, 0},
		{"10 KB", db.EventFilter{Text: strings.Repeat("q%", 5<<10)}, 0},
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
