package handlers

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is who may know whom of ours. What is not listed may not be there.
var mayImport = map[string][]string{
	"gatebook":                    {"gatebook/db", "gatebook/db/event", "gatebook/handlers", "gatebook/handlers/accounts", "gatebook/handlers/providers", "gatebook/assets"},
	"gatebook/handlers":           {"gatebook/assets", "gatebook/db", "gatebook/db/event", "gatebook/handlers/accounts", "gatebook/handlers/practice", "gatebook/handlers/providers", "gatebook/views"},
	"gatebook/handlers/accounts":  {"gatebook/db", "gatebook/db/event"},
	"gatebook/handlers/providers": {"gatebook/handlers/accounts", "gatebook/db/event"},
	"gatebook/handlers/practice":  {},
	"gatebook/views":              {"gatebook/assets"},
	"gatebook/assets":             {},
	"gatebook/db":                 {"gatebook/db/event"},
	"gatebook/db/event":           {},
	"gatebook/db/dbtest":          {"gatebook/db", "gatebook/db/event"},
}

// forbidden are imports that a room must not have, and why.
var forbidden = map[string][]string{
	"gatebook/handlers/accounts": {"net/http", "github.com/alexedwards/scs", "github.com/markbates/goth"},
	"gatebook/db":                {"net/http", "github.com/markbates/goth"},
	"gatebook/views":             {"net/http", "database/sql"},
	"gatebook/handlers":          {"github.com/markbates/goth", "database/sql", "modernc.org/sqlite"},
	"gatebook":                   {"github.com/markbates/goth", "database/sql"},
}

type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// TestRooms reads what the build really imports.
func TestRooms(t *testing.T) {
	ours := 0
	for _, p := range builtPackages(t) {
		if strings.HasPrefix(p.ImportPath, "github.com/markbates/goth/gothic") {
			t.Errorf("%s is in the build", p.ImportPath)
		}
		if !inModule(p.ImportPath) {
			continue
		}
		if strings.HasPrefix(p.ImportPath, "gatebook/handlers/bench") || strings.HasPrefix(p.ImportPath, "gatebook/handlers/e2e") {
			continue // programs that look on from outside
		}
		ours++
		checkRoom(t, p)
	}
	if ours != len(mayImport) {
		t.Errorf("%d packages of ours, %d in the table", ours, len(mayImport))
	}
}

func checkRoom(t *testing.T, p goPackage) {
	t.Helper()
	allowed, known := mayImport[p.ImportPath]
	if !known {
		t.Errorf("%s has no line in the table", p.ImportPath)
	}
	for _, i := range p.Imports {
		if inModule(i) && !slices.Contains(allowed, i) {
			t.Errorf("%s imports %s", p.ImportPath, i)
		}
		if strings.HasPrefix(i, "github.com/markbates/goth") && p.ImportPath != "gatebook/handlers/providers" {
			t.Errorf("%s imports %s", p.ImportPath, i)
		}
		for _, no := range forbidden[p.ImportPath] {
			if i == no || strings.HasPrefix(i, no+"/") {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}

func inModule(path string) bool { return path == "gatebook" || strings.HasPrefix(path, "gatebook/") }

func builtPackages(t *testing.T) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := lines.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
