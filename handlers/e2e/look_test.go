//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	desk  = 1280 // width of a window, CSS pixels
	phone = 360
)

// view is one way to see a page.
type view struct {
	width int
	dark  bool
}

// look examines the page as it stands, in light and dark, on a desk and on a
// phone: one heading, nothing wider than the window, nothing that axe objects
// to. It leaves a picture of each under this name.
func (b *tab) look(name string) {
	b.t.Helper()
	b.survey(name, view{desk, false}, view{desk, true}, view{phone, false}, view{phone, true})
	b.sound(name)
}

// glance is look for a page of a sort that was looked at before: the words are
// new, not the form.
func (b *tab) glance(name string) {
	b.t.Helper()
	b.survey(name, view{desk, false}, view{phone, true})
	b.sound(name)
}

// survey is what look does to a page that need not be Gatebook's own. All of
// axe's rules but those of colour say the same in light and dark.
func (b *tab) survey(name string, views ...view) {
	b.t.Helper()
	defer b.emulate(b.width, b.dark)
	ruled := map[int]bool{}
	for _, v := range views {
		b.emulate(v.width, v.dark)
		for _, violation := range b.violations(ruled[v.width]) {
			b.t.Errorf("axe on %s at %d px: %s", name, v.width, violation)
		}
		ruled[v.width] = true
		b.shoot(fmt.Sprintf("%s-%d-%s", name, v.width, map[bool]string{false: "light", true: "dark"}[v.dark]))
		b.fits(name, v.width)
	}
	for _, width := range []int{320, 768} {
		b.emulate(width, b.dark)
		b.fits(name, width)
	}
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
	if b.has(".demo", "Demo") == b.serves {
		b.t.Errorf("%s: the page says wrongly whether it is a demo", name)
	}
	b.fits(name, b.width)
	b.judge()
}

// fits checks that nothing sticks out at the right.
func (b *tab) fits(name string, width int) {
	b.t.Helper()
	if over := b.tooWide(); len(over) > 0 {
		b.t.Errorf("%s is wider than %d px: %s", name, width, strings.Join(over, "; "))
	}
}

// tooWide lists what sticks out, if the page can be moved sideways for it.
func (b *tab) tooWide() []string {
	b.t.Helper()
	return get[[]string](b, `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
			.map(e => e.tagName + '.' + e.className + ' ' + words(e).slice(0, 40)).concat('(scrollWidth ' + document.documentElement.scrollWidth + ')')`)
}

// shoot keeps a picture of the whole page, or of the window while a dialog
// stands before it.
func (b *tab) shoot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	beyond, fast := !b.has("dialog[open]", ""), true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond, OptimizeForSpeed: &fast,
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
