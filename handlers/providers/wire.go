package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"gatebook/db/event"
)

// Bounds of one back-channel call. A body is counted after it was inflated.
const (
	callLimit      = 5 * time.Second
	tripLimit      = 10 * time.Second
	profileBytes   = 1 << 20
	tokenBytes     = 256 << 10
	metadataBytes  = 512 << 10 // discovery documents and key sets
	headerBytes    = 64 << 10
	idleConnection = 90 * time.Second
)

// hooks are what tests put in place of the real network. No setting reaches
// them.
type hooks struct {
	dial       func(ctx context.Context, network, addr string) (net.Conn, error) // instead of the guarded dialer
	resolver   *net.Resolver
	roots      *x509.CertPool
	call, trip time.Duration
}

// wire is the network as a Set's providers see it: one connection pool for
// each reach, so that a connection opened for a provider on a private network
// is never handed to one that must not go there.
type wire struct {
	pools      [3]*http.Transport
	call, trip time.Duration
}

func newWire(h hooks) *wire {
	w := &wire{call: h.call, trip: h.trip}
	if w.call == 0 {
		w.call = callLimit
	}
	if w.trip == 0 {
		w.trip = tripLimit
	}
	for r := range w.pools {
		w.pools[r] = newPool(reach(r), h)
	}
	return w
}

// newPool has no proxy: behind one, the guard would judge the proxy's address
// instead of the provider's.
func newPool(r reach, h hooks) *http.Transport {
	dial := h.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: callLimit, Control: r.control, Resolver: h.resolver}).DialContext
	}
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: h.roots},
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: headerBytes,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        idleConnection,
	}
}

// lane is the part of the wire that one provider may use.
type lane struct {
	wire    *wire
	hosts   map[string]bool // canonical host:port
	private bool
}

// admit refuses a URL that is not this provider's: another host, another
// scheme, or plain http outside private networks.
func (l lane) admit(u *url.URL) error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !l.private):
		return fail(event.ReasonProviderSSRFBlocked, "the address asked for is not https")
	case u.User != nil || !l.hosts[hostPort(u)]:
		return fail(event.ReasonProviderSSRFBlocked, "the host asked for is not one of this provider's")
	}
	return nil
}

func (l lane) pool(u *url.URL) *http.Transport {
	switch {
	case u.Scheme == "http":
		return l.wire.pools[reachPrivateOnly]
	case l.private:
		return l.wire.pools[reachAny]
	}
	return l.wire.pools[reachPublic]
}

// do makes one call and reads its whole body, at most limit bytes, within the
// deadline of a call and of ctx. Redirects are errors. Every error is a
// *Failure. The body it returns holds no connection.
func (l lane) do(ctx context.Context, req *http.Request, limit int64) (*http.Response, error) {
	if err := l.admit(req.URL); err != nil {
		closeBody(req)
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.wire.call)
	defer cancel()
	resp, err := l.pool(req.URL).RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, classify(ctx, err)
	}
	defer resp.Body.Close()
	if err := checkReply(resp); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, classify(ctx, err)
	}
	if int64(len(body)) > limit {
		return nil, &Failure{Reason: event.ReasonProviderBadResponse, Status: resp.StatusCode, err: errTooLong}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Request = req
	return resp, nil
}

// checkReply refuses what no back-channel call may answer: a redirect, which
// could lead anywhere, and an encoding that the transport did not undo.
func checkReply(resp *http.Response) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		f := fail(event.ReasonProviderBadResponse, "the provider answered a direct call with a redirect")
		f.Status = resp.StatusCode
		return f
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return fail(event.ReasonProviderBadResponse, "the reply is encoded in a way that was not asked for")
	}
	return nil
}

// client wraps a transport of ours. Redirects never reach it; should one, it
// is not followed.
func client(rt http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// hostPort is a URL's host in one spelling: lower case, with its port.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(lowerASCII(u.Hostname()), port)
}
