package providers

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"gatebook/db/event"
)

// running are the trips under way. goth's Provider interface has no context,
// so a package that goes round the client it was given is recognised by the
// code in its token request.
var running = registry{byCode: map[codeKey]*backTrip{}}

// codeKey scopes a code by the server that gave it out.
type codeKey struct{ tokenHost, code string }

type registry struct {
	mu     sync.Mutex
	byCode map[codeKey]*backTrip
}

type tripKey struct{}

// openBack registers the back channel of one attempt and returns its end.
// A code that is being exchanged already is refused.
func (p *Provider) openBack(ctx context.Context, ends endpoints, code, verifier string) (*backTrip, func(), error) {
	ctx, cancel := context.WithTimeout(ctx, p.shared.wire.trip)
	b := &backTrip{
		lane: p.lane(ends), ends: ends, id: p.cfg.ClientID, secret: p.cfg.ClientSecret,
		code: code, verifier: verifier, replies: map[string][]byte{},
	}
	b.ctx = context.WithValue(ctx, tripKey{}, b)
	stop := func() { b.end(); cancel() }
	if code == "" {
		return b, stop, nil
	}
	key := codeKey{hostOf(ends.token), code}
	if !running.add(key, b) {
		cancel()
		return nil, nil, fail(event.ReasonCallbackMalformed, "this code is being exchanged already")
	}
	return b, func() { running.remove(key); stop() }, nil
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

func (r *registry) remove(key codeKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byCode, key)
}

// find is the running trip that a request belongs to, nil for none.
func (r *registry) find(req *http.Request) *backTrip {
	if b, ok := req.Context().Value(tripKey{}).(*backTrip); ok {
		return b
	}
	if req.Method != http.MethodPost || req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	form, err := readForm(&http.Request{Body: body})
	if err != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byCode[codeKey{hostPort(req.URL), form.Get("code")}]
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
