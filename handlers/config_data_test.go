package handlers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func dataConfig(dir string) Config {
	return Config{DataDir: dir, DB: filepath.Join(dir, "gatebook.db")}
}

func checkMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != want {
		t.Errorf("%s has mode %04o, want %04o", path, info.Mode().Perm(), want)
	}
}

// makeDir makes a folder with a mode that no umask changes, and files in it.
func makeDir(t *testing.T, mode os.FileMode, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("kept"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPrepareDataMakesPrivateFiles(t *testing.T) {
	cfg := dataConfig(filepath.Join(t.TempDir(), "a", "b"))
	for range 2 { // the second time everything is there
		problems, err := cfg.PrepareData()
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		checkMode(t, filepath.Dir(cfg.DataDir), 0o700)
		checkMode(t, cfg.DataDir, 0o700)
		checkMode(t, cfg.DB, 0o600)
	}
}

func TestPrepareDataClosesWhatIsOurs(t *testing.T) {
	cases := map[string]struct {
		mode  os.FileMode
		files []string
		want  os.FileMode
		says  []string // the beginnings of the warnings' messages
		err   string
	}{
		"empty":                     {0o755, nil, 0o700, []string{"was open to others (mode 0755)"}, ""},
		"with our database":         {0o750, []string{"gatebook.db", "x"}, 0o700, []string{"was open to others (mode 0750)", "was open to others (mode 0644)"}, ""},
		"shut, with open database":  {0o700, []string{"gatebook.db"}, 0o700, []string{"was open to others (mode 0644)"}, ""},
		"serving others too":        {0o755, []string{"x"}, 0o755, []string{"others may look into the data folder (mode 0755)"}, ""},
		"everyone writes":           {0o777, []string{"x"}, 0o777, nil, "everyone may write to"},
		"everyone writes, but ours": {0o777, []string{"gatebook.db"}, 0o700, []string{"was open to others (mode 0777)", "was open to others (mode 0644)"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := dataConfig(makeDir(t, c.mode, c.files...))
			problems, err := cfg.PrepareData()
			checkMode(t, cfg.DataDir, c.want)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "--data-dir "+cfg.DataDir+"/gatebook") {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || len(problems) != len(c.says) || problems.Err() != nil {
				t.Fatalf("%v, %v, want %d warnings", problems, err, len(c.says))
			}
			for i := range c.says {
				if !strings.HasPrefix(problems[i].Message, c.says[i]) {
					t.Errorf("warning %q, want %q", problems[i].Message, c.says[i])
				}
			}
			checkMode(t, cfg.DB, 0o600)
			if len(c.files) > 0 && c.files[0] == "gatebook.db" {
				if text, err := os.ReadFile(cfg.DB); err != nil || string(text) != "kept" {
					t.Errorf("database is %q, %v", text, err)
				}
			}
		})
	}
}

// The folder of someone else is never shut: it may be shared by design, as a
// volume that a cluster hands to a group.
func TestPrepareDataLeavesOthersFoldersAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	for mode, want := range map[os.FileMode]string{0o775: "others may look", 0o777: "error"} {
		dir := makeDir(t, mode)
		if err := os.Chown(dir, 65532, 65532); err != nil {
			t.Fatal(err)
		}
		problems, err := dataConfig(dir).PrepareData()
		checkMode(t, dir, mode)
		if want == "error" && err == nil || want != "error" && (err != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].Message, want)) {
			t.Errorf("%04o: %v, %v", mode, problems, err)
		}
	}
	dir := makeDir(t, 0o700, "gatebook.db")
	if err := os.Chown(filepath.Join(dir, "gatebook.db"), 65532, 65532); err != nil {
		t.Fatal(err)
	}
	if _, err := dataConfig(dir).PrepareData(); err == nil || !strings.Contains(err.Error(), "belongs to someone else") {
		t.Errorf("error %v", err)
	}
}

func TestPrepareDataThatCannotBe(t *testing.T) {
	dir := makeDir(t, 0o700, "file")
	for name, cfg := range map[string]Config{
		"a file for a folder":   dataConfig(filepath.Join(dir, "file")),
		"a folder for a file":   {DataDir: dir, DB: dir},
		"no folder for the db":  {DataDir: dir, DB: filepath.Join(dir, "absent", "x.db")},
		"no folder at all":      {DataDir: "", DB: "x"},
		"a device for the file": {DataDir: dir, DB: os.DevNull},
	} {
		if problems, err := cfg.PrepareData(); err == nil {
			t.Errorf("%s: no error, %v", name, problems)
		}
	}
}
