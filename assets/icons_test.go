package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// iconBytes is the largest mark in bytes: a page of buttons fetches one for each.
const iconBytes = 4 << 10

// allowedElements can draw and nothing else: no script, foreignObject, use,
// image or style.
var allowedElements = map[string][]string{
	"svg":    {"xmlns", "viewBox"},
	"g":      {"fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"},
	"path":   {"fill", "d"},
	"circle": {"cx", "cy", "r"},
}

var (
	// viewBoxRE takes squares only: the tile is one, and a mark must not be
	// smaller than its neighbours for want of height.
	viewBoxRE = regexp.MustCompile(`^-?\d+ -?\d+ (\d+) (\d+)$`)
	colourRE  = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	rowRE     = regexp.MustCompile(`^    ([a-z0-9]+)(\.svg)? +(#[0-9a-f]{6})?`)
)

// icon is what the checks need to know of one file.
type icon struct {
	viewBox string
	colours []string
}

func readIcons(t *testing.T) map[string]icon {
	t.Helper()
	names, err := filepath.Glob("icons/*.svg")
	if err != nil || len(names) == 0 {
		t.Fatal("no icons", err)
	}
	icons := map[string]icon{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > iconBytes {
			t.Errorf("%s: %d bytes, budget %d", name, len(raw), iconBytes)
		}
		i, problems := readIcon(raw)
		for _, p := range problems {
			t.Errorf("%s: %s", name, p)
		}
		icons[strings.TrimSuffix(filepath.Base(name), ".svg")] = i
	}
	return icons
}

// readIcon says what is wrong with a file as a mark: anything that is not a
// shape, any attribute that could fetch, run or style, and any other markup.
func readIcon(raw []byte) (i icon, problems []string) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return i, append(problems, i.problems()...)
		}
		if err != nil {
			return i, append(problems, err.Error())
		}
		switch e := token.(type) {
		case xml.StartElement:
			problems = append(problems, i.element(e)...)
		case xml.ProcInst, xml.Directive:
			problems = append(problems, "holds a declaration")
		}
	}
}

func (i *icon) element(e xml.StartElement) (problems []string) {
	attributes, ok := allowedElements[e.Name.Local]
	if !ok {
		return []string{"holds <" + e.Name.Local + ">"}
	}
	for _, a := range e.Attr {
		if a.Name.Space != "" || !slices.Contains(attributes, a.Name.Local) {
			problems = append(problems, "holds the attribute "+a.Name.Local)
		}
		switch a.Name.Local {
		case "viewBox":
			i.viewBox = a.Value
		case "fill", "stroke":
			if a.Value != "none" {
				i.colours = append(i.colours, a.Value)
			}
		}
	}
	return problems
}

func (i *icon) problems() (problems []string) {
	if m := viewBoxRE.FindStringSubmatch(i.viewBox); m == nil || m[1] != m[2] {
		problems = append(problems, "the viewBox is no square: "+i.viewBox)
	}
	if len(i.colours) == 0 {
		problems = append(problems, "no colour is named")
	}
	for _, c := range i.colours {
		if !colourRE.MatchString(c) {
			problems = append(problems, "not a plain colour: "+c)
		}
	}
	return problems
}

// TestIcons: a mark is a picture and nothing else, and is served.
func TestIcons(t *testing.T) {
	for name := range readIcons(t) {
		if res := get(t, "GET", Icon(name)); res.StatusCode != http.StatusOK {
			t.Errorf("Icon(%q): %s", name, res.Status)
		}
	}
}

func TestReadIcon_Refuses(t *testing.T) {
	const good = `<path fill="#123456" d="M0 0h9v9z"/>`
	for _, tt := range []struct{ name, box, inside string }{
		{"script", "0 0 24 24", good + `<script>alert(1)</script>`},
		{"foreign object", "0 0 24 24", good + `<foreignObject/>`},
		{"link", "0 0 24 24", good + `<a href="https://example.com"/>`},
		{"reference", "0 0 24 24", `<path fill="#123456" xlink:href="#a" d="M0 0"/>`},
		{"href on a shape", "0 0 24 24", `<path fill="#123456" href="#a" d="M0 0"/>`},
		{"handler", "0 0 24 24", `<path fill="#123456" onload="x()" d="M0 0"/>`},
		{"style", "0 0 24 24", `<path fill="#123456" style="fill:red" d="M0 0"/>`},
		{"picture from elsewhere", "0 0 24 24", `<path fill="url(https://example.com)" d="M0 0"/>`},
		{"no colour", "0 0 24 24", `<path d="M0 0"/>`},
		{"no view box", "", good},
		{"not square", "0 0 24 12", good},
		{"not closed", "0 0 24 24", good + `<g>`},
		{"declaration", "0 0 24 24", good + `<!DOCTYPE svg>`},
	} {
		raw := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="` + tt.box + `">` + tt.inside + `</svg>`
		if _, problems := readIcon([]byte(raw)); len(problems) == 0 {
			t.Errorf("%s: no problem found", tt.name)
		}
	}
	raw := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">` + good + `</svg>`
	if _, problems := readIcon([]byte(raw)); len(problems) > 0 {
		t.Errorf("a good mark is refused: %v", problems)
	}
}

// TestIcons_Visible: every mark stands on the white tile of .logo in both
// themes, so one of its colours has to be seen on white. The brands choose
// their colours (WCAG 2.2 §1.4.11 exempts logotypes); this refuses those that
// would be lost.
func TestIcons_Visible(t *testing.T) {
	if !regexp.MustCompile(`\.logo \{[^}]*background: #fff;`).Match(byName["app.css"].plain) {
		t.Error("the tile of the marks is not white")
	}
	for name, i := range readIcons(t) {
		best := 0.0
		for _, c := range i.colours {
			best = max(best, ratio(1, luminance(t, c)))
		}
		if best < 1.8 {
			t.Errorf("%s: %v is %.2f:1 on white", name, i.colours, best)
		}
	}
}

// readNotice lists the rows of NOTICE: the files with the colour that is
// stated, "" for none, and the services that a letter stands for.
func readNotice(t *testing.T) (files map[string]string, letters []string) {
	t.Helper()
	raw, err := os.ReadFile("icons/NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for line := range strings.Lines(string(raw)) {
		m := rowRE.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if _, twice := files[m[1]]; twice || slices.Contains(letters, m[1]) {
			t.Errorf("NOTICE names %s twice", m[1])
		}
		if m[2] == "" {
			letters = append(letters, m[1])
			continue
		}
		files[m[1]] = m[3]
	}
	return files, letters
}

// TestNotice: each mark has its row that says where it comes from, each row its
// mark, and the services without a mark have none.
func TestNotice(t *testing.T) {
	icons := readIcons(t)
	files, letters := readNotice(t)
	have, told := slices.Sorted(maps.Keys(icons)), slices.Sorted(maps.Keys(files))
	if diff := cmp.Diff(have, told); diff != "" {
		t.Errorf("files and rows of NOTICE differ (-files +rows):\n%s", diff)
	}
	for name, colour := range files {
		if colour != "" && !slices.Contains(icons[name].colours, colour) {
			t.Errorf("%s: NOTICE says %s, the file %v", name, colour, icons[name].colours)
		}
	}
	if len(letters) == 0 {
		t.Error("NOTICE names no letter tile")
	}
	for _, name := range letters {
		if Icon(name) != "" {
			t.Errorf("%s is said to be a letter and has a mark", name)
		}
	}
}
