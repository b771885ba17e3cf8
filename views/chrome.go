// Package views holds Gatebook's pages: templ components that turn a finished
// page struct into HTML. It decides nothing, reads nothing and imports nothing
// of ours but assets.
package views

import (
	"cmp"
	"net/url"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// Chrome is what every page shares: the frame around its content.
type Chrome struct {
	Title   string  // page title without the site's name
	Site    string  // operator's name, "Gatebook" when empty
	Account *Person // nil when nobody is signed in
	Nav     string  // which navigation entry is current: "account", "audit", "people", ""
	Theme   string  // "", "light" or "dark": the choice in the cookie
	Demo    bool    // a "Demo" band stands on every page
	Flash   *Flash  // one-shot message, nil for none
	Path    string  // this page's own path and query, where the theme form returns to (GET pages only)
}

// Person is the signed-in account as the header shows it.
type Person struct {
	Name, Initials string
	Admin, Pending bool
}

// Flash is a message shown once, on the page after a form was sent.
type Flash struct {
	Tone string // "ok", "bad" or "note"
	Text string
}

// When is one instant, written three ways: <time datetime=ISO title=Title>Text</time>.
// The zero When shows nothing.
type When struct{ ISO, Text, Title string }

// ProviderButton is one way to sign in or to link, as a form of its own.
type ProviderButton struct {
	ID, Label string
	Logo      string // name of an icon in assets, "" for a letter tile
	Action    string // local path the form is posted to
	Return    string // value of the hidden field "return", "" for none
	LastUsed  bool
	Down      string // why it may not work now, in words; "" when it should
}

// Action is a way on from a page: a link, or a one-button form when Post is set.
type Action struct {
	Label, Href   string
	Post, Primary bool
	Hidden        []Pair // hidden fields of the form
	Confirm       string // question asked in a dialog first, "" for none
}

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// Mark is a provider as a small picture with its name.
type Mark struct{ Label, Logo string }

// Option is one choice of a select.
type Option struct {
	Value, Label string
	Selected     bool
}

// Paths that the frame itself leads to.
const (
	pathSignIn    = "/signin"
	pathSignOut   = "/signout"
	pathTheme     = "/theme"
	pathAccount   = "/account"
	pathWaiting   = "/waiting"
	pathEvents    = "/admin/events"
	pathAccounts  = "/admin/accounts"
	pathProviders = "/admin/providers"
)

// site is the name on the door.
func (c Chrome) site() string { return cmp.Or(c.Site, "Gatebook") }

// windowTitle is what the browser's tab says.
func (c Chrome) windowTitle() string {
	if c.Title == "" {
		return c.site()
	}
	return c.Title + " · " + c.site()
}

// theme is the choice in the cookie, or "" for the system's own.
func (c Chrome) theme() string {
	if c.Theme == "light" || c.Theme == "dark" {
		return c.Theme
	}
	return ""
}

// returnPath is where the theme form comes back to.
func (c Chrome) returnPath() string { return string(local(c.Path)) }

// current is the value of aria-current for a navigation entry.
func (c Chrome) current(entry string) string {
	if c.Nav == entry {
		return "page"
	}
	return "false"
}

// home is where the wordmark leads: the person's own page, or the door.
func (c Chrome) home() string {
	if c.Account == nil {
		return pathSignIn
	}
	return pathAccount
}

// initials stand in the round button of the menu.
func (p Person) initials() string { return cmp.Or(p.Initials, initial(p.Name)) }

// initial is the first letter or digit of a name, in upper case.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

// tone keeps a data value inside the closed list of class names.
func tone(t string) string {
	switch t {
	case "ok", "bad", "note":
		return t
	}
	return "quiet"
}

// local lets only a path on this site through; anything else becomes "/". A
// browser reads "//host" and "/\host" as another site.
func local(path string) templ.SafeURL {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\t\r\n") {
		return "/"
	}
	return templ.SafeURL(path)
}

// fetched is a URL for htmx, which would run a "javascript:" one as a program.
func fetched(url string) string { return string(templ.URL(url)) }

// outward checks the one kind of URL that leaves this site: absolute, http or
// https, with a host and without a password. Anything else is "".
func outward(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}
