package handlers

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The README's tables are made from the code. GATEBOOK_WRITE_README=1 writes
// them; otherwise they are compared.
func TestReadmeTables(t *testing.T) {
	const path = "../README.md"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for name, table := range map[string]string{
		"settings": SettingsTable(), "providers": ProviderTable(), "kinds": KindTable(), "refused": RefusedTable(),
	} {
		begin, end := "<!-- "+name+": made by gatebook, checked by a test -->\n", "<!-- /"+name+" -->"
		before, rest, found := strings.Cut(text, begin)
		old, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("README.md has no place for the %s", name)
		}
		want := "\n" + strings.TrimSpace(table) + "\n\n"
		if old != want && os.Getenv("GATEBOOK_WRITE_README") == "" {
			t.Errorf("README.md's table of %s is not the code's; run the test with GATEBOOK_WRITE_README=1", name)
		}
		text = before + begin + want + end + after
	}
	if os.Getenv("GATEBOOK_WRITE_README") != "" {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Every file that the README shows or leads to is there.
func TestReadmeLinks(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	local := regexp.MustCompile(`(?:srcset=|src=)"([^":]+)"|\]\(([^):#]+)\)`)
	found := local.FindAllStringSubmatch(string(text), -1)
	if len(found) == 0 {
		t.Fatal("no link was found")
	}
	for _, m := range found {
		if _, err := os.Stat("../" + m[1] + m[2]); err != nil {
			t.Error(err)
		}
	}
}
