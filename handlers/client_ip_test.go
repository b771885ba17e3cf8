package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}

func TestP01_ClientAddress(t *testing.T) {
	for name, c := range map[string]struct {
		peer string
		xff  []string
		want string
	}{
		"untrusted peer":              {"192.0.2.1:5", []string{"1.2.3.4"}, "192.0.2.1"},
		"no header":                   {"10.0.0.1:5", nil, "10.0.0.1"},
		"empty header":                {"10.0.0.1:5", []string{""}, "10.0.0.1"},
		"one hop":                     {"10.0.0.1:5", []string{"203.0.113.7"}, "203.0.113.7"},
		"client's own lie":            {"10.0.0.1:5", []string{"1.2.3.4, 203.0.113.7"}, "203.0.113.7"},
		"two proxies":                 {"10.0.0.1:5", []string{"1.2.3.4, 203.0.113.7, 10.9.9.9"}, "203.0.113.7"},
		"only proxies":                {"10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"several headers":             {"10.0.0.1:5", []string{"1.2.3.4", "203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		"garbage last":                {"10.0.0.1:5", []string{"203.0.113.7, nonsense"}, "10.0.0.1"},
		"garbage before a proxy":      {"10.0.0.1:5", []string{"nonsense, 10.0.0.2"}, "10.0.0.2"},
		"garbage beyond the client":   {"10.0.0.1:5", []string{"nonsense, 203.0.113.7"}, "203.0.113.7"},
		"port":                        {"10.0.0.1:5", []string{"203.0.113.7:4711"}, "203.0.113.7"},
		"IPv6":                        {"10.0.0.1:5", []string{"2001:db8:2::1"}, "2001:db8:2::1"},
		"IPv6 in brackets":            {"10.0.0.1:5", []string{"[2001:db8:2::1]"}, "2001:db8:2::1"},
		"IPv6 with a port":            {"10.0.0.1:5", []string{"[2001:db8:2::1]:443"}, "2001:db8:2::1"},
		"IPv6 zone":                   {"10.0.0.1:5", []string{"fe80::1%eth0"}, "fe80::1"},
		"mapped peer":                 {"[::ffff:10.0.0.1]:5", []string{"203.0.113.7"}, "203.0.113.7"},
		"mapped hop":                  {"10.0.0.1:5", []string{"1.2.3.4, ::ffff:10.0.0.2"}, "1.2.3.4"},
		"IPv6 proxy":                  {"[2001:db8:1::1]:5", []string{"203.0.113.7"}, "203.0.113.7"},
		"peer with a zone":            {"[fe80::1%eth0]:5", []string{"1.2.3.4"}, "fe80::1"},
		"a list of ten thousand":      {"10.0.0.1:5", []string{strings.Repeat("10.0.0.2, ", 10_000) + "10.0.0.3"}, "10.0.0.2"},
		"an address of ten kilobytes": {"10.0.0.1:5", []string{strings.Repeat("1", 10_000)}, "10.0.0.1"},
		"unreadable peer":             {"@", []string{"1.2.3.4"}, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.xff
		r.Header.Set("X-Real-Ip", "6.6.6.6")
		r.Header.Set("Forwarded", "for=6.6.6.6")
		if got := clientIP(r, proxies); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func FuzzClientIP(f *testing.F) {
	f.Add("10.0.0.1:5", "1.2.3.4, 203.0.113.7")
	f.Add("192.0.2.1:5", "::1%eth0")
	f.Add("[::ffff:10.0.0.1]:5", ",,,")
	f.Fuzz(func(t *testing.T, peer, xff string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", xff)
		got := clientIP(r, proxies)
		direct := hostIP(peer)
		if got.Zone() != "" || got.Is4In6() {
			t.Errorf("%s is not in one spelling", got)
		}
		if direct.IsValid() && !got.IsValid() {
			t.Errorf("an address was lost: peer %q, %q", peer, xff)
		}
		if !within(direct, proxies) && got != direct {
			t.Errorf("an untrusted peer %q was believed: %s", peer, got)
		}
		if got != direct && !strings.Contains(xff, ".") && !strings.Contains(xff, ":") {
			t.Errorf("%s was made up of %q", got, xff)
		}
	})
}

func TestP01_TheBookHasTheClientsAddress(t *testing.T) {
	g := openGate(t, withConfig(behindProxy))
	g.browser().trip("/signin/harbor", "ada", nil, with("X-Forwarded-For", "1.1.1.1, 203.0.113.7"))
	for _, e := range g.left(several(signedUp)...) {
		if e.IP.String() != "203.0.113.7" || e.UserAgent != firefox || e.RequestID == "" {
			t.Errorf("%s from %s by %q, request %q", e.Kind, e.IP, e.UserAgent, e.RequestID)
		}
	}
}
