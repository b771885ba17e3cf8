//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// shared is the Chromium of all tests: each test has a browser context of its
// own in it, with its own cookies, as in a new private window.
var shared struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

var errNoChromium = errors.New("no Chromium: looked for chromium, chromium-browser and google-chrome")

// chromium is the shared browser. Without one the test is skipped, loudly; a
// build server must have one.
func chromium(t *testing.T) context.Context {
	t.Helper()
	shared.once.Do(func() { shared.ctx, shared.stop, shared.err = launch("") })
	need(t, shared.err)
	return shared.ctx
}

func need(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, errNoChromium) && os.Getenv("CI") != "true" {
		t.Skipf("\n\n  NOT TESTED IN A BROWSER: %v\n\n", err)
	}
	t.Fatal(err)
}

// closeChromium ends the shared browser, if any test wanted it.
func closeChromium() {
	if shared.stop != nil {
		shared.stop()
	}
}

// launch starts a Chromium with an empty profile, or with these preferences
// (JSON) in it. It asks nobody on the network for anything of its own accord.
func launch(preferences string) (context.Context, func(), error) {
	path, err := lookChromium()
	if err != nil {
		return nil, nil, err
	}
	profile, err := os.MkdirTemp("", "gatebook-e2e-profile-")
	if err != nil {
		return nil, nil, err
	}
	if preferences != "" {
		err = errors.Join(
			os.Mkdir(filepath.Join(profile, "Default"), 0o700),
			os.WriteFile(filepath.Join(profile, "Default", "Preferences"), []byte(preferences), 0o600))
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en-GB"), chromedp.WindowSize(1280, 900),
		// Each trip crosses sites twice: a process for each page takes longer than the page.
		chromedp.Flag("disable-site-isolation-trials", true), chromedp.Flag("renderer-process-limit", "1"))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(alloc)
	stop := func() {
		endBrowser()
		endAlloc()
		os.RemoveAll(profile)
	}
	if err = errors.Join(err, chromedp.Do(ctx)); err != nil {
		stop()
		return nil, nil, err
	}
	return ctx, stop, nil
}

func lookChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}

// newTab opens a private window with one tab.
func newTab(t *testing.T, o tabOptions) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return openTab(t, ctx, o)
}

// beside opens another tab in the same window, with the same cookies.
func (b *tab) beside() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithExistingBrowserContext(b.window()))
	b.t.Cleanup(cancel)
	return openTab(b.t, ctx, b.tabOptions)
}

func (b *tab) window() cdp.BrowserContextID { return chromedp.FromContext(b.ctx).BrowserContextID }
