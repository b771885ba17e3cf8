package handlers

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An operator's own picture is read at start, shown on the button as an image,
// and served so that nothing in it can run.
func TestOperatorsIcon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mark.svg")
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>`
	if err := os.WriteFile(path, []byte(svg), 0o600); err != nil {
		t.Fatal(err)
	}
	icon, err := readIcon(path)
	if err != nil {
		t.Fatal(err)
	}
	g := openGate(t, withConfig(func(c *Config) { c.Providers[0].Icon = icon }))
	b := g.browser()
	id := g.cfg.Providers[0].ID
	if src := b.get("/signin").doc(t).Find(`form[action="/signin/`+id+`"] img`).AttrOr("src", ""); src != "/icons/"+id {
		t.Errorf("the button shows %q", src)
	}
	p := b.get("/icons/" + id)
	if p.status != http.StatusOK || p.body != svg || p.header.Get("Content-Type") != "image/svg+xml" ||
		!strings.Contains(p.header.Get("Content-Security-Policy"), "sandbox") || p.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", p.status, p.header)
	}
	for _, other := range []string{"/icons/" + g.cfg.Providers[1].ID, "/icons/nobody"} {
		if p := b.get(other); p.status != http.StatusNotFound {
			t.Errorf("%s: %d", other, p.status)
		}
	}
}

func TestReadIcon(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"a.svg":   {"<?xml version='1.0'?><svg/>", "image/svg+xml"},
		"b.png":   {"\x89PNG\r\n\x1a\nrest", "image/png"},
		"c.svg":   {"<html></html>", ""},
		"d.png":   {"<svg/>", "image/svg+xml"},
		"e.svg":   {"<svg>" + strings.Repeat(" ", maxIcon), ""},
		"f.empty": {"", ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if icon, err := readIcon(path); icon.Type != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, icon.Type, err)
		}
	}
	if _, err := readIcon(filepath.Join(dir, "absent")); err == nil {
		t.Error("a file that is not there was read")
	}
}
