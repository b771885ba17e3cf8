//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const axeVersion = "4.14.1"

var axe struct {
	sync.Once
	source string
	err    error
}

// violations are axe-core's objections to the page, or to the contrast of its
// colours alone. It runs although the page forbids foreign scripts: the
// debugger is above that.
func (b *tab) violations(contrast bool) []string {
	b.t.Helper()
	source := axeSource(b.t)
	if source == "" {
		return nil
	}
	if b.noScript { // axe is one; the page's own stay unrun
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
		defer command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if !get[bool](b, "'axe' in window") {
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source+";0")); err != nil {
			b.t.Fatalf("axe: %v", err)
		}
	}
	rules := "{}"
	if contrast {
		rules = "{ runOnly: ['color-contrast'] }"
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document, `+rules+`).then(r => r.violations.map(v =>
		v.id + ': ' + v.help + v.nodes.slice(0, 3).map(n => '\n    ' + n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' ')).join('')))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe: %v", err)
	}
	return found
}

// axeSource is the text of axe-core, fetched once by npm into the cache of the
// person who runs the tests. Without npm there is none, aloud; a build server
// must have it.
func axeSource(t *testing.T) string {
	t.Helper()
	axe.Do(func() { axe.source, axe.err = fetchAxe() })
	if errors.Is(axe.err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Logf("NOT CHECKED WITH AXE-CORE: %v", axe.err)
		return ""
	}
	if axe.err != nil {
		t.Fatalf("axe-core: %v", axe.err)
	}
	return axe.source
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
