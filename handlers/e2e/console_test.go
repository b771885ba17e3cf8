//go:build e2e

package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

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
	b.t.Helper()
	for _, wrong := range b.complaints() {
		b.t.Errorf("console: %s", wrong)
	}
}

// finish is judge at the end, when all that was expected must have come.
func (b *tab) finish() {
	b.judge()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.expected) > 0 && !b.t.Failed() {
		b.t.Errorf("the console never said: %q", b.expected)
	}
}

// complaints takes what the console said and nobody expected.
func (b *tab) complaints() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wrong := range b.wrong {
		if !b.forgiven(wrong) {
			list = append(list, wrong)
		}
	}
	b.wrong = nil
	return list
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
