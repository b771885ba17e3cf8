package views

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

const (
	hostile = "\"><img src=x onerror=1>{{}}' \u202eRTL \u0645\u0631\u064a\u0645"
	script  = "javascript:alert(1)//"
)

// views is every exported component; TestViews_NoneIsMissing compares it with
// the declarations in the .templ files.
var views = map[string]func(fill func(any)) templ.Component{
	"SignIn":        render(SignIn),
	"Leaving":       render(Leaving),
	"Refusal":       render(Refusal),
	"Account":       render(Account),
	"Confirm":       render(Confirm),
	"StepUp":        render(StepUp),
	"Claim":         render(Claim),
	"Waiting":       render(Waiting),
	"Events":        render(Events),
	"EventsResults": render(EventsResults),
	"Event":         render(Event),
	"Accounts":      render(Accounts),
	"Providers":     render(Providers),
	"Repost":        render(Repost),
	"Test":          render(Test),
}

// fragments are parts of a page: no frame is around them.
var fragments = map[string]bool{"EventsResults": true}

func render[P any](view func(P) templ.Component) func(func(any)) templ.Component {
	return func(fill func(any)) templ.Component {
		var page P
		fill(&page)
		return view(page)
	}
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func parse(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestViews_NoneIsMissing(t *testing.T) {
	names, err := filepath.Glob("*.templ")
	if err != nil || len(names) == 0 {
		t.Fatal("no .templ files", err)
	}
	declared := regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`)
	found := map[string]bool{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(src), -1) {
			found[m[1]] = true
			if views[m[1]] == nil {
				t.Errorf("%s: %s is not in the table", name, m[1])
			}
		}
	}
	for name := range views {
		if !found[name] {
			t.Errorf("%s is in the table and in no file", name)
		}
	}
}

// TestViews_HostileText fills every field with what a provider or a visitor
// could send, and looks at the page as a browser would.
func TestViews_HostileText(t *testing.T) {
	for name, view := range views {
		for _, f := range []*filler{{flags: true}, {flags: false}} {
			t.Run(fmt.Sprint(name, " ", f.flags), func(t *testing.T) {
				doc := parse(t, view(f.page))
				if !strings.Contains(doc.Text(), "<img src=x") {
					t.Error("the hostile text is not shown: the test proves nothing")
				}
				checkInert(t, doc)
				checkForms(t, doc)
				checkNames(t, doc)
				if !fragments[name] {
					checkFrame(t, doc)
				}
			})
		}
	}
}

// TestViews_Empty renders every page with nothing in it.
func TestViews_Empty(t *testing.T) {
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, view(func(any) {}))
			checkInert(t, doc)
			if !fragments[name] {
				checkFrame(t, doc)
			}
		})
	}
}

// checkInert: nothing on the page runs, but the scripts of our own files.
func checkInert(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("style, iframe, object, embed, base, [style], [srcdoc]").Each(func(_ int, s *goquery.Selection) {
		t.Errorf("forbidden: %s", outer(s))
	})
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/assets/") || strings.TrimSpace(s.Text()) != "" {
			t.Errorf("script: %s", outer(s))
		}
	})
	doc.Find("img").Each(func(_ int, s *goquery.Selection) {
		if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/assets/") {
			t.Errorf("image: %s", outer(s))
		}
	})
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			checkAttribute(t, a.Key, a.Val)
		}
	})
}

func checkAttribute(t *testing.T, key, value string) {
	t.Helper()
	if strings.HasPrefix(key, "on") || strings.HasPrefix(key, "hx-on") || strings.HasPrefix(key, "hx-vals") {
		t.Errorf("attribute %s", key)
	}
	leads := slices.Contains([]string{"href", "action", "formaction", "src", "content"}, key) || strings.HasPrefix(key, "hx-")
	scheme, _, _ := strings.Cut(strings.ToLower(value), ":")
	if leads && (scheme == "javascript" || scheme == "js" || scheme == "data") {
		t.Errorf("%s=%q", key, value)
	}
	if key == "hx-trigger" && strings.Contains(value, "[") {
		t.Errorf("a trigger filter is a program: %q", value)
	}
}

// checkForms: every form works without a script, and every control has a name
// that can be read out.
func checkForms(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("form").Each(func(_ int, s *goquery.Selection) {
		method, _ := s.Attr("method")
		action, ok := s.Attr("action")
		if !ok || action == "" || (method != "post" && method != "get") {
			t.Errorf("form: %s", outer(s))
		}
		if s.Find("button:not([type=button])").Length() == 0 {
			t.Errorf("no button to send the form: %s", outer(s))
		}
	})
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		label := doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool {
			to, _ := l.Attr("for")
			return to == id && strings.TrimSpace(l.Text()) != ""
		})
		if id == "" || label.Length() != 1 {
			t.Errorf("no label: %s", outer(s))
		}
	})
}

// checkNames: links and buttons say something; ids are unique and every
// reference to one is met.
func checkNames(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("a, button, summary, th, h1, h2, h3").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" {
			t.Errorf("no text: %s", outer(s))
		}
	})
	ids := map[string]int{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if ids[id]++; ids[id] > 1 {
			t.Errorf("id %q twice", id)
		}
	})
	for _, attr := range []string{"aria-labelledby", "aria-describedby"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			if id, _ := s.Attr(attr); ids[id] != 1 {
				t.Errorf("%s=%q leads nowhere", attr, id)
			}
		})
	}
}

// checkFrame: the parts that every page has once.
func checkFrame(t *testing.T, doc *goquery.Document) {
	t.Helper()
	for _, once := range []string{"h1", "main#main[tabindex='-1']", "title", "a.skip[href='#main']", "dialog", "header", "html[lang]"} {
		if n := doc.Find(once).Length(); n != 1 {
			t.Errorf("%d of %s", n, once)
		}
	}
}

func outer(s *goquery.Selection) string {
	h, err := goquery.OuterHtml(s)
	if err != nil {
		return err.Error()
	}
	return h[:min(len(h), 300)]
}
