package assets

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var tokenRE = regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)`)

// TestContrast holds the tokens to WCAG 2.2 §1.4.3 (4.5:1 for text) and
// §1.4.11 (3:1 for the edge of the focus ring), in both themes.
func TestContrast(t *testing.T) {
	themes := [2]map[string]float64{{}, {}}
	for _, m := range tokenRE.FindAllStringSubmatch(string(byName["app.css"].plain), -1) {
		themes[0][m[1]], themes[1][m[1]] = luminance(t, m[2]), luminance(t, m[3])
	}
	pairs := map[string][]string{
		"ink": {"paper", "sheet"}, "ink2": {"paper", "sheet"}, "accent": {"paper", "sheet"},
		"on-accent": {"accent", "bad"}, "ok": {"ok-pale", "sheet"}, "bad": {"bad-pale", "sheet", "paper"},
		"note": {"note-pale", "sheet"},
	}
	for i, theme := range []string{"light", "dark"} {
		for text, grounds := range pairs {
			for _, ground := range grounds {
				if r := ratio(themes[i][text], themes[i][ground]); r < 4.5 {
					t.Errorf("%s: %s on %s is %.2f:1", theme, text, ground, r)
				}
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	h := strings.TrimPrefix(hex, "#")
	if len(h) == 3 {
		h = string([]byte{h[0], h[0], h[1], h[1], h[2], h[2]})
	}
	n, err := strconv.ParseUint(h, 16, 24)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

func ratio(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
