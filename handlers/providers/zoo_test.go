package providers

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/handlers/accounts"
)

// zooRow is one kind under test: how it is configured, what its servers answer
// in their real shape, and what must come of it. In replies and in want, {who}
// is four digits that tell the person, {token} their access token, {id_token}
// an ID token over claims.
type zooRow struct {
	kind     string
	config   func(*Config)
	replies  map[string]string // by "METHOD host/path"; a path that ends in * is a prefix
	claims   string            // members of the ID token beside the standard ones
	issuer   string            // of the ID token
	hmac     bool              // the ID token is signed with the client secret
	callback func(z *zoo, trip Trip, code, who string) url.Values
	want     accounts.Profile
}

// zoo is one kind's servers, all behind one listener, and its provider.
type zoo struct {
	t      *testing.T
	row    zooRow
	server *httptest.Server
	p      *Provider
	hasty  *Provider // the same with short deadlines
	dialed atomic.Int64

	mu       sync.Mutex
	hits     []string
	unlisted []string
	traded   []url.Values // what came with each code
	nonces   map[string]string
	answer   map[string]http.HandlerFunc    // in place of a reply
	mutate   map[string]func(string) string // of a rendered reply, or of "claims"
}

var (
	whoForm  = regexp.MustCompile(`P(\d{4})P|7656119000000(\d{4})`)
	codeForm = regexp.MustCompile(canary + `-code-P\d{4}P-[A-Za-z0-9_-]+`)
)

func newZoo(t *testing.T, row zooRow) *zoo {
	z := &zoo{t: t, row: row, nonces: map[string]string{}, answer: map[string]http.HandlerFunc{}, mutate: map[string]func(string) string{}}
	z.server = httptest.NewUnstartedServer(z)
	z.server.Config.ErrorLog = quiet()
	z.server.TLS = &tls.Config{GetCertificate: certificateFor}
	z.server.StartTLS()
	t.Cleanup(z.server.Close)
	z.p, z.hasty = z.provider(hooks{call: time.Minute, trip: time.Minute}), z.provider(hooks{call: 40 * time.Millisecond, trip: 80 * time.Millisecond})
	return z
}

func (z *zoo) provider(h hooks) *Provider {
	c := Config{ID: "one", Kind: z.row.kind, ClientID: "client", ClientSecret: canary + "-secret"}
	if z.row.config != nil {
		z.row.config(&c)
	}
	h.roots, h.dial = authority().pool, func(ctx context.Context, network, _ string) (net.Conn, error) {
		z.dialed.Add(1)
		return new(net.Dialer).DialContext(ctx, network, z.server.Listener.Addr().String())
	}
	set, problems := NewSet([]Config{c}, Options{URL: "https://gate.test", hooks: h})
	if len(problems) > 0 {
		z.t.Fatal(problems)
	}
	p, _ := set.Get("one")
	z.t.Cleanup(func() {
		for _, pool := range p.shared.wire.pools {
			pool.CloseIdleConnections()
		}
	})
	return p
}

// ServeHTTP records the request and answers it as the row says.
func (z *zoo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	key := z.key(r.Method + " " + r.Host + r.URL.Path)
	all := r.URL.String() + " " + r.Header.Get("Authorization") + " " + string(body)
	if name, _, ok := r.BasicAuth(); ok {
		all += " " + name // Intercom's way to show a token
	}
	code := codeForm.FindString(all)
	z.mu.Lock()
	z.hits = append(z.hits, key)
	if _, listed := z.row.replies[key]; !listed {
		z.unlisted = append(z.unlisted, key)
	}
	if code != "" {
		form, _ := url.ParseQuery(string(body))
		if strings.Contains(r.URL.RawQuery, canary+"-secret") && z.row.kind != "wechat" {
			z.t.Errorf("the client secret is in the address of the token request")
		}
		z.traded = append(z.traded, form)
	}
	answer, mutate := z.answer[key], z.mutate[key]
	z.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	text := z.render(key, whoIn(all), code)
	if mutate != nil {
		text = mutate(text)
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, text)
}

