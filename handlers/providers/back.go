package providers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"gatebook/db/event"
)

// backTrip is the back channel of one attempt: the RoundTripper that goth's
// packages are given. It lets through one token POST, for this attempt's code,
// with this attempt's verifier, and keeps what came back.
type backTrip struct {
	ctx      context.Context
	lane     lane
	ends     endpoints
	id       string // client id
	secret   string
	code     string // "" while a trip starts: no token request then
	verifier string
	trade    trade
	byToken  bool // its package goes round the client even with the token

	mu      sync.Mutex
	ended   bool
	posted  bool
	token   tokenReply
	keys    []codeKey // under which the running trip is known
	replies map[string][]byte
	fault   error // the first *Failure of any call
}

// RoundTrip makes one guarded call. It refuses after the trip's end.
func (b *backTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.roundTrip(req)
	if err != nil {
		b.mu.Lock()
		if b.fault == nil {
			b.fault = err
		}
		b.mu.Unlock()
		return nil, err
	}
	return resp, nil
}

func (b *backTrip) roundTrip(req *http.Request) (*http.Response, error) {
	if b.over() {
		closeBody(req)
		return nil, fail(event.ReasonProviderSSRFBlocked, "a call after the trip's end")
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	defer context.AfterFunc(req.Context(), cancel)()
	if b.ends.upgrade && req.URL.Scheme == "http" {
		req = req.Clone(ctx)
		req.URL.Scheme = "https"
	}
	switch {
	case b.isTrade(req):
		return b.exchange(ctx, req)
	case !b.plainCall(req):
		closeBody(req)
		return nil, fail(event.ReasonProviderSSRFBlocked, "a call that is no part of signing in")
	}
	resp, err := b.lane.do(ctx, req, profileBytes)
	if err != nil {
		return nil, err
	}
	return resp, b.keep(resp)
}

// keep remembers a reply by its address without the query, and refuses one
// that is not a success: some packages of goth do not look.
func (b *backTrip) keep(resp *http.Response) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		f := fail(event.ReasonProviderHTTPError, "the provider refused to say who this is")
		f.Status = resp.StatusCode
		return f
	}
	body, err := rewind(resp)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replies[withoutQuery(resp.Request.URL)] = body
	return nil
}

// exchange makes the one token request. A second one for the same code is what
// x/oauth2 does to find out how a server wants the secret; it is refused here,
// because a server that sees a code twice may revoke what it gave out for it
// (RFC 6749 §4.1.2).
func (b *backTrip) exchange(ctx context.Context, req *http.Request) (*http.Response, error) {
	defer closeBody(req)
	sent, err := readBody(req)
	if err != nil || b.code == "" || b.trade.code(req.URL.Query(), sent) != b.code {
		return nil, fail(event.ReasonProviderSSRFBlocked, "a token request that is not this trip's")
	}
	if !b.first() {
		return nil, fail(event.ReasonProviderRejectedCode, "a second token request for one code was not sent")
	}
	resp, err := b.lane.do(ctx, b.trade.send(ctx, b, req, sent), tokenBytes)
	if err != nil {
		return nil, err
	}
	body, err := rewind(resp)
	if err != nil {
		return nil, err
	}
	reply, err := b.trade.read(resp, body)
	if err != nil {
		return nil, err
	}
	return resp, b.took(reply)
}

// took keeps a token reply, and makes the trip known by its token where the
// package will ask for the profile without our client.
func (b *backTrip) took(reply tokenReply) error {
	b.mu.Lock()
	b.token = reply
	b.mu.Unlock()
	if !b.byToken {
		return nil
	}
	return b.known(codeKey{hostOf(b.ends.userinfo), reply.access})
}

// tokenRequest is the request as we make it: our verifier, our redirect URI
// (already in the form) and the client's proof where this kind wants it.
func (b *backTrip) tokenRequest(ctx context.Context, form url.Values) *http.Request {
	form.Del("code_verifier")
	if b.verifier != "" {
		form.Set("code_verifier", b.verifier)
	}
	form.Del("client_secret")
	form.Set(b.ends.idName(), b.id)
	inHeader := b.ends.style == AuthInHeader && b.secret != ""
	if inHeader {
		form.Del(b.ends.idName())
	} else if b.secret != "" {
		form.Set("client_secret", b.secret)
	}
	text := form.Encode()
	where, _ := url.Parse(b.ends.token) // parsed before, when the endpoints were checked
	req := (&http.Request{
		Method: http.MethodPost, URL: where, Host: where.Host,
		Header:        http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
		Body:          bodyOf([]byte(text)),
		ContentLength: int64(len(text)),
	}).WithContext(ctx)
	if inHeader {
		req.SetBasicAuth(url.QueryEscape(b.id), url.QueryEscape(b.secret))
	}
	return req
}

func (b *backTrip) first() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.posted
	b.posted = true
	return first
}

func (b *backTrip) over() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

func (b *backTrip) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	running.remove(b.keys)
}

// failure is why a step failed, nil when it did not: the transport's own word
// where it has one. Where it has none the network was well, and goth could not
// read what came; its error's text, which quotes the reply, is dropped.
func (b *backTrip) failure(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var f *Failure
	switch {
	case b.fault != nil:
		return b.fault
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case b.ctx.Err() != nil:
		return classify(b.ctx, err)
	}
	return fail(event.ReasonProviderBadResponse, "the reply could not be read")
}

// reply is the kept body of an address, nil when it was not asked.
func (b *backTrip) reply(address string) []byte {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.replies[withoutQuery(u)]
}

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, limit))
}

func bodyOf(text []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(text)) }

// rewind reads a reply that lane.do has already taken into memory and puts it
// back for the next reader.
func rewind(resp *http.Response) ([]byte, error) {
	body, err := readAtMost(resp.Body, profileBytes)
	if err != nil {
		return nil, fail(event.ReasonProviderBadResponse, "the reply could not be read")
	}
	resp.Body = bodyOf(body)
	return body, nil
}

func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
