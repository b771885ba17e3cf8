package providers

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"gatebook/handlers/accounts"
)

// person says where in a profile reply the identity is. Places are paths with
// dots between the members; a number is a position in a list.
type person struct {
	id     string // the subject
	digits bool   // the subject is a whole number there, not text
	email  string // the address, "" for none; the kind's EmailFlag says the flag's place
	name   string // the name, where goth does not know it
	handle string // the handle, where goth does not know it
	token  bool   // the token reply says it, not the profile reply

	namespace func(*arrival) string // "" for all people when nil
}

// profile is the identity that came back, for a row of the catalogue.
func (w person) profile(a *arrival) (accounts.Profile, error) {
	said, by := a.info, "the profile reply of "+a.p.Host()
	if w.token {
		said, by = a.back.token.said, "the token reply of "+a.p.Host()
	}
	subject, namespace := said.textAt(w.id), ""
	if w.digits {
		subject = said.digitsAt(w.id)
	}
	if w.namespace != nil {
		namespace = w.namespace(a)
	}
	if w.name != "" {
		a.user.Name = said.textAt(w.name)
	}
	if w.handle != "" {
		a.user.NickName = said.textAt(w.handle)
	}
	m := mail{address: said.textAt(w.email), verified: isTrue(said.at(a.p.kind.EmailFlag)), by: by}
	return a.profile(namespace, subject, m)
}

// at is the value at a path, nil where there is none.
func (c claims) at(path string) any {
	var here any = map[string]any(c)
	for step := range strings.SplitSeq(path, ".") {
		switch v := here.(type) {
		case map[string]any:
			here = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			here = v[i]
		default:
			return nil
		}
	}
	return here
}

// textAt is the text at a path, "" for anything else.
func (c claims) textAt(path string) string {
	s, _ := c.at(path).(string)
	return s
}

// digitsAt is the whole positive number at a path as its digits, "" for
// anything else. It is never a float: large ids would meet in one.
func (c claims) digitsAt(path string) string {
	n, _ := c.at(path).(json.Number)
	if strings.Trim(string(n), "0123456789") != "" {
		return ""
	}
	return string(n)
}

// isTrue accepts JSON true and the text "true", which some servers send. Any
// other value is no word at all.
func isTrue(v any) bool { return v == any(true) || v == any("true") }

// perClient is the namespace of a kind that gives each application its own ids.
func perClient(a *arrival) string { return a.p.cfg.ClientID }

// perServer is the namespace of a kind that runs on many servers: the
// address of this one, without scheme.
func perServer(standard string) func(*arrival) string {
	return func(a *arrival) string { return serverOf(a.p.cfg, standard) }
}

func serverOf(c Config, standard string) string {
	u, err := url.Parse(c.BaseURL)
	if err != nil || c.BaseURL == "" {
		return standard
	}
	return lowerASCII(u.Host) + strings.TrimSuffix(u.Path, "/")
}
