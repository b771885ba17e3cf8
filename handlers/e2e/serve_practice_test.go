//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatebook/handlers/practice"
)

// practicePeers are the practice providers of this process for a server that
// runs beside it.
type practicePeers struct{ *practice.Server }

// startPractice serves the practice providers to the Gatebook at base.
func startPractice(t testing.TB, base string) practicePeers {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	peers, err := practice.New(practice.Options{
		Issuer:       fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port),
		RedirectURIs: func(id string) []string { return []string{base + "/signin/" + id + "/callback"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: peers, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return practicePeers{peers}
}

// toml is the settings of the practice providers, behind a proxy on loopback
// that tells where visitors come from.
func (p practicePeers) toml() string {
	var b strings.Builder
	b.WriteString("trusted_proxies = [\"127.0.0.1/32\"]\nlog_level = \"warn\"\n")
	for _, one := range p.Providers() {
		fmt.Fprintf(&b, "\n[providers.%s]\nkind = %q\nlabel = %q\nclient_id = %q\nclient_secret = %q\nallow_private = true\n",
			one.ID, one.Kind, one.Label, one.ClientID, one.ClientSecret)
		if one.Issuer != "" {
			fmt.Fprintf(&b, "issuer = %q\n", one.Issuer)
		} else {
			fmt.Fprintf(&b, "base_url = %q\n", one.BaseURL)
		}
	}
	return b.String()
}

// newPracticeServing is settings for a server with the practice providers.
func newPracticeServing(t testing.TB) serving {
	t.Helper()
	s := newServing(t, "")
	s.write(t, startPractice(t, s.url).toml())
	return s
}

// enters signs a new visitor in at Harbor as name.
func enters(t *testing.T, base, name string) *walker {
	t.Helper()
	c := newCrowd(base, 0)
	w := &walker{c, &guest{name: name}, newVisitor(base, nil)}
	if err := w.signIn(t.Context()); err != nil {
		t.Fatal(err, c.ledger.failures)
	}
	return w
}
