package providers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"gatebook/db/event"
)

// running are the trips under way. goth's Provider interface has no context,
// so a package that goes round the client it was given is recognised by the
// code in its token request, or by the token in its profile request.
var running = registry{byCode: map[codeKey]*backTrip{}}

// codeKey scopes a code or a token by the server that it is shown to.
type codeKey struct{ host, secret string }

type registry struct {
	mu     sync.Mutex
	byCode map[codeKey]*backTrip
}

type tripKey struct{}

// openBack makes the back channel of one attempt, known by its code, and
// returns its end. A code that is being exchanged already is refused.
func (p *Provider) openBack(ctx context.Context, ends endpoints, code, verifier string) (*backTrip, func(), error) {
	secret, err := p.secret()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.shared.wire.trip)
	b := &backTrip{
		lane: p.lane(ends), ends: ends, id: p.cfg.ClientID, secret: secret,
		code: code, verifier: verifier, trade: p.kind.trade, byToken: p.kind.byToken,
		replies: map[string][]byte{},
	}
	if b.trade.method == "" {
		b.trade = formTrade
	}
	b.ctx = context.WithValue(ctx, tripKey{}, b)
	stop := func() { b.end(); cancel() }
	if code == "" {
		return b, stop, nil
	}
	if err := b.known(codeKey{hostOf(ends.token), code}); err != nil {
		stop()
		return nil, nil, err
	}
	return b, stop, nil
}

// known registers a running trip under a secret that only it has. The keys of
// two trips must differ, or one could be handed the other's calls.
func (b *backTrip) known(key codeKey) error {
	if key.secret == "" || !running.add(key, b) {
		return fail(event.ReasonCallbackMalformed, "this code is being exchanged already")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = append(b.keys, key)
	return nil
}

// secret is the client secret of one attempt: the configured one, or one that
// the kind makes of what is configured.
func (p *Provider) secret() (string, error) {
	if p.kind.mint == nil {
		return p.cfg.ClientSecret, nil
	}
	secret, err := p.kind.mint(p.cfg, p.shared.now())
	if err != nil {
		return "", fail(event.ReasonProviderMisconfigured, "no client secret could be made of the settings")
	}
	return secret, nil
}

func (r *registry) add(key codeKey, b *backTrip) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byCode[key] != nil {
		return false
	}
	r.byCode[key] = b
	return true
}

func (r *registry) remove(keys []codeKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		delete(r.byCode, key)
	}
}

// find is the running trip that a request belongs to, nil for none: by its
// context, or by the code or the token that it carries.
func (r *registry) find(req *http.Request) *backTrip {
	if b, ok := req.Context().Value(tripKey{}).(*backTrip); ok {
		return b
	}
	host := hostPort(req.URL)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range carriedBy(req) {
		if b := r.byCode[codeKey{host, secret}]; b != nil && secret != "" {
			return b
		}
	}
	return nil
}

// carriedBy is every place where a package puts a code or a token.
func carriedBy(req *http.Request) []string {
	query := req.URL.Query()
	bearer, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	found := []string{query.Get("code"), query.Get("access_token"), bearer}
	if req.Method != http.MethodPost || req.GetBody == nil {
		return found
	}
	body, err := req.GetBody()
	if err != nil {
		return found
	}
	defer body.Close()
	text, err := readAtMost(body, tokenBytes)
	if err != nil {
		return found
	}
	return append(found, formTrade.code(nil, text))
}

// guarded is what Install puts in place of the default transport.
type guarded struct{}

// RoundTrip hands a request to its running trip and refuses every other.
func (guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	if b := running.find(req); b != nil {
		return b.RoundTrip(req)
	}
	closeBody(req)
	return nil, fail(event.ReasonProviderSSRFBlocked, "a call outside of any trip")
}

// Install replaces http.DefaultClient and http.DefaultTransport by the guarded
// transport: outside a running trip it refuses every request. It is called
// once, before anything is served.
func Install() {
	http.DefaultTransport = guarded{}
	http.DefaultClient = client(guarded{})
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return hostPort(u)
}
