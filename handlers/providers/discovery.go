package providers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"gatebook/db/event"
)

// How long a discovery document is used, and how soon it is asked for again.
// A wrong document is an operator's work and waits long; a provider that is
// only down comes back by itself, so it is asked again soon, but not by every
// visitor.
const (
	metadataTTL = 24 * time.Hour
	retryWrong  = 10 * time.Minute
	retryOdd    = time.Minute // no document, or none that can be read: it may be starting
	retryDown   = 30 * time.Second
)

// asymmetric are the algorithms of ID tokens that a client's secret cannot
// forge.
var asymmetric = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// discovery is one issuer's metadata, fetched when first needed (OpenID
// Connect Discovery 1.0 §4). A document that was good once is used on while
// its provider is down.
type discovery struct {
	issuer string
	kind   Kind
	lane   lane
	beside string // one more host that endpoints may be on, "" for none
	now    func() time.Time

	mu     sync.Mutex
	ends   *endpoints
	err    error
	next   time.Time     // not fetched again before
	flight chan struct{} // closed when the fetch under way has ended
}

// get is the metadata, fetched at most once for all who wait for it.
func (d *discovery) get(ctx context.Context) (endpoints, error) {
	d.mu.Lock()
	if d.now().Before(d.next) {
		defer d.mu.Unlock()
		return d.answer()
	}
	if d.flight == nil {
		d.flight = make(chan struct{})
		go d.refresh(d.flight)
	}
	flight := d.flight
	d.mu.Unlock()
	select {
	case <-flight:
	case <-ctx.Done():
		return endpoints{}, classify(ctx, ctx.Err())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answer()
}

func (d *discovery) answer() (endpoints, error) {
	if d.ends == nil {
		return endpoints{}, d.err
	}
	return *d.ends, nil
}

// refresh runs apart from any visitor's request: one who goes away must not
// fail it for those who wait.
func (d *discovery) refresh(flight chan struct{}) {
	ends, err := d.fetch(context.Background())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err, d.next = err, d.now().Add(retryAfter(err))
	if err == nil {
		if d.ends != nil && d.ends.jwks == ends.jwks {
			ends.keys = d.ends.keys
		}
		d.ends = &ends
	}
	d.flight = nil
	close(flight)
}

func retryAfter(err error) time.Duration {
	var f *Failure
	if !errors.As(err, &f) {
		return metadataTTL
	}
	switch f.Reason {
	case event.ReasonProviderMisconfigured:
		if f.Status != 0 {
			return retryOdd
		}
		return retryWrong
	case event.ReasonProviderBadResponse:
		return retryOdd
	case event.ReasonProviderSSRFBlocked:
		return retryWrong
	}
	return retryDown
}

func (d *discovery) fetch(ctx context.Context) (endpoints, error) {
	where := strings.TrimSuffix(d.issuer, "/") + "/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return endpoints{}, fail(event.ReasonProviderMisconfigured, "the issuer is not a web address")
	}
	resp, err := d.lane.do(ctx, req, metadataBytes)
	if err != nil {
		return endpoints{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return endpoints{}, noDocument(resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, metadataBytes))
	if err != nil {
		return endpoints{}, fail(event.ReasonProviderBadResponse, "the discovery document could not be read")
	}
	members, ok := decodeObject(body)
	if !ok {
		return endpoints{}, fail(event.ReasonProviderBadResponse, "the discovery document is not a JSON object")
	}
	return d.read(members)
}

func noDocument(status int) error {
	f := fail(event.ReasonProviderMisconfigured, "there is no discovery document below the issuer")
	if status >= 500 || status == http.StatusTooManyRequests {
		f = fail(event.ReasonProviderHTTPError, "the provider could not give its discovery document")
	}
	f.Status = status
	return f
}

// read checks a document. Its issuer must be the configured one byte for byte
// (Discovery §4.3), a trailing slash included; the endpoints must be on the
// issuer's host, or on one that the kind lists, so that a document cannot send
// us elsewhere.
func (d *discovery) read(doc claims) (endpoints, error) {
	if doc.text("issuer") != d.issuer {
		return endpoints{}, fail(event.ReasonProviderMisconfigured, "the discovery document names another issuer")
	}
	ends := endpoints{issuer: d.issuer, promisesIss: doc["authorization_response_iss_parameter_supported"] == true}
	prompts, _ := doc["prompt_values_supported"].([]any)
	ends.noChooser = !slices.Contains(prompts, any("select_account"))
	for _, e := range []struct {
		name     string
		to       *string
		required bool
	}{
		{"authorization_endpoint", &ends.auth, true},
		{"token_endpoint", &ends.token, true},
		{"jwks_uri", &ends.jwks, true},
		{"userinfo_endpoint", &ends.userinfo, false},
	} {
		if err := d.endpoint(doc, e.name, e.required, e.to); err != nil {
			return endpoints{}, err
		}
	}
	var err error
	if ends.algs, err = signingAlgs(doc); err != nil {
		return endpoints{}, err
	}
	ends.style = tokenAuth(d.kind.AuthStyle, doc)
	keys := d.lane
	keys.hosts = map[string]bool{hostOf(ends.jwks): true}
	ends.keys = newKeyring(ends.jwks, keys, d.now)
	return ends, nil
}

func (d *discovery) endpoint(doc claims, name string, required bool, to *string) error {
	raw := doc.text(name)
	if raw == "" && !required {
		return nil
	}
	u, err := checkURL(raw, d.lane.private)
	if err != nil {
		return fail(event.ReasonProviderMisconfigured, "the discovery document's "+name+" "+err.Error())
	}
	if !d.lane.hosts[hostPort(u)] && !d.listed(u) {
		return fail(event.ReasonProviderMisconfigured, "the discovery document's "+name+" is on another host than the issuer")
	}
	*to = u.String()
	return nil
}

// listed says whether a host beside the issuer's is one of this provider's.
func (d *discovery) listed(u *url.URL) bool {
	host := hostPort(u)
	return host == d.beside || slices.ContainsFunc(d.kind.hosts, func(known string) bool {
		if strings.HasPrefix(known, ".") {
			return strings.HasSuffix(host, known+":443")
		}
		return host == known+":443"
	})
}

// signingAlgs is what the provider says it signs with, less what a secret
// could forge; RS256 where it says nothing (OpenID Connect Core §15.1).
func signingAlgs(doc claims) ([]string, error) {
	said, ok := doc["id_token_signing_alg_values_supported"].([]any)
	if !ok {
		return []string{"RS256"}, nil
	}
	var algs []string
	for _, a := range said {
		if alg, _ := a.(string); slices.Contains(asymmetric, alg) {
			algs = append(algs, alg)
		}
	}
	if len(algs) == 0 {
		return nil, fail(event.ReasonProviderMisconfigured, "the provider signs ID tokens with no asymmetric algorithm")
	}
	return algs, nil
}

// tokenAuth picks one of the ways that the provider takes; Basic where it says
// nothing (Discovery §3).
func tokenAuth(kinds AuthStyle, doc claims) AuthStyle {
	said, ok := doc["token_endpoint_auth_methods_supported"].([]any)
	if kinds != AuthByMetadata {
		return kinds
	}
	if ok && !slices.Contains(said, any("client_secret_basic")) && slices.Contains(said, any("client_secret_post")) {
		return AuthInParams
	}
	return AuthInHeader
}
