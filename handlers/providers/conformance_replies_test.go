package providers

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

const bom = "\uFEFF"

// jsonExtras are texts that two parsers may read in two ways.
var jsonExtras = []module{
	{name: "duplicate-json-keys", variant: "ID token, the last is right", fault: written(func(text string) string {
		return `{"sub":"victim","aud":"another",` + text[1:]
	}), asked: whole},
	{name: "duplicate-json-keys", variant: "sub", fault: duplicated(`"sub":"victim"`), want: because(event.ReasonUserinfoSubjectMismatch), asked: whole},
	{name: "duplicate-json-keys", variant: "aud", fault: duplicated(`"aud":"another"`), want: idToken("aud"), asked: untilKeys},
	{name: "duplicate-json-keys", variant: "iss", fault: duplicated(`"iss":"https://evil.test"`), want: idToken("iss"), asked: untilKeys},
	{name: "duplicate-json-keys", variant: "nonce", fault: duplicated(`"nonce":"x"`), want: because(event.ReasonNonceMismatch), asked: untilKeys},
	{name: "duplicate-json-keys", variant: "exp", fault: duplicated(`"exp":1`), want: idToken("exp"), asked: untilKeys},
	{name: "duplicate-json-keys", variant: "profile", fault: rewriting("profile", "", func(body string) string {
		return strings.TrimSuffix(body, "}") + `,"sub":"victim"}`
	}), want: because(event.ReasonUserinfoSubjectMismatch), asked: whole},
	{name: "duplicate-json-keys", variant: "access token", fault: rewriting("token", "", func(body string) string {
		return strings.TrimSuffix(body, "}") + `,"access_token":"` + canary + `-access-eve"}`
	}), want: idToken("at_hash"), asked: untilKeys},
	{name: "duplicate-json-keys", variant: "access token in capitals", fault: rewriting("token", "", func(body string) string {
		return strings.TrimSuffix(body, "}") + `,"ACCESS_TOKEN":"` + canary + `-access-eve"}`
	}), want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "byte-order-mark", variant: "discovery", fault: marked("discovery"), want: because(event.ReasonProviderBadResponse), asked: untilDiscovery},
	{name: "byte-order-mark", variant: "token", fault: marked("token"), want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "byte-order-mark", variant: "keys", fault: marked("jwks"), want: because(event.ReasonProviderBadResponse), asked: untilKeys},
	{name: "byte-order-mark", variant: "profile", fault: marked("profile"), want: because(event.ReasonProviderBadResponse), asked: whole},
	{name: "byte-order-mark", variant: "ID token", fault: written(func(text string) string { return bom + text }), want: idToken("format"), asked: untilKeys},
	{name: "not-a-number", variant: "discovery", fault: notANumber("discovery"), want: because(event.ReasonProviderBadResponse), asked: untilDiscovery},
	{name: "not-a-number", variant: "token", fault: notANumber("token"), want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "not-a-number", variant: "keys", fault: notANumber("jwks"), want: because(event.ReasonProviderBadResponse), asked: untilKeys},
	{name: "not-a-number", variant: "profile", fault: notANumber("profile"), want: because(event.ReasonProviderBadResponse), asked: whole},
	{name: "not-a-number", variant: "ID token", fault: duplicated(`"exp":NaN`), want: idToken("format"), asked: untilKeys},
}

