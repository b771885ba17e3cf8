package handlers

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// url reads the public address. It must be an origin and nothing more, since
// callback URLs, cookies and the check of a form's origin are made of it; in
// plain http it may only be this machine, where nobody listens on the wire.
func (c *settingsChecker) url(value string) *url.URL {
	if value == "" {
		c.missing("url", "url is not set")
		return nil
	}
	u, message, suggestion := parsePublicURL(value)
	if message != "" {
		c.bad("url", suggestion, "url: %s", message)
		return nil
	}
	return u
}

// publicHost is a name in ASCII or an address; other characters that a URL
// may hold in its host have a meaning in headers that are made of it.
var publicHost = regexp.MustCompile(`^([a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f]*:[0-9a-f:.]+)$`)

// parsePublicURL returns the origin in its one spelling (small letters, no
// default port, no slash at the end), or what is wrong and what to do.
func parsePublicURL(value string) (u *url.URL, message, suggestion string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return nil, fmt.Sprintf("%q is no absolute URL", hidePassword(value)), suggestScheme(value)
	}
	origin := &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Sprintf("scheme %s is neither https nor http", u.Scheme), suggestScheme(u.Host)
	case u.User != nil:
		return nil, "it holds a name or password", "did you mean " + origin.String() + "?"
	case u.Path != "" && u.Path != "/":
		return nil, fmt.Sprintf("Gatebook needs a host of its own, not the path %s", u.Path), "did you mean " + origin.String() + "?"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(value, "#"):
		return nil, "it has a part after ? or #", "did you mean " + origin.String() + "?"
	case !publicHost.MatchString(strings.ToLower(u.Hostname())):
		return nil, fmt.Sprintf("%q is no host name", u.Hostname()), "write an international name in its xn-- form, an address without a zone"
	}
	if message, suggestion = checkPort(u); message != "" {
		return nil, message, suggestion
	}
	if u.Scheme == "http" && !isLoopbackHost(u.Hostname()) {
		origin.Scheme = "https"
		return nil, "http is for this machine only: others could read and change what passes", "did you mean " + origin.String() + "?"
	}
	if port := u.Port(); port == "" || port == map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		origin.Host = strings.TrimSuffix(strings.TrimSuffix(origin.Host, port), ":")
	}
	return origin, "", ""
}

func checkPort(u *url.URL) (message, suggestion string) {
	port := u.Port()
	if port == "" {
		return "", ""
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Sprintf("%s is no port", port), "use 1 to 65535"
	}
	return "", ""
}

// hidePassword keeps a password out of a message about a URL that cannot be
// parsed, where url.URL.Redacted cannot help.
func hidePassword(value string) string {
	if i := strings.LastIndex(value, "@"); i >= 0 {
		return "…" + value[i:]
	}
	return value
}

// suggestScheme puts a scheme before what would be an address with one.
func suggestScheme(value string) string {
	bare := strings.TrimPrefix(value, "//")
	if !strings.Contains(bare, "://") { // also what ends the recursion
		if u, message, _ := parsePublicURL("https://" + bare); message == "" {
			if isLoopbackHost(u.Hostname()) {
				u.Scheme = "http"
			}
			return "did you mean " + u.String() + "?"
		}
	}
	return "write it like https://id.example.org"
}

// isLoopbackHost says whether a host is this machine by its spelling alone:
// localhost, 127.0.0.0/8 or ::1. Nothing is looked up, so that a name server
// has no say in it.
func isLoopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip == netip.IPv6Loopback() || ip.Is4() && ip.As4()[0] == 127)
}
