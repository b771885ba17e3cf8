package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestA13_FiltersThatCannotBeRead(t *testing.T) {
	_, boss := bookOf(t, 0)
	all := rowIDs(boss.get("/admin/events").body)
	for query, problem := range map[string]string{
		"kind=nonsense":                           `kind: unknown event kind "nonsense".`,
		"kind=0":                                  "kind: ",
		"outcome=maybe":                           "outcome: ",
		"reason=because":                          "reason: ",
		"account=nonsense":                        `account: "nonsense" is not an id.`,
		"account=0000000000000":                   "account: ",
		"identity=1":                              "identity: ",
		"attempt=zzzzzzzzzzzzz":                   "attempt: ",
		"ip=300.1.1.1":                            "ip: ",
		"ip=1.2.3.4/33":                           "ip: ",
		"ip=fe80::1%25eth0":                       "ip: ",
		"from=yesterday":                          "from: ",
		"from=2026-02-30":                         "from: ",
		"from=0001-01-01":                         "from: ",
		"to=9999-12-31":                           "to: ",
		"to=2026-11-21T99:00Z":                    "to: ",
		"older=nonsense":                          "damaged",
		"newer=nonsense":                          "damaged",
		"q=kind:nonsense":                         "kind: ",
		"q=" + strings.Repeat("a", 10<<10):        "too long",
		"provider=" + strings.Repeat("a", 10<<10): "too long",
		"kind=" + url.QueryEscape("' OR 1=1 --"):  "kind: ",
		"account=" + url.QueryEscape("\x00\x01\x1b[2J"):                  "account: ",
		"ip=" + url.QueryEscape("<script>alert(1)</script>"):             "ip: ",
		"q=" + url.QueryEscape("ip:"+strings.Repeat("9", 240)):           "ip: ",
		"q=" + url.QueryEscape("kind:x outcome:y reason:z account:none"): "account: ",
	} {
		p := boss.get("/admin/events?" + query)
		d := p.doc(t)
		if said := d.Find("#q-problem").Text(); p.status != http.StatusUnprocessableEntity || !strings.Contains(said, problem) {
			t.Errorf("%.60s: %d %q", query, p.status, said)
		}
		if diff := cmp.Diff(all, rowIDs(p.body)); diff != "" {
			t.Errorf("%.60s: the results are not kept:\n%s", query, diff)
		}
		if len(p.body) > 300_000 || d.Find("script:not([src])").Length() > 0 {
			t.Errorf("%.60s: %d bytes of page", query, len(p.body))
		}
		if p := boss.get("/admin/events?"+query, partial); p.status != http.StatusUnprocessableEntity || strings.Contains(p.body, "<html") {
			t.Errorf("%.60s as a fragment: %d", query, p.status)
		}
		if p := boss.get("/admin/events/export?" + query); p.status != http.StatusUnprocessableEntity || strings.Contains(p.header.Get("Content-Type"), "ndjson") {
			t.Errorf("%.60s as an export: %d", query, p.status)
		}
	}
}

func TestA13_OddTexts(t *testing.T) {
	_, boss := bookOf(t, 0)
	for _, text := range []string{"\x00", "a\x00b", "\x1b[2J", "\r\nX: y", "\xff\xfe", strings.Repeat("%", 256), strings.Repeat("_", 256), "\u202e", ":", "::", "kind:", ":x", "x:y:z", "after:", "  "} {
		p := boss.get("/admin/events?q=" + url.QueryEscape(text))
		if p.status != http.StatusOK || strings.ContainsAny(p.body, "\x00\x1b") {
			t.Errorf("%q: %d", text, p.status)
		}
	}
	if p := boss.get("/admin/events?q=%zz&kind=a;b&&&=&x"); p.status >= 500 {
		t.Errorf("an unreadable query: %d", p.status)
	}
}

func TestSplitSearch(t *testing.T) {
	for search, want := range map[string]struct {
		text      string
		qualified map[string]string
	}{
		"":                                   {"", map[string]string{}},
		"ada lovelace":                       {"ada lovelace", map[string]string{}},
		"ada kind:session.signin":            {"ada", map[string]string{"kind": "session.signin"}},
		"KIND:x":                             {"", map[string]string{"kind": "x"}},
		"kind:a kind:b":                      {"", map[string]string{"kind": "b"}},
		"ip:2001:db8::1":                     {"", map[string]string{"ip": "2001:db8::1"}},
		"after:2026-01-01 before:2026-02-01": {"", map[string]string{"from": "2026-01-01", "to": "2026-02-01"}},
		"time: 12:30 http://x":               {"time: 12:30 http://x", map[string]string{}},
		"kind:":                              {"kind:", map[string]string{}},
		"q:x":                                {"q:x", map[string]string{}},
	} {
		text, qualified := splitSearch(search)
		if diff := cmp.Diff(want.qualified, qualified); text != want.text || diff != "" {
			t.Errorf("%q: %q %v", search, text, qualified)
		}
	}
}

func TestReadTime(t *testing.T) {
	for _, c := range []struct {
		text string
		end  bool
		want string
	}{
		{"2026-11-21", false, "2026-11-21T00:00:00Z"},
		{"2026-11-21", true, "2026-11-22T00:00:00Z"},
		{"2026-12-31", true, "2027-01-01T00:00:00Z"},
		{"2026-11-21T14:00:00+02:00", true, "2026-11-21T12:00:00Z"},
	} {
		got, err := readTime(c.text, c.end)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s: %s, %v", c.text, got, err)
		}
	}
}

func FuzzEventQuery(f *testing.F) {
	f.Add("q=ada+kind:session.signin&ip=10.0.0.0/8")
	f.Add("from=2026-01-01&to=9999-01-01&older=x")
	f.Add("q=%00%ff&account=0")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q := parseEventQuery(values)
		for name, list := range q.values {
			if len(list) != 1 || len(list[0]) > maxFilterText || name != "q" && !isFilter(name) {
				t.Errorf("%q carries %q along", name, list)
			}
		}
		again := parseEventQuery(q.values)
		again.page = q.page
		if len(q.problems) == 0 && (len(again.problems) > 0 || !slices.Equal(keysOf(q.values), keysOf(again.values))) {
			t.Errorf("%q is not what its own address says: %v", query, again.problems)
		}
		if !sameOrigin(q.url("/admin/events", "kind", "x")) {
			t.Errorf("%q leads away", query)
		}
	})
}

func keysOf(v url.Values) (keys []string) {
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
