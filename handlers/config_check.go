package handlers

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatebook/handlers/accounts"
)

// settingsChecker turns the texts of Settings into values and gathers what is wrong
// with them.
type settingsChecker struct {
	src      *Source
	problems Problems
}

func (c *settingsChecker) add(ps ...Problem) { c.problems = append(c.problems, ps...) }

// bad reports a mistake in a setting, at the place where it was made.
func (c *settingsChecker) bad(key, suggestion, format string, args ...any) {
	c.at(c.src.place(key), key, suggestion, format, args...)
}

func (c *settingsChecker) at(where, key, suggestion, format string, args ...any) {
	c.add(Problem{Where: where, Setting: key, Suggestion: suggestion, Message: fmt.Sprintf(format, args...)})
}

func (c *settingsChecker) warn(where, key, suggestion, format string, args ...any) {
	c.add(Problem{Where: where, Setting: key, Suggestion: suggestion, Message: fmt.Sprintf(format, args...), Warning: true})
}

// missing reports that something required is not set at all; after a file that
// broke off nobody knows.
func (c *settingsChecker) missing(key, message string) {
	if !c.src.file.broken {
		c.add(Problem{Setting: key, Message: message, missing: true})
	}
}

// mistakes counts the problems that are no warnings.
func (c *settingsChecker) mistakes() int { return len(c.problems) - len(c.problems.Warnings()) }

// word checks a setting with a closed list of words.
func (c *settingsChecker) word(key, value string, words ...string) string {
	if slices.Contains(words, value) {
		return value
	}
	c.bad(key, didYouMean(value, words), "%s: %q is none of %s", key, value, strings.Join(words, ", "))
	return ""
}

func (c *settingsChecker) logLevel(value string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return levels[c.word("log_level", value, "debug", "info", "warn", "error")]
}

func (c *settingsChecker) siteName(value string) string {
	switch n := utf8.RuneCountInString(value); {
	case strings.TrimSpace(value) == "":
		c.bad("site_name", "", "site_name is empty")
	case n > MaxSiteName:
		c.bad("site_name", "", "site_name has %d characters; %d is the most", n, MaxSiteName)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		c.bad("site_name", "", "site_name holds a character that cannot be shown")
	}
	return strings.TrimSpace(value)
}

// longDuration matches what people write for spans that Go has no unit for.
var longDuration = regexp.MustCompile(`^([0-9]{1,6})\s*(d|days?|w|weeks?|hours?|hrs?|m|min|mins|minutes?|s|secs?|seconds?)?$`)

func (c *settingsChecker) duration(key, value string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(value)
	if err != nil {
		c.bad(key, suggestDuration(value), "%s: %q is no duration", key, value)
		return 0
	}
	if d < least || d > most {
		c.bad(key, fmt.Sprintf("use %s to %s", shortDuration(least), shortDuration(most)), "%s: %s is out of bounds", key, value)
		return 0
	}
	return d
}

func suggestDuration(value string) string {
	m := longDuration.FindStringSubmatch(strings.ToLower(strings.TrimSpace(value)))
	if m == nil {
		return "write it like 90m or 12h"
	}
	n, _ := strconv.Atoi(m[1]) // the expression lets digits through only
	switch {
	case m[2] == "":
		return fmt.Sprintf("give it a unit, %ds, %dm or %dh", n, n, n)
	case m[2][0] == 'w':
		return fmt.Sprintf("did you mean %dh?", n*7*24)
	case m[2][0] == 'd':
		return fmt.Sprintf("did you mean %dh?", n*24)
	}
	return fmt.Sprintf("did you mean %d%c?", n, m[2][0])
}

// shortDuration is a duration without the zeros that Go adds: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func (c *settingsChecker) addr(value string) string {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		suggestion := "write host:port, such as 127.0.0.1:8080"
		if _, err := strconv.ParseUint(value, 10, 16); err == nil {
			suggestion = "did you mean 127.0.0.1:" + value + "?"
		}
		c.bad("addr", suggestion, "addr: %q is no host:port", value)
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.bad("addr", "use 1 to 65535", "addr: %q is no port", port)
		return ""
	}
	if strings.ContainsAny(host, "/ ") {
		c.bad("addr", "write host:port, such as 127.0.0.1:8080", "addr: %q is no host", host)
		return ""
	}
	return value
}

// prefixes reads the proxies' networks.
func (c *settingsChecker) prefixes(values []string) []netip.Prefix {
	var list []netip.Prefix
	for _, value := range trimmedList(values) {
		p, err := netip.ParsePrefix(value)
		switch {
		case err != nil:
			c.bad("trusted_proxies", suggestPrefix(value), "trusted_proxies: %q is no network", value)
		case p.Addr().Is4In6():
			c.bad("trusted_proxies", "write it as IPv4", "trusted_proxies: %q is an IPv4 network in IPv6 clothes", value)
		case p != p.Masked():
			c.bad("trusted_proxies", fmt.Sprintf("did you mean %s or %s?", p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen())),
				"trusted_proxies: %q is an address within a network", value)
		default:
			if p.Bits() == 0 {
				c.warn(c.src.place("trusted_proxies"), "trusted_proxies", "name the proxy's own address",
					"trusted_proxies: %s lets every visitor choose the address that is recorded", value)
			}
			list = append(list, p)
		}
	}
	return list
}

func suggestPrefix(value string) string {
	if a, err := netip.ParseAddr(value); err == nil && a.Zone() == "" {
		return fmt.Sprintf("did you mean %s/%d?", a, a.BitLen())
	}
	return "write it like 10.0.0.0/8 or fd00::/8"
}

// allow reads the allow rules; ids are the providers that a rule may name.
func (c *settingsChecker) allow(values, ids []string) []accounts.AllowRule {
	var list []accounts.AllowRule
	for _, value := range trimmedList(values) {
		rule, err := accounts.ParseAllowRule(value)
		if err != nil {
			c.bad("allow", suggestRule(value), "%v", err)
			continue
		}
		if rule.Provider != "" && !c.src.file.broken && !slices.Contains(ids, rule.Provider) {
			c.bad("allow", didYouMean(rule.Provider, ids), "allow rule %q: there is no provider %s", value, rule.Provider)
			continue
		}
		list = append(list, rule)
	}
	return list
}

func suggestRule(value string) string {
	domain := strings.TrimPrefix(value, "*@")
	if _, err := accounts.ParseAllowRule("@" + domain); err == nil && strings.Contains(domain, ".") {
		return "did you mean @" + domain + "?"
	}
	return ""
}

// trimmedList drops the spaces around list items, and empty items.
func trimmedList(values []string) []string {
	var list []string
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}
