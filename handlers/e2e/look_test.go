//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	desk  = 1280 // width of a window, CSS pixels
	phone = 360
)

// look examines the page as it stands, in light and dark, on a desk and on a
// phone: one heading, nothing wider than the window, nothing that axe objects
// to. It leaves a picture of each under this name.
func (b *tab) look(name string) {
	b.t.Helper()
	defer b.emulate(b.width, b.dark)
	for _, width := range []int{desk, phone} {
		for _, dark := range []bool{false, true} {
			b.emulate(width, dark)
			b.axe(name)
			b.shoot(fmt.Sprintf("%s-%d-%s", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
		}
		b.fits(name, width)
	}
	for _, width := range []int{320, 768} {
		b.emulate(width, b.dark)
		b.fits(name, width)
	}
	b.sound(name)
}

// sound checks what holds on every page.
func (b *tab) sound(name string) {
	b.t.Helper()
	if n := get[int](b, "list('h1').length"); n != 1 {
		b.t.Errorf("%s: %d headings of the first rank", name, n)
	}
	if title := get[string](b, "document.title"); !strings.HasSuffix(title, " · Gatebook") {
		b.t.Errorf("%s: title %q", name, title)
	}
	if !b.has(".demo", "Demo") {
		b.t.Errorf("%s: the page does not say that it is a demo", name)
	}
	b.fits(name, b.width)
	b.judge()
}

// fits checks that nothing sticks out at the right.
func (b *tab) fits(name string, width int) {
	b.t.Helper()
	over := get[[]string](b, `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
			.map(e => e.tagName + '.' + e.className + ' ' + words(e).slice(0, 40)).concat('(scrollWidth ' + document.documentElement.scrollWidth + ')')`)
	if len(over) > 0 {
		b.t.Errorf("%s is wider than %d px: %s", name, width, strings.Join(over, "; "))
	}
}

// shoot keeps a picture of the whole page.
func (b *tab) shoot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	beyond := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond, OptimizeForSpeed: &beyond,
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(shots(b.t), name+".png"), shot.Data, 0o644)
	}
	if err != nil {
		b.t.Errorf("picture %s: %v", name, err)
	}
}

// shots is the folder for pictures: GATEBOOK_SHOTS, else the test's own.
func shots(t *testing.T) string {
	dir := os.Getenv("GATEBOOK_SHOTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// axe asks axe-core about the page. It runs although the page forbids foreign
// scripts: the debugger is above that rule.
func (b *tab) axe(name string) {
	b.t.Helper()
	source := axeSource(b.t)
	if !get[bool](b, "'axe' in window") {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source+";0")); err != nil {
			b.t.Fatalf("axe: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v =>
		v.id + ': ' + v.help + v.nodes.slice(0, 3).map(n => '\n    ' + n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' ')).join('')))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe on %s: %v", name, err)
	}
	for _, violation := range found {
		b.t.Errorf("axe on %s at %d px: %s", name, b.width, violation)
	}
}

const axeVersion = "4.14.1"

var axeOnce struct {
	sync.Once
	source string
	err    error
}

// axeSource is the text of axe-core, fetched once by npm into the cache of the
// person who runs the tests.
func axeSource(t *testing.T) string {
	t.Helper()
	axeOnce.Do(func() { axeOnce.source, axeOnce.err = fetchAxe() })
	if axeOnce.err != nil {
		t.Fatalf("axe-core: %v", axeOnce.err)
	}
	return axeOnce.source
}

func fetchAxe() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "gatebook-e2e")
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	source, err := os.ReadFile(file)
	if err == nil && strings.Contains(string(source[:min(200, len(source))]), "v"+axeVersion) {
		return string(source), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	npm := exec.Command("npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", dir, "axe-core@"+axeVersion)
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	source, err = os.ReadFile(file)
	return string(source), err
}
