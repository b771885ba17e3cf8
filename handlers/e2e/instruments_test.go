//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestInstruments plants one fault of each sort in a sound page and finds it:
// silence elsewhere means that there is nothing to hear.
func TestInstruments(t *testing.T) {
	t.Parallel()
	demo := startDemo(t, "--events", "0")
	b := newTab(t, tabOptions{width: desk})
	b.open(demo.URL + "/signin")
	b.sound("signin")
	for _, tt := range []struct {
		name, plant string
		found       func() []string
		want        string
	}{
		{"a style that the policy forbids", "document.body.setAttribute('style', 'color: red')", b.complaints, "CSP: style-src"},
		{"a script that the policy forbids", "document.head.append(Object.assign(document.createElement('script'), { textContent: '1' }))", b.complaints, "script-src"},
		{"an error", "setTimeout(() => { throw Error('planted') })", b.complaints, "exception: "},
		{"a missing file", "fetch('/assets/none.js')", b.complaints, "status of 404"},
		{"something wide", "document.querySelector('h1').setAttribute('class', 'vh'), document.querySelector('main').append(Object.assign(document.createElement('img'), { width: 2000, height: 1, alt: '' }))", b.tooWide, "scrollWidth"},
		{"an image without words", "document.querySelector('main').append(Object.assign(document.createElement('img'), { width: 9, height: 9 }))", func() []string { return b.violations(false) }, "image-alt"},
		{"pale words", "document.querySelector('.foot').setAttribute('class', 'planted'), document.querySelector('.planted').style.color = '#ccc'", func() []string { return b.violations(true) }, "color-contrast"},
	} {
		get[bool](b, "!!("+tt.plant+", 1)")
		b.wait(tt.name, func() bool { return strings.Contains(strings.Join(tt.found(), "\n"), tt.want) })
	}
	b.complaints()
}
