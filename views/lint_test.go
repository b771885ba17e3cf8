package views

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// forbidden is what the content security policy would block, or what would let
// data become markup or a program.
var forbidden = []struct {
	why     string
	pattern *regexp.Regexp
}{
	{"inline style", regexp.MustCompile(`\bstyle=|<style|^css `)},
	{"inline handler", regexp.MustCompile(`\son[a-z]+=`)},
	{"inline script", regexp.MustCompile(`<script(?:[^>]*)>[^<]|^script `)},
	{"script from elsewhere", regexp.MustCompile(`<script[^>]*src="`)},
	{"htmx program", regexp.MustCompile(`hx-on|hx-vals|hx-headers|hx-confirm|\bjs:|javascript:`)},
	{"trigger filter", regexp.MustCompile(`hx-trigger="[^"]*\[`)},
	{"boosted navigation", regexp.MustCompile(`hx-boost`)},
	{"raw markup", regexp.MustCompile(`templ\.Raw|templ\.ComponentScript|templ\.JS`)},
	{"unchecked URL", regexp.MustCompile(`templ\.SafeURL`)},
	{"unchecked URL for htmx", regexp.MustCompile(`hx-(?:get|post)=\{ (?:[a-z]\w*\.|[a-z]+ )`)},
	{"post by htmx alone", regexp.MustCompile(`hx-post`)},
	{"form that submits nowhere", regexp.MustCompile(`<form(?:>| [^>]*method="dialog")`)},
}

func TestTemplates_Lint(t *testing.T) {
	names, err := filepath.Glob("*.templ")
	if err != nil || len(names) == 0 {
		t.Fatal("no .templ files", err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range forbidden {
			if hit := f.pattern.Find(src); hit != nil {
				t.Errorf("%s: %s: %q", name, f.why, hit)
			}
		}
	}
}

// TestTemplates_LintBites shows that each rule finds what it is for.
func TestTemplates_LintBites(t *testing.T) {
	for _, bad := range []string{
		`<p style="a">`, `<a onclick="x">`, `<script>x`, `<script src="https://x">`, `<a hx-on:click="x">`,
		`<form hx-trigger="click[x]" action="/">`, `<a hx-boost="true">`, `templ.Raw(x)`, `templ.SafeURL(x)`,
		`<a hx-get={ p.Older }>`, `<form hx-post="/x" action="/x">`, `<form>`,
	} {
		found := false
		for _, f := range forbidden {
			found = found || f.pattern.MatchString(bad)
		}
		if !found {
			t.Errorf("nothing forbids %s", bad)
		}
	}
}
