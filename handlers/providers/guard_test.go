package providers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"

	"golang.org/x/net/dns/dnsmessage"
)

func TestV05_DialGuard(t *testing.T) {
	for _, tt := range []struct {
		ip   string
		want class
	}{
		{"8.8.8.8", classPublic}, {"2606:4700::1111", classPublic}, {"::ffff:8.8.8.8", classPublic}, {"64:ff9b::808:808", classPublic},
		{"127.0.0.1", classPrivate}, {"127.255.0.9", classPrivate}, {"::1", classPrivate}, {"::ffff:127.0.0.1", classPrivate},
		{"10.0.0.1", classPrivate}, {"172.16.0.1", classPrivate}, {"172.31.255.255", classPrivate}, {"172.32.0.1", classPublic},
		{"192.168.1.1", classPrivate}, {"fd00::1", classPrivate}, {"fc00::1", classPrivate}, {"100.64.0.1", classPrivate}, {"100.128.0.1", classPublic},
		{"::ffff:10.0.0.1", classPrivate}, {"64:ff9b::7f00:1", classPrivate}, {"64:ff9b::a00:1", classPrivate}, {"2002:7f00:1::", classPrivate},
		{"2002:a00:1::1", classPrivate}, {"64:ff9b::a9fe:a9fe", classNever}, {"2002:a9fe:a9fe::", classNever},
		{"169.254.169.254", classNever}, {"fe80::1", classNever}, {"fe80::1%eth0", classNever}, {"::ffff:169.254.169.254", classNever},
		{"0.0.0.0", classNever}, {"0.1.2.3", classNever}, {"::", classNever}, {"224.0.0.1", classNever}, {"ff02::1", classNever},
		{"255.255.255.255", classNever}, {"240.0.0.1", classNever}, {"192.0.2.1", classNever}, {"2001:db8::1", classNever},
		{"64:ff9b:1::a00:1", classNever}, {"::7f00:1", classNever}, {"2001::1", classNever}, {"fec0::1", classNever},
	} {
		ip := netip.MustParseAddr(tt.ip)
		if got := classOf(ip); got != tt.want {
			t.Errorf("class of %s is %d, want %d", tt.ip, got, tt.want)
		}
		for r, want := range map[reach]bool{
			reachPublic:      tt.want == classPublic,
			reachAny:         tt.want != classNever,
			reachPrivateOnly: tt.want == classPrivate,
		} {
			if got := r.control("tcp", net.JoinHostPort(tt.ip, "443"), nil) == nil; got != want {
				t.Errorf("reach %d to %s: %v, want %v", r, tt.ip, got, want)
			}
		}
	}
	for _, odd := range []string{"", "name.test:443", "127.0.0.1"} {
		if reachAny.control("tcp", odd, nil) == nil {
			t.Errorf("the guard let %q through", odd)
		}
	}
}

// The guard judges what a name leads to, whatever the name is.
func TestV05_NamesThatLeadInside(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "inside.test"} {
		set, problems := NewSet([]Config{{ID: "one", Kind: "oidc", ClientID: "client", Issuer: "https://" + host + ":9"}},
			Options{URL: "https://gate.test", hooks: hooks{resolver: answers("127.0.0.1")}})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		p, _ := set.Get("one")
		_, err := p.Start(context.Background(), StartOptions{})
		wantFailure(t, err, event.ReasonProviderSSRFBlocked, "")
	}
}

// allow_private lets a provider's own host be inside, and the same host stays
// closed to every other provider. Plain http does not leave private networks.
func TestV05_AllowPrivate(t *testing.T) {
	b := newBench(t, "ghe")
	private, public := b.p.lane(*b.p.fixed), b.p.lane(*b.p.fixed)
	public.private = false
	get := func(l lane, address string) error {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.do(context.Background(), req, profileBytes)
		return err
	}
	if err := get(private, b.server.URL); err != nil {
		t.Errorf("the provider's own host: %v", err)
	}
	inside := strings.Replace(b.server.URL, "http://", "https://", 1)
	wantFailure(t, get(public, b.server.URL), event.ReasonProviderSSRFBlocked, "")
	wantFailure(t, get(public, inside), event.ReasonProviderSSRFBlocked, "")
	outside := private
	outside.wire = newWire(hooks{resolver: answers("93.184.216.34")})
	outside.hosts = map[string]bool{"name.test:80": true}
	wantFailure(t, get(outside, "http://name.test/"), event.ReasonProviderSSRFBlocked, "")
	metadata := private
	metadata.hosts = map[string]bool{"169.254.169.254:80": true}
	wantFailure(t, get(metadata, "http://169.254.169.254/"), event.ReasonProviderSSRFBlocked, "")
}

// answers is a resolver that leads every name to one address.
func answers(ip string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go serveDNS(far, netip.MustParseAddr(ip).As4())
		return near, nil
	}}
}

// serveDNS speaks DNS over a stream: two bytes of length, then the message
// (RFC 1035 §4.2.2).
func serveDNS(c net.Conn, ip [4]byte) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	buf := make([]byte, 1024)
	n, err := c.Read(buf)
	if err != nil || n < 2 {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(buf[2:n]) != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1},
			Body:   &dnsmessage.AResource{A: ip},
		}}
	}
	out, err := m.Pack()
	if err != nil {
		return
	}
	c.Write(append([]byte{byte(len(out) >> 8), byte(len(out))}, out...))
}
