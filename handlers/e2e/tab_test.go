//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a person would wait for anything here.
const patience = 15 * time.Second

//go:embed testdata/find.js
var findScript string

// tabOptions are what a tab is like.
type tabOptions struct {
	width    int
	dark     bool
	noScript bool
}

// tab is a page of the browser, driven by what a person sees in it. Whatever
// the page writes to its console fails the test, unless it was expected.
type tab struct {
	t   *testing.T
	ctx context.Context
	tabOptions

	mu       sync.Mutex
	wrong    []string
	expected []string
	asked    []string // addresses of the documents that were asked for
}

func openTab(t *testing.T, ctx context.Context, o tabOptions) *tab {
	t.Helper()
	b := &tab{t: t, ctx: ctx, tabOptions: o}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	command(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI))`,
	})
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.noScript})
	b.emulate(o.width, o.dark)
	t.Cleanup(b.judge)
	return b
}

// command sends one protocol command within the time that a person would wait.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, c, params)
	if err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

// hear takes down what goes wrong in the page and which documents it asks for.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.wrong = append(b.wrong, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			b.wrong = append(b.wrong, fmt.Sprintf("console.%s: %s", e.Type, e.Args[0].Value))
		}
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			b.asked = append(b.asked, e.Request.URL)
		}
	}
}

// expect says that the console will name this status, such as 403, once more.
func (b *tab) expect(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, fmt.Sprintf("the server responded with a status of %d ", status))
}

// judge fails the test for whatever the console says that nobody expected.
func (b *tab) judge() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wrong := range b.wrong {
		if !b.forgiven(wrong) {
			b.t.Errorf("console: %s", wrong)
		}
	}
	b.wrong = nil
}

func (b *tab) forgiven(wrong string) bool {
	for i, expected := range b.expected {
		if strings.Contains(wrong, expected) {
			b.expected = append(b.expected[:i], b.expected[i+1:]...)
			return true
		}
	}
	return false
}

// visited is the last document asked for whose address contains part.
func (b *tab) visited(part string) string {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.asked) - 1; i >= 0; i-- {
		if strings.Contains(b.asked[i], part) {
			return b.asked[i]
		}
	}
	b.t.Fatalf("no document with %q was asked for: %q", part, b.asked)
	return ""
}

// emulate sets the window's width in CSS pixels and the system's colours. A
// narrow window is a phone.
func (b *tab) emulate(width int, dark bool) {
	b.t.Helper()
	scheme, height := "light", int64(900)
	if dark {
		scheme = "dark"
	}
	phone := width < 500
	if phone {
		height = 780
	}
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: height, DeviceScaleFactor: 1, Mobile: phone,
	})
	command(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: phone})
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// open goes to an address and waits until the page is there, whatever its status.
func (b *tab) open(url string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		b.t.Fatalf("open %s: %v", url, err)
	}
}

// ask evaluates an expression in the page, with the words of find.js.
func ask[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(() => {"+findScript+"\nreturn ("+expression+");})()"))
}

// get is ask for what must be there now.
func get[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := ask[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to become true. A page that is just going away
// answers with an error, and the next one is asked.
func (b *tab) until(expression string) {
	b.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		ok, err := ask[bool](b, "!!("+expression+")")
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			b.shoot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
			where, _ := ask[string](b, "location.href + ' | ' + words(document.body).slice(0, 600)")
			b.t.Fatalf("not within %s: %s (error %v)\nat %s", patience, expression, err, where)
		case <-b.ctx.Done():
			b.t.Fatalf("%s: %v", expression, b.ctx.Err())
		}
	}
}

// at waits for the page of a path.
func (b *tab) at(path string) { b.t.Helper(); b.until(fmt.Sprintf("at(%q)", path)) }

// see waits for an element with these words.
func (b *tab) see(css, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("loaded() && find(%q, %q)", css, text))
}

// has says whether an element with these words is there now.
func (b *tab) has(css, text string) bool {
	b.t.Helper()
	return get[bool](b, fmt.Sprintf("!!find(%q, %q)", css, text))
}

// click presses an element with the mouse, as soon as it can be pressed.
func (b *tab) click(css, text string) { b.t.Helper(); b.clicks(css, text, 1) }

// clicks presses an element several times in a row.
func (b *tab) clicks(css, text string, times int64) {
	b.t.Helper()
	b.until(fmt.Sprintf("target(%q, %q)", css, text))
	spot := get[struct{ X, Y float64 }](b, fmt.Sprintf("target(%q, %q)", css, text))
	for n := int64(1); n <= times; n++ {
		for _, kind := range []input.DispatchMouseEventType{chromedp.MouseMoved, chromedp.MousePressed, chromedp.MouseReleased} {
			event := input.DispatchMouseEventParams{Type: kind, X: spot.X, Y: spot.Y}
			if kind != chromedp.MouseMoved {
				event.Button, event.ClickCount = input.MouseButtonLeft, n
			}
			command(b, input.DispatchMouseEvent, event)
		}
	}
}

// keys types, key by key.
func (b *tab) keys(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys, options...)); err != nil {
		b.t.Fatalf("keys %q: %v", keys, err)
	}
}

// back presses the browser's Back button.
func (b *tab) back() {
	b.t.Helper()
	past := command(b, page.GetNavigationHistory, cdp.Empty{})
	if past.CurrentIndex == 0 {
		b.t.Fatal("there is nothing to go back to")
	}
	command(b, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: past.Entries[past.CurrentIndex-1].ID})
}