// replyExtras are replies that are no JSON object, or do not say so.
var replyExtras = []module{
	{name: "userinfo-array", fault: userinfo([]any{map[string]any{"sub": "ada"}}), want: because(event.ReasonProviderBadResponse), asked: whole},
	{name: "userinfo-html", fault: answering("profile", text(200, "<html>"+canary)), want: because(event.ReasonProviderBadResponse), asked: whole},
	{name: "userinfo-500", fault: answering("profile", text(500, canary)), want: verdict{reason: event.ReasonProviderHTTPError, status: 500}, asked: whole},
	{name: "userinfo-302", fault: answering("profile", elsewhere), want: verdict{reason: event.ReasonProviderBadResponse, status: 302}, asked: whole},
	{name: "discovery-302", fault: answering("discovery", elsewhere), want: verdict{reason: event.ReasonProviderBadResponse, status: 302}, asked: untilDiscovery},
	{name: "discovery-huge", fault: padded("discovery", metadataBytes),
		want: because(event.ReasonProviderBadResponse), asked: untilDiscovery},
	{name: "discovery-html", fault: answering("discovery", text(200, "<html>"+canary)), want: because(event.ReasonProviderBadResponse), asked: untilDiscovery},
	{name: "jwks-404", fault: answering("jwks", text(404, canary)), want: verdict{reason: event.ReasonProviderHTTPError, status: 404}, asked: untilKeys},
	{name: "jwks-empty", variant: "no keys", fault: func(o *op) { o.keys = []any{} }, want: idToken("kid"), asked: untilKeys},
	{name: "jwks-empty", variant: "no body", fault: answering("jwks", text(200, "")), want: because(event.ReasonProviderBadResponse), asked: untilKeys},
	{name: "jwks-huge", fault: padded("jwks", metadataBytes),
		want: because(event.ReasonProviderBadResponse), asked: untilKeys},
	{name: "authorization-error-response", fault: returning(func(q url.Values) { q.Set("error", "access_denied") }),
		want: because(event.ReasonDeniedByUser), asked: untilCallback},
	{name: "authorization-error-response", variant: "of another issuer", fault: returning(func(q url.Values) {
		q.Set("error", "access_denied")
		q.Set("iss", "https://evil.test")
	}), want: because(event.ReasonIssMismatch), asked: untilCallback},
	{name: "token-endpoint-huge", fault: padded("token", tokenBytes), want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "wrong-content-type", variant: "token as plain text", fault: rewriting("token", "text/plain", nil),
		want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "wrong-content-type", variant: "token as a form", fault: rewriting("token", "application/x-www-form-urlencoded", nil),
		want: because(event.ReasonProviderBadResponse), asked: untilToken},
	{name: "wrong-content-type", variant: "profile as a JWT", fault: func(o *op) {
		rewriting("profile", "application/jwt", func(string) string { return o.rs256(map[string]any{"sub": "ada"}, "k1") })(o)
	}, want: because(event.ReasonProviderBadResponse), asked: whole},
	// JSON that is called HTML is read as what it is: it is never shown to a
	// browser, and the signature decides, not the label.
	{name: "wrong-content-type", variant: "token as HTML", fault: rewriting("token", "text/html", nil), asked: whole},
	{name: "wrong-content-type", variant: "profile as HTML", fault: rewriting("profile", "text/html", nil), asked: whole},
	{name: "wrong-content-type", variant: "discovery as HTML", fault: rewriting("discovery", "text/html", nil), asked: whole},
	{name: "wrong-content-type", variant: "keys as HTML", fault: rewriting("jwks", "text/html", nil), asked: whole},
}

// transportExtras are profile replies that do not end in time or in size.
var transportExtras = []module{
	endless(256 << 20),
	{name: "userinfo-1-byte-a-second", settings: []func(*Config, *Options){patience(time.Second)},
		fault: answering("profile", byteASecond), want: because(event.ReasonProviderTimeout), asked: whole},
}

// duplicated puts a second value of a claim at the end, which is the one that
// a parser must take or refuse (RFC 7519 §4).
func duplicated(member string) func(*op) {
	return written(func(text string) string { return strings.TrimSuffix(text, "}") + "," + member + "}" })
}

// padded makes an honest reply longer than the bound by spaces alone, so that
// a reader which cut it off would find nothing wrong with it.
func padded(route string, bound int) func(*op) {
	return rewriting(route, "", func(body string) string { return body + strings.Repeat(" ", bound) })
}

func marked(route string) func(*op) {
	return rewriting(route, "", func(body string) string { return bom + body })
}

func notANumber(route string) func(*op) {
	return rewriting(route, "", func(body string) string { return `{"x":NaN,` + body[1:] })
}

func elsewhere(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/trap", http.StatusFound)
}

// patience injects the deadline of a call.
func patience(d time.Duration) func(*Config, *Options) {
	return func(_ *Config, o *Options) { o.hooks.call = d }
}

// byteASecond never comes to its end: the client must.
func byteASecond(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		w.Write([]byte("{"))
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// endless offers a profile reply of so many bytes. It asserts that the client
// hangs up soon after the bound; what the two ends' buffers hold is lost.
func endless(size int) module {
	return module{
		name: "userinfo-256-MB",
		fault: func(o *op) {
			o.answer["profile"] = func(w http.ResponseWriter, _ *http.Request) { o.taken <- pour(w, size) }
		},
		want: because(event.ReasonProviderBadResponse), asked: whole,
		check: func(t *testing.T, o *op, _ accounts.Profile) {
			if n := <-o.taken; n > 32<<20 {
				t.Errorf("%d bytes were taken of a reply bounded to %d", n, profileBytes)
			}
		},
	}
}

// pour writes spaces until the client hangs up, and says how many.
func pour(w http.ResponseWriter, size int) (sent int) {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	for sent < size {
		n, err := w.Write(chunk)
		sent += n
		if err != nil {
			break
		}
	}
	return sent
}
