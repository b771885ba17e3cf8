package providers

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"gatebook/db/event"
)

// tokenReply is what a token endpoint gave for a code.
type tokenReply struct {
	access string
	id     string // the raw ID token, "" when there was none
	said   claims // the whole reply: some kinds say there who the person is
}

// readToken reads a token reply (RFC 6749 §5.1 and §5.2) before goth sees it.
// A refusal is known by its error member, whatever its status: some servers
// refuse with 200.
func readToken(resp *http.Response, body []byte) (tokenReply, error) {
	members, ok := tokenMembers(resp, body)
	bad := resp.StatusCode < 200 || resp.StatusCode > 299
	if reason, refused := members["error"]; bad || refused {
		return tokenReply{}, tokenRefusal(resp.StatusCode, reason)
	}
	if !ok {
		members = nil
	}
	return tokenOf(members)
}

func tokenOf(members map[string]any) (tokenReply, error) {
	access, isText := members["access_token"].(string)
	if !isText || access == "" {
		return tokenReply{}, fail(event.ReasonProviderBadResponse, "the token reply holds no access token")
	}
	if respelled(members, "access_token") || respelled(members, "id_token") {
		return tokenReply{}, fail(event.ReasonProviderBadResponse, "the token reply spells one name in two ways")
	}
	raw, present := members["id_token"]
	id, isText := raw.(string)
	if present && raw != nil && !isText {
		return tokenReply{}, failCheck("format", "the ID token is not text")
	}
	return tokenReply{access: access, id: id, said: members}, nil
}

// respelled says whether a member has this name in other letters. goth's
// packages decode into structs, which do not tell ACCESS_TOKEN from
// access_token: they would use one token while the ID token is held to the
// other.
func respelled(members map[string]any, name string) bool {
	for said := range members {
		if said != name && strings.EqualFold(said, name) {
			return true
		}
	}
	return false
}

func tokenMembers(resp *http.Response, body []byte) (map[string]any, bool) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" && kind != "text/plain" {
		return decodeObject(body)
	}
	form, err := url.ParseQuery(string(body))
	members := make(map[string]any, len(form))
	for name := range form {
		members[name] = form.Get(name)
	}
	return members, err == nil
}

// tokenRefusal reads the error code, which Facebook wraps in an object: there
// the code 100 is a bad authorization code and 101 an unknown application.
func tokenRefusal(status int, reason any) *Failure {
	code, _ := reason.(string)
	if wrapped, ok := reason.(map[string]any); ok {
		code = map[json.Number]string{"100": "invalid_grant", "101": "invalid_client"}[number(wrapped["code"])]
	}
	f := refusal(code)
	f.Status = status
	return f
}

// decodeObject reads one JSON object and nothing after it. Member names are
// compared exactly, which decoding into a struct would not do.
func decodeObject(body []byte) (map[string]any, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return nil, false
	}
	_, err := d.Token()
	return object, err == io.EOF
}

func number(v any) json.Number {
	n, _ := v.(json.Number)
	return n
}
