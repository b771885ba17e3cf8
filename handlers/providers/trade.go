package providers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatebook/db/event"
)

// trade is how a kind turns a code into a token: which request does it, how
// that request is sent and how its reply is read. Most kinds do it as
// RFC 6749 §4.1.3 says; some have a way of their own.
type trade struct {
	method string
	code   func(query url.Values, body []byte) string // the code that a request carries
	send   func(ctx context.Context, b *backTrip, req *http.Request, body []byte) *http.Request
	read   func(*http.Response, []byte) (tokenReply, error)
}

// formTrade is the standard's way: a form, answered with JSON.
var formTrade = trade{
	method: http.MethodPost,
	code: func(_ url.Values, body []byte) string {
		form, _ := url.ParseQuery(string(body)) // what cannot be read carries no code
		return form.Get("code")
	},
	send: func(ctx context.Context, b *backTrip, _ *http.Request, body []byte) *http.Request {
		form, _ := url.ParseQuery(string(body)) // read before, for the code
		return b.tokenRequest(ctx, form)
	},
	read: readToken,
}

// queryTrade asks by GET, with the secret in the address, and is told of
// errors by errcode. The address never leaves the transport.
var queryTrade = trade{
	method: http.MethodGet,
	code:   func(query url.Values, _ []byte) string { return query.Get("code") },
	send:   asItIs,
	read: func(resp *http.Response, body []byte) (tokenReply, error) {
		members, _ := decodeObject(body)
		if err := errorNumber(resp, members, "errcode"); err != nil {
			return tokenReply{}, err
		}
		return readToken(resp, body)
	},
}

// jsonTrade posts JSON, and finds the reply in data beside an error number.
var jsonTrade = trade{
	method: http.MethodPost,
	code:   jsonCode,
	send:   asItIs,
	read: func(resp *http.Response, body []byte) (tokenReply, error) {
		members, _ := decodeObject(body)
		if err := errorNumber(resp, members, "code"); err != nil {
			return tokenReply{}, err
		}
		data, _ := members["data"].(map[string]any)
		return tokenOf(data)
	},
}

func jsonCode(_ url.Values, body []byte) string {
	members, _ := decodeObject(body)
	return claims(members).text("code")
}

// asItIs sends the package's own request on.
func asItIs(ctx context.Context, _ *backTrip, req *http.Request, body []byte) *http.Request {
	out := req.Clone(ctx)
	out.Body, out.ContentLength = http.NoBody, 0
	if len(body) > 0 {
		out.Body, out.ContentLength = bodyOf(body), int64(len(body))
	}
	return out
}

// errorNumber reads the refusal of a server that answers 200 with a number:
// only 0, or none, means that all is well.
func errorNumber(resp *http.Response, members map[string]any, name string) error {
	said, present := members[name]
	ok := resp.StatusCode == http.StatusOK
	if ok && (!present || said == any(json.Number("0"))) {
		return nil
	}
	f := fail(event.ReasonProviderHTTPError, "the provider refused the token request")
	f.Status = resp.StatusCode
	return f
}

// readBody takes a request's body, which is small in every package.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	return readAtMost(req.Body, tokenBytes)
}

// plainCall says whether a request is one that may be made beside the token
// request: a GET, or a POST to one of the few addresses that want it.
func (b *backTrip) plainCall(req *http.Request) bool {
	return req.Method == http.MethodGet ||
		req.Method == http.MethodPost && slices.Contains(b.ends.posts, withoutQuery(req.URL))
}

// isTrade says whether a request is the token request.
func (b *backTrip) isTrade(req *http.Request) bool {
	at, _, _ := strings.Cut(b.ends.token, "?")
	return req.Method == b.trade.method && withoutQuery(req.URL) == at
}
