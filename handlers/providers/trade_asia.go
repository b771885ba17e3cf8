package providers

import (
	"net/http"
	"net/url"
	"strings"

	"gatebook/db/event"
)

// wecomTrade shows the code for the person's id; there is no token of theirs.
var wecomTrade = trade{
	method: http.MethodGet,
	code:   func(query url.Values, _ []byte) string { return query.Get("code") },
	send:   asItIs,
	read: func(resp *http.Response, body []byte) (tokenReply, error) {
		said, _ := decodeObject(body)
		if err := errorNumber(resp, said, "errcode"); err != nil {
			return tokenReply{}, err
		}
		if claims(said).text("UserId") == "" {
			return tokenReply{}, fail(event.ReasonSubjectInvalid, "the person is not a member of the company")
		}
		return tokenReply{said: said}, nil
	},
}

// larkCode refuses a code that would end the JSON text that it is put into.
func larkCode(_ *Provider, q url.Values) (string, error) {
	code := q["code"]
	if len(code) != 1 || code[0] == "" || len(code[0]) > maxCode || strings.ContainsFunc(code[0], unsafeInJSON) {
		return "", fail(event.ReasonCallbackMalformed, "the callback does not carry one code")
	}
	return code[0], nil
}

func unsafeInJSON(r rune) bool { return r <= 0x20 || r >= 0x7f || r == '"' || r == '\\' }
