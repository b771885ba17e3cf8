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
	"github.com/chromedp/cdproto/page"
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
	serves   bool // the server is no demo
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
	t.Cleanup(b.finish)
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
	b.wait(expression, func() bool {
		ok, err := ask[bool](b, "!!("+expression+")")
		return err == nil && ok
	})
}

// wait looks again and again until done, and shows where it stands when a
// person would have given up.
func (b *tab) wait(what string, done func() bool) {
	b.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			b.shoot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
			where, err := ask[string](b, "location.href + ' | ' + words(document.body).slice(0, 600)")
			b.t.Fatalf("not within %s: %s\nat %s (%v)", patience, what, where, err)
		case <-b.ctx.Done():
			b.t.Fatalf("%s: %v", what, b.ctx.Err())
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

// keys types text, key by key.
func (b *tab) keys(text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(text)); err != nil {
		b.t.Fatalf("keys %q: %v", text, err)
	}
}

// press presses Enter, Tab or Escape as a keyboard does: down, the character if
// there is one, up. Chromium holds the character back when the key was heeded.
func (b *tab) press(key string) {
	b.t.Helper()
	code := map[string]int64{"Enter": 13, "Tab": 9, "Escape": 27}[key]
	event := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Code: key, WindowsVirtualKeyCode: code}
	command(b, input.DispatchKeyEvent, event)
	if key == "Enter" {
		char := event
		char.Type, char.Text, char.UnmodifiedText = input.DispatchKeyEventTypeChar, "\r", "\r"
		command(b, input.DispatchKeyEvent, char)
	}
	event.Type = input.DispatchKeyEventTypeKeyUp
	command(b, input.DispatchKeyEvent, event)
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
