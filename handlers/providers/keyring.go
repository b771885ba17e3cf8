package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"gatebook/db/event"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"
)

// keyring is a provider's signing keys. go-oidc asks for them again whenever a
// token fits none of them, which a stranger can cause at will; the keyring is
// the transport underneath and lets one such question a minute through.
type keyring struct {
	set  oidc.KeySet
	lane lane
	now  func() time.Time

	mu      sync.Mutex
	limiter *rate.Limiter
	last    []byte // the newest key set
	fault   error  // why the newest question failed
}

func newKeyring(jwks string, l lane, now func() time.Time) *keyring {
	// Two at once: the first question, and one refetch soon after it.
	k := &keyring{
		lane: l, now: now, limiter: rate.NewLimiter(rate.Every(time.Minute), 2),
		fault: fail(event.ReasonProviderUnreachable, "the provider's signing keys are not known yet"),
	}
	k.set = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client(k)), jwks)
	return k
}

// RoundTrip asks for the keys, or answers with those last seen when it has
// asked too often.
func (k *keyring) RoundTrip(req *http.Request) (*http.Response, error) {
	k.mu.Lock()
	allowed, last, fault := k.limiter.AllowN(k.now(), 1), k.last, k.fault
	k.mu.Unlock()
	if !allowed {
		if last == nil {
			return nil, fault
		}
		return jsonReply(req, last), nil
	}
	body, err := k.ask(req)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.fault = err
		return nil, err
	}
	k.last = body
	return jsonReply(req, body), nil
}

func (k *keyring) ask(req *http.Request) ([]byte, error) {
	resp, err := k.lane.do(req.Context(), req, metadataBytes)
	if err != nil {
		return nil, err
	}
	return keysIn(resp)
}

// keysIn is the key set of a reply, whose body lane.do has bounded.
func keysIn(resp *http.Response) ([]byte, error) {
	if resp.StatusCode != http.StatusOK {
		f := fail(event.ReasonProviderHTTPError, "the provider did not give its signing keys")
		f.Status = resp.StatusCode
		return nil, f
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, metadataBytes))
	if err != nil {
		return nil, fail(event.ReasonProviderBadResponse, "the signing keys could not be read")
	}
	members, ok := decodeObject(body)
	if _, isList := members["keys"].([]any); !ok || !isList {
		return nil, fail(event.ReasonProviderBadResponse, "the signing keys are not a key set")
	}
	return body, nil
}

// knows says whether a key of this id was in the newest set, to tell an
// unknown key from a wrong signature. A token without an id fits any key.
func (k *keyring) knows(kid string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if json.Unmarshal(k.last, &set) != nil {
		return false
	}
	for _, key := range set.Keys {
		if kid == "" || key.ID == kid {
			return true
		}
	}
	return false
}

func jsonReply(req *http.Request, body []byte) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}
}