func (z *zoo) key(asked string) string {
	for key := range z.row.replies {
		if prefix, ok := strings.CutSuffix(key, "*"); ok && strings.HasPrefix(asked, prefix) {
			return key
		}
	}
	return asked
}

func whoIn(s string) string {
	m := whoForm.FindStringSubmatch(s)
	if m == nil {
		return "0000"
	}
	return m[1] + m[2]
}

func (z *zoo) render(key, who, code string) string {
	token := canary + "-access-P" + who + "P"
	text := strings.NewReplacer("{who}", who, "{token}", token, "{client}", "client").Replace(z.row.replies[key])
	if strings.Contains(text, "{id_token}") {
		text = strings.ReplaceAll(text, "{id_token}", z.idToken(who, code, token))
	}
	return text
}

// standardClaims are the claims that every ID token has.
func (z *zoo) standardClaims(who, code, token string) string {
	z.mu.Lock()
	nonce := z.nonces[code]
	z.mu.Unlock()
	sum := sha256.Sum256([]byte(token))
	now := time.Now().Unix()
	set := map[string]any{}
	json.Unmarshal([]byte(strings.ReplaceAll(z.row.claims, "{who}", who)), &set)
	maps.Copy(set, map[string]any{
		"iss": z.row.issuer, "aud": z.p.cfg.ClientID, "iat": now, "exp": now + 300,
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	})
	if nonce != "" && !z.p.kind.nonceless {
		set["nonce"] = nonce
	}
	text, _ := json.Marshal(set)
	return string(text)
}

func (z *zoo) idToken(who, code, token string) string {
	text := z.standardClaims(who, code, token)
	z.mu.Lock()
	mutate := z.mutate["claims"]
	z.mu.Unlock()
	if mutate != nil {
		text = mutate(text)
	}
	if z.row.hmac {
		return zooHS256(text, canary+"-secret")
	}
	return rs256Text(text)
}

// start begins a trip whose address is right in every part.
func (z *zoo) start(p *Provider, who string) (trip Trip, code string, err error) {
	if trip, err = p.Start(context.Background(), StartOptions{}); err != nil {
		return trip, "", err
	}
	u, err := url.Parse(trip.URL)
	if err != nil {
		z.t.Fatal(err)
	}
	q := u.Query()
	carried := q.Get("state")
	if p.kind.StateInCallback {
		back, _ := url.Parse(q.Get(p.kind.returnTo))
		carried = back.Query().Get("state")
	}
	scopes := strings.FieldsFunc(q.Get("scope"), func(r rune) bool { return r == ' ' || r == ',' })
	if want := p.Scopes(); carried != trip.State || !slices.Equal(scopes, want) && len(want) > 0 {
		z.t.Errorf("O04: state %q of %q, scopes %q of %q", carried, trip.State, scopes, want)
	}
	sum := sha256.Sum256([]byte(trip.Verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if p.PKCE() != (q.Get("code_challenge") == challenge) || !p.PKCE() && q.Has("code_challenge") {
		z.t.Errorf("O07: challenge %q, PKCE %v", q.Get("code_challenge"), p.PKCE())
	}
	code = canary + "-code-P" + who + "P-" + random()
	z.mu.Lock()
	z.nonces[code] = q.Get("nonce")
	z.mu.Unlock()
	return trip, code, nil
}

// run makes a whole trip of one person.
func (z *zoo) run(p *Provider, who string) (accounts.Profile, Trip, error) {
	trip, code, err := z.start(p, who)
	if err != nil {
		return accounts.Profile{}, trip, err
	}
	q := url.Values{"code": {code}, "state": {trip.State}}
	if z.row.callback != nil {
		q = z.row.callback(z, trip, code, who)
	}
	got, err := p.Finish(context.Background(), came(trip, q, time.Now()))
	return got, trip, err
}
