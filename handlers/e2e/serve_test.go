//go:build e2e

package e2e

import (
	"debug/elf"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// provider is the least that a settings file needs besides its url.
const provider = "\n[providers.home]\nkind = \"oidc\"\nissuer = \"https://id.example.org\"\nclient_id = \"abc\"\nclient_secret = \"def\"\n"

// mistakenSettings are what people get wrong, with what they must be told.
var mistakenSettings = map[string]struct {
	file string
	env  []string
	args []string
	says []string
}{
	"a key":      {"url = \"https://id.example.org\"\nsginup = \"open\"\n" + provider, nil, nil, []string{"gatebook.toml:2: there is no setting sginup; did you mean signup?"}},
	"a word":     {"url = \"https://id.example.org\"\nsignup = \"opne\"\n" + provider, nil, nil, []string{"gatebook.toml:2: ", "did you mean open?"}},
	"a field":    {"url = \"https://id.example.org\"\n" + provider + "isuer = \"x\"\n", nil, nil, []string{"gatebook.toml:8: ", "did you mean issuer?"}},
	"a variable": {"url = \"https://id.example.org\"\n" + provider, []string{"GATEBOOK_SINGUP=open"}, nil, []string{"GATEBOOK_SINGUP: ", "did you mean GATEBOOK_SIGNUP?"}},
	"a flag":     {"url = \"https://id.example.org\"\n" + provider, nil, []string{"--step-up=10 min"}, []string{"--step-up: ", "did you mean 10m?"}},
	"no flag":    {"url = \"https://id.example.org\"\n" + provider, nil, []string{"--sign-up=open"}, []string{"--sign-up", "did you mean \"--signup\"?"}},
	"no url":     {provider, nil, nil, []string{"Gatebook needs its public address (url)"}},
	"http":       {"url = \"http://id.example.org\"\n" + provider, nil, nil, []string{"gatebook.toml:1: url: http is for this machine only", "did you mean https://id.example.org?"}},
	"http by ip": {"", []string{"GATEBOOK_URL=http://10.0.0.7:8080", "GATEBOOK_PROVIDER_GITHUB_CLIENT_ID=a", "GATEBOOK_PROVIDER_GITHUB_CLIENT_SECRET=b"}, nil,
		[]string{"GATEBOOK_URL: url: http is for this machine only", "did you mean https://10.0.0.7:8080?"}},
}

// A mistake in the settings keeps the program from starting: exit 2, with the
// place and what to write instead. Nothing is made on disk.
func TestP01_ServeRefusesMistakes(t *testing.T) {
	for name, m := range mistakenSettings {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if m.file != "" {
				if err := os.WriteFile(filepath.Join(dir, "gatebook.toml"), []byte(m.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			runIn(t, dir, m.env, append([]string{"serve", "--addr=127.0.0.1:0"}, m.args...)...).want(t, 2, m.says...)
			if _, err := os.Stat(filepath.Join(dir, "gatebook-data")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a data folder was made: %v", err)
			}
		})
	}
}

// The folder and every file in it are their owner's alone (R02), and a second
// server keeps off them (V14).
func TestR02_ServeKeepsItsDataToItself(t *testing.T) {
	s := newPracticeServing(t)
	p := s.start(t)
	enters(t, p.URL, "ada")
	wantMode(t, s.data, 0o700)
	files, err := os.ReadDir(s.data)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
		wantMode(t, filepath.Join(s.data, f.Name()), 0o600)
	}
	for _, name := range []string{"gatebook.db", "gatebook.db-wal", "gatebook.db-shm"} {
		if _, err := os.Stat(filepath.Join(s.data, name)); err != nil {
			t.Errorf("%v, among %v", err, names)
		}
	}
	before := len(book(t, p.DB))
	run(t, nil, "serve", "--config", s.file, "--addr", "127.0.0.1:0").want(t, 1, "another Gatebook is serving from this database")
	if more := since(t, p.DB, before); len(more) != 0 {
		t.Errorf("the second server wrote %v", more)
	}
	p.stop(t)
	s.start(t) // the lock ends with its process
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %04o, want %04o", path, got, want)
	}
}

// The binary is static and all there is: it runs where nothing else is, with
// an empty environment, and leaves nothing behind.
func TestP08_BinaryNeedsNothing(t *testing.T) {
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a %v part: it is not static", part.Type)
		}
	}
	dir := t.TempDir()
	said := &transcript{}
	demo := exec.CommandContext(t.Context(), binary, "demo", "--addr", "127.0.0.1:0", "--events", "0")
	demo.Dir, demo.Env, demo.Stdout, demo.Stderr = dir, []string{}, said, said
	p := watch(t, demo, said)
	p.URL = p.waitOutput(t, regexp.MustCompile(`open\s+(http://\S+)`))[1]
	p.waitReady(t)
	page := newVisitor(p.URL, nil).mustGet(t, "/signin")
	style := page.doc().Find(`link[rel="stylesheet"]`).AttrOr("href", "")
	if sheet := newVisitor(p.URL, nil).mustGet(t, style); style == "" || sheet.status != 200 || len(sheet.body) < 1000 {
		t.Errorf("no style at %q: %v", style, sheet)
	}
	kept := p.waitOutput(t, regexp.MustCompile(`Database: (\S+)`))[1]
	p.stop(t)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v were left behind: %v", left, err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary database %s was left: %v", kept, err)
	}
}

// watch starts a process of a test's own making.
func watch(t *testing.T, cmd *exec.Cmd, said *transcript) *program {
	t.Helper()
	p := &program{cmd: cmd, out: said, end: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.end)
	}()
	t.Cleanup(func() { p.stop(t) })
	return p
}

// Whether it is ready is an exit code (for containers).
func TestHealthcheck(t *testing.T) {
	s := newPracticeServing(t)
	p := s.start(t)
	run(t, nil, "healthcheck", "--addr", s.addr).want(t, 0)
	run(t, []string{"GATEBOOK_ADDR=" + s.addr}, "healthcheck").want(t, 0)
	run(t, []string{"GATEBOOK_ADDR=0.0.0.0:" + s.addr[strings.LastIndex(s.addr, ":")+1:]}, "healthcheck").want(t, 0)
	p.stop(t)
	run(t, nil, "healthcheck", "--addr", s.addr).want(t, 1, "not ready")

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	began := time.Now()
	run(t, nil, "healthcheck", "--addr", silent.Addr().String(), "--timeout", "200ms").want(t, 1, "not ready")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it waited for %s", took)
	}
}
