package handlers

import (
	"net/url"
	"path"
	"strings"
)

const (
	defaultPath = "/account"
	maxPath     = 1024 // bytes
)

// localPath is the path itself if it leads nowhere but to this origin, else
// the account page. Browsers strip tabs and newlines from URLs, read a
// backslash as a slash and take // for another host, so anything that could
// be read in two ways is refused (WHATWG URL §4.4; RFC 9700 §4.11).
func localPath(s string) string {
	if s == "" || len(s) > maxPath || s[0] != '/' || strings.ContainsFunc(s, notInPath) {
		return defaultPath
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return defaultPath
	}
	decoded := u.Path
	if strings.ContainsFunc(decoded, blankOrBackslash) || strings.Contains(decoded, "//") || path.Clean(decoded) != strings.TrimSuffix(decoded, "/") && decoded != "/" {
		return defaultPath
	}
	return s
}

// notInPath also names what is not ASCII: browsers send it percent-encoded,
// and a Location header has no place for it (RFC 3986 §2).
func notInPath(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

// blankOrBackslash is what no path of ours holds, however it was encoded.
func blankOrBackslash(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
