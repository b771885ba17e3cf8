package providers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatebook/handlers/accounts"
)

// throughInstall puts the guarded transport in place of the default one, as
// the program does, for as long as a test runs.
func throughInstall(t *testing.T) {
	realClient, realTransport := http.DefaultClient, http.DefaultTransport
	Install()
	t.Cleanup(func() { http.DefaultClient, http.DefaultTransport = realClient, realTransport })
}

// Every kind goes from start to profile through the real transport.
func TestO04_ZooConforms(t *testing.T) {
	throughInstall(t)
	rows := zooRows()
	covered := map[string]bool{}
	t.Run("kinds", func(t *testing.T) {
		for _, row := range rows {
			covered[row.kind] = true
			t.Run(row.kind, func(t *testing.T) {
				t.Parallel()
				z := newZoo(t, row)
				z.conforms()
				z.apart()
			})
		}
	})
	for _, k := range Kinds() {
		if !covered[k.ID] {
			t.Errorf("the kind %s has no row", k.ID)
		}
	}
	t.Logf("%d kinds went from start to profile, alone and eight at a time", len(rows))
}

// conforms makes a trip of one person, and looks at every request of it.
func (z *zoo) conforms() {
	z.t.Helper()
	before := time.Now()
	got, trip, err := z.run(z.p, "7101")
	if err != nil {
		z.t.Fatalf("%v, after %q", err, z.hits)
	}
	if diff := cmp.Diff(z.wantOf("7101"), got, cmpopts.IgnoreFields(accounts.Profile{}, "Checks", "VerifiedBy", "AvatarURL")); diff != "" {
		z.t.Errorf("profile (-want +got):\n%s", diff)
	}
	if (got.VerifiedBy != "") != (got.EmailState == accounts.EmailVerified) || len(got.Checks) < 2 {
		z.t.Errorf("verified by %q, checks %q", got.VerifiedBy, got.Checks)
	}
	hits, unlisted, traded := z.seen()
	if len(unlisted) > 0 {
		z.t.Errorf("asked what the row does not list: %q", unlisted)
	}
	if len(traded) != 1 && z.row.kind != "steam" {
		z.t.Fatalf("%d requests carried the code: %q", len(traded), hits)
	}
	if z.p.PKCE() && traded[0].Get("code_verifier") != trip.Verifier {
		z.t.Errorf("O07: verifier %q, want %q", traded[0].Get("code_verifier"), trip.Verifier)
	}
	if z.dialed.Load() > int64(len(z.row.replies)) {
		z.t.Errorf("%d connections for %d requests: a body was left open", z.dialed.Load(), len(hits))
	}
	hosts := map[string]bool{}
	for key := range z.row.replies {
		_, rest, _ := strings.Cut(key, " ")
		host, _, _ := strings.Cut(rest, "/")
		hosts[host] = true
	}
	for host := range z.endsHosts() {
		if name, _ := strings.CutSuffix(host, ":443"); !hosts[name] {
			z.t.Errorf("the transport would ask %s, which the row does not list", host)
		}
	}
	if took := time.Since(before); took > 5*time.Second {
		z.t.Errorf("the trip took %v", took)
	}
}

func (z *zoo) endsHosts() map[string]bool {
	ends, err := z.p.endpoints(z.t.Context())
	if err != nil {
		z.t.Fatal(err)
	}
	return ends.hosts()
}

// apart signs different people in at once: each must come back as themselves.
func (z *zoo) apart() {
	var wg sync.WaitGroup
	for _, who := range []string{"7201", "7202", "7203", "7204", "7205", "7206", "7207", "7208"} {
		wg.Go(func() {
			got, _, err := z.run(z.p, who)
			if want := z.wantOf(who); err != nil || got.Subject != want.Subject || got.Email != want.Email || got.Namespace != want.Namespace {
				z.t.Errorf("O22: %s came back as %q %q in %q, %v", who, got.Subject, got.Email, got.Namespace, err)
			}
		})
	}
	wg.Wait()
}

// What is not a callback of this trip makes no request at all.
func TestZooRefusesCallbacks(t *testing.T) {
	throughInstall(t)
	cases := 0
	for _, row := range zooRows() {
		z := newZoo(t, row)
		if _, _, err := z.run(z.p, "7101"); err != nil {
			t.Fatalf("%s: %v", row.kind, err)
		}
		z.forget()
		for _, q := range []url.Values{
			{}, {"code": {""}}, {"code": {"a", "b"}}, {"code": {"a\x00b"}}, {"code": {strings.Repeat("x", maxCode+1)}},
			{"error": {"access_denied"}}, {"error": {"server_error"}, "code": {"c"}}, {"error": {"a", "b"}}, {"code": {"c"}, "iss": {"https://evil.test"}},
			{"openid.mode": {"cancel"}}, {"oauth_token": {"x"}, "oauth_verifier": {"y"}}, {"id_token": {"x.y.z"}, "access_token": {"x"}},
		} {
			cases++
			trip, _, err := z.start(z.p, "7101")
			if err != nil {
				t.Fatal(err)
			}
			q.Set("state", trip.State)
			got, err := z.p.Finish(t.Context(), came(trip, q, time.Now()))
			z.typed(err)
			if got.Subject != "" || err == nil {
				t.Errorf("%s took the callback %v for %q", row.kind, q, got.Subject)
			}
		}
		if hits, _, _ := z.seen(); len(hits) > 0 {
			t.Errorf("%s asked %q", row.kind, hits)
		}
	}
	t.Logf("%d kinds × 12 callbacks = %d cases, no request", len(zooRows()), cases)
	if cases < 12*len(Kinds()) {
		t.Error("a kind was left out")
	}
}

// typed asserts that an error is a failure of ours that tells no secret.
func (z *zoo) typed(err error) {
	z.t.Helper()
	if err == nil {
		return
	}
	f, ok := err.(*Failure)
	if !ok || f.Reason == 0 {
		z.t.Errorf("%s: %v is no failure", z.row.kind, err)
		return
	}
	if slices.ContainsFunc([]string{canary, "?", "://", "P7101P"}, func(s string) bool { return strings.Contains(f.Error(), s) }) {
		z.t.Errorf("A11: %s: the failure's text tells too much: %q", z.row.kind, f)
	}
}

// wantOf is the profile that this person must come back with.
func (z *zoo) wantOf(who string) accounts.Profile {
	w := z.row.want
	for _, s := range []*string{&w.Namespace, &w.Subject, &w.Email, &w.Name, &w.Handle} {
		*s = strings.ReplaceAll(*s, "{who}", who)
	}
	w.Provider = "one"
	return w
}

// forget drops what was recorded.
func (z *zoo) forget() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.hits, z.unlisted, z.traded = nil, nil, nil
}

// seen is what was recorded since.
func (z *zoo) seen() (hits, unlisted []string, traded []url.Values) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.hits), slices.Clone(z.unlisted), slices.Clone(z.traded)
}
