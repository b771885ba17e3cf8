package views

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func attr(s *goquery.Selection, name string) string { return s.AttrOr(name, "") }

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		"/account?x=1": "/account?x=1", "": "/", "//evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/",
		"https://evil.example": "/", "javascript:alert(1)": "/", "account": "/",
	} {
		if got := string(local(in)); got != want {
			t.Errorf("local(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOutward(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/login?a=1&b=2": "https://github.com/login?a=1&b=2", "http://127.0.0.1:1/a": "http://127.0.0.1:1/a",
		"javascript:alert(1)": "", "data:text/html,x": "", "/signin": "", "//github.com": "", "https://": "",
		"https://me:secret@github.com/": "", "HTTPS://github.com/a b": "https://github.com/a%20b", "": "", "https://[": "",
	} {
		if got := outward(in); got != want {
			t.Errorf("outward(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLeaving(t *testing.T) {
	const url = `https://github.com/authorize?client_id=a&state='"><b>`
	doc := parse(t, Leaving(LeavingPage{Provider: "GitHub", URL: url, Host: "github.com"}))
	refresh := attr(doc.Find("meta[http-equiv=refresh]"), "content")
	link := attr(doc.Find("main a.primary"), "href")
	if refresh != "0;url="+link || link != outward(url) {
		t.Errorf("refresh %q, link %q", refresh, link)
	}
	if !strings.Contains(text(doc.Find("main")), "github.com") {
		t.Error("the host is not named")
	}
	bad := parse(t, Leaving(LeavingPage{Provider: "GitHub", URL: "javascript:alert(1)"}))
	if bad.Find("meta[http-equiv], main a.primary").Length() > 0 {
		t.Error("a bad URL is followed")
	}
}

func TestSignIn(t *testing.T) {
	doc := parse(t, SignIn(SignInPage{To: "photos.example.org", SignedInAs: "Ada", Return: "//evil.example", Buttons: []ProviderButton{
		{Label: "GitHub", Logo: "github", Action: "/signin/github", Return: "/account", LastUsed: true},
		{ID: "home", Label: "Home", Logo: "unheard-of", Action: "/signin/home", Down: "Home does not answer."},
	}}))
	forms := doc.Find("form[data-busy]")
	if forms.Length() != 2 || attr(forms.First(), "action") != "/signin/github" || attr(forms.First(), "method") != "post" {
		t.Errorf("forms: %s", outer(forms))
	}
	if got := text(forms.First().Find("button")); got != "Continue with GitHub Last used" {
		t.Errorf("first button says %q", got)
	}
	if attr(forms.First().Find("input[name=return]"), "value") != "/account" || forms.Last().Find("input").Length() > 0 {
		t.Error("the hidden return field is wrong")
	}
	// It can be pressed: else nobody would find out that it is back.
	if forms.Last().Find("button:not([disabled])[aria-describedby=down-home] .letter").Length() != 1 ||
		attr(forms.Last().Next(), "id") != "down-home" || text(forms.Last().Next()) != "Home does not answer." {
		t.Errorf("a provider that is down: %s", outer(forms.Last().Parent()))
	}
	if got := attr(doc.Find("main p a"), "href"); got != "/" {
		t.Errorf("a return path that leaves: %q", got)
	}
	if got := text(parse(t, SignIn(SignInPage{})).Find("main")); !strings.Contains(got, "No provider has been set up") {
		t.Errorf("no providers: %q", got)
	}
}

func TestChrome(t *testing.T) {
	for _, tt := range []struct {
		name   string
		chrome Chrome
		there  []string
		absent []string
	}{
		{"signed out", Chrome{Title: "Sign in", Path: "/signin"}, []string{"footer .theme", "body.door"}, []string{"nav", ".menu", ".demo"}},
		{"signed in", Chrome{Nav: "account", Account: &Person{Name: "Ada"}}, []string{"nav a[href='/account'][aria-current=page]", ".menu form[action='/signout']", ".menu .theme"}, []string{"footer", "nav a[href='/admin/events']"}},
		{"admin", Chrome{Nav: "audit", Account: &Person{Name: "Ada", Admin: true}}, []string{"nav a[href='/admin/events'][aria-current=page]", "nav a[href='/admin/accounts'][aria-current=false]"}, nil},
		{"pending", Chrome{Account: &Person{Name: "Ada", Pending: true}}, []string{".menu form[action='/signout']"}, []string{"nav"}},
		{"demo, dark", Chrome{Demo: true, Theme: "dark"}, []string{".demo", "html[data-theme=dark]", "button[value=dark][aria-pressed=true]", "button[value=auto][aria-pressed=false]"}, nil},
		{"unknown theme", Chrome{Theme: "x"}, []string{"html[data-theme='']", "button[value=auto][aria-pressed=true]"}, nil},
		{"flash", Chrome{Flash: &Flash{Tone: "ok", Text: "Done."}}, []string{".flash.ok[role=status]"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, Refusal(RefusalPage{Chrome: tt.chrome, Heading: "x"}))
			for _, s := range tt.there {
				if doc.Find(s).Length() != 1 {
					t.Errorf("%d of %s", doc.Find(s).Length(), s)
				}
			}
			for _, s := range tt.absent {
				if doc.Find(s).Length() != 0 {
					t.Errorf("%s is there", s)
				}
			}
		})
	}
	doc := parse(t, SignIn(SignInPage{Chrome: Chrome{Title: "Sign in", Site: "Club", Path: "/signin?return=/x"}}))
	if got := doc.Find("title").Text(); got != "Sign in · Club" {
		t.Errorf("title %q", got)
	}
	if got := attr(doc.Find(".theme input[name=return]"), "value"); got != "/signin?return=/x" {
		t.Errorf("theme returns to %q", got)
	}
}

func TestAccount_Unlink(t *testing.T) {
	doc := parse(t, Account(AccountPage{Name: "Ada", Identities: []IdentityRow{
		{ID: "1", Provider: "GitHub", Handle: "ada-l", UnlinkHref: "/account/identities/1/unlink"},
		{ID: "2", Provider: "Home", Held: "This is your only working way in.", UnlinkHref: "/account/identities/2/unlink"},
	}}))
	rows := doc.Find(".rows > li")
	link := rows.First().Find("a.btn")
	if attr(link, "href") != "/account/identities/1/unlink" || !strings.HasPrefix(attr(link, "data-confirm"), "Unlink GitHub (ada-l)?") || text(link) != "Unlink GitHub" {
		t.Errorf("unlink: %s", outer(link))
	}
	held := rows.Last()
	if held.Find("a").Length() > 0 || held.Find("button[disabled]").Length() != 1 || text(held.Find("#held-2")) != "This is your only working way in." {
		t.Errorf("held: %s", outer(held))
	}
}

func TestEvents_FragmentIsTheInsideOfThePage(t *testing.T) {
	page := EventsPage{
		Count: "2 events", Export: "/admin/events/export?q=x", Newer: "/admin/events?newer=1", Older: "/admin/events?older=2",
		Rows:  []EventRow{{Text: "Signed in", Glyph: "✓", Tone: "ok"}, {Text: "Refused", Reason: "not approved yet", Tone: "bad", Count: 3}},
		Chips: []Chip{{Label: "provider: github", Remove: "/admin/events"}},
		Strip: []Figure{{Number: "57", Label: "refused", Href: "/admin/events?outcome=failure"}},
	}
	doc := parse(t, Events(page))
	inside, err := doc.Find("#events").Html()
	if err != nil {
		t.Fatal(err)
	}
	fragment := parse(t, EventsResults(page))
	strip := fragment.Find("#strip")
	if attr(strip, "hx-swap-oob") != "true" || doc.Find("#strip[hx-swap-oob]").Length() != 0 {
		t.Error("the strip must find its own place in a fragment, and only there")
	}
	strip.Remove()
	got, err := fragment.Find("body").Html()
	if err != nil {
		t.Fatal(err)
	}
	if got != inside {
		t.Errorf("the fragment differs from the page's #events:\n%s\n\n%s", got, inside)
	}
	if got := text(doc.Find("tbody tr").Last().Find(".what")); got != "Refused · not approved yet 3 times" {
		t.Errorf("row says %q", got)
	}
	for _, s := range []string{"a[rel=prev][hx-get]", "a[rel=next][hx-get]", "a.chip[hx-get]", "a[download]"} {
		if doc.Find("#events "+s).Length() != 1 {
			t.Errorf("%d of %s", doc.Find("#events "+s).Length(), s)
		}
	}
}

func TestEvents_States(t *testing.T) {
	for _, tt := range []struct {
		name string
		page EventsPage
		want string
	}{
		{"the book is empty", EventsPage{Empty: true, SignIn: "https://gate.example.org/signin"}, "https://gate.example.org/signin"},
		{"nothing matches", EventsPage{Chips: []Chip{{Label: "q: x", Remove: "/admin/events"}}}, "Nothing matches"},
		{"bad filter, results kept", EventsPage{Problem: "Did you mean since: ?", Rows: []EventRow{{Text: "Signed in"}}}, "Did you mean since: ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, Events(tt.page))
			if !strings.Contains(text(doc.Find("#events")), tt.want) {
				t.Errorf("%q is not in %q", tt.want, text(doc.Find("#events")))
			}
			if doc.Find("#events h2#events-title[tabindex='-1']").Length() != 1 {
				t.Error("there is no heading to move the focus to")
			}
		})
	}
}

func TestFilterForm(t *testing.T) {
	f := EventFilter{Q: "ada", Reason: "r", Account: "a", IP: "1.2.3.4", From: "2026-11-01",
		Kinds:     []Option{{Value: "session.signin", Label: "Sign-ins", Selected: true}},
		Providers: []Option{{Value: "", Label: "Every one"}, {Value: "github", Label: "GitHub"}}}
	doc := parse(t, Events(EventsPage{Filter: f}))
	form := doc.Find("form#filter[method=get][action='/admin/events']")
	for name, want := range map[string]string{"q": "ada", "reason": "r", "account": "a", "ip": "1.2.3.4", "from": "2026-11-01", "to": ""} {
		if got := attr(form.Find("input[name="+name+"]"), "value"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := form.Find("select[name=kind] option[selected]").AttrOr("value", "none"); got != "session.signin" {
		t.Errorf("kind is %q", got)
	}
	for name, want := range map[string]string{"kind": "All events", "provider": "Every one", "outcome": "Any outcome"} {
		all := form.Find("select[name=" + name + "] option[value='']")
		if all.Length() != 1 || text(all) != want {
			t.Errorf("%s: %d choices of all, %q", name, all.Length(), text(all))
		}
	}
	if form.Find("details[open]").Length() != 1 {
		t.Error("filters in use are folded away")
	}
	if parse(t, Events(EventsPage{})).Find("details.more[open]").Length() != 0 {
		t.Error("unused filters are open")
	}
}

func TestEvent_Fields(t *testing.T) {
	doc := parse(t, Event(EventPage{
		Row: EventRow{Text: "Refused"}, Summary: "Grace was refused.", Fix: "Approve the account.", Back: "/admin/events?q=grace",
		Path:   []Step{{Glyph: "✓", Tone: "ok", Text: "The attempt was ours"}, {Glyph: "✕", Tone: "bad", Text: "The account waits"}},
		Fields: []Field{{Label: "Person", Value: "Grace"}, {Label: "Hash", Value: "9f86", Mono: true}},
	}))
	if doc.Find("ol.path > li").Length() != 2 || doc.Find("dl").Length() != 2 {
		t.Error("steps or groups are missing")
	}
	if got := attr(doc.Find("dd.mono [data-copy]"), "data-copy"); got != "9f86" {
		t.Errorf("copies %q", got)
	}
}

func TestInitial(t *testing.T) {
	for in, want := range map[string]string{"ada": "A", " (élan)": "É", "مريم": "م", "": "?", "<<>>": "?", "9lives": "9"} {
		if got := initial(in); got != want {
			t.Errorf("initial(%q) = %q, want %q", in, got, want)
		}
	}
}
