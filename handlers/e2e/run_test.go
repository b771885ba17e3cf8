//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ended is how one short command went.
type ended struct {
	code           int
	stdout, stderr string
}

// run runs the built binary to its end, in an empty folder and with env alone.
func run(t testing.TB, env []string, args ...string) ended {
	t.Helper()
	return runIn(t, t.TempDir(), env, args...)
}

func runIn(t testing.TB, dir string, env []string, args ...string) ended {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir, cmd.Env = dir, append([]string{}, env...) // not nil, which would be ours
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// want holds a command's end to its exit code and to what it says.
func (e ended) want(t *testing.T, code int, says ...string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit %d, want %d; it said %q and %q", e.code, code, e.stdout, e.stderr)
	}
	for _, text := range says {
		if !strings.Contains(e.stdout+e.stderr, text) {
			t.Errorf("nothing of %q in %q and %q", text, e.stdout, e.stderr)
		}
	}
}

// eventLine is one line of `gatebook audit export`.
type eventLine struct {
	ID, Kind, Outcome, Reason, Provider, Account, Identity, Session, Actor, IP string
	Seq, Count                                                                 int64
	At                                                                         string
	Detail                                                                     struct{ Check, Reauth, Rule, Filter string }
}

// String is what the event says in short.
func (e eventLine) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.Kind, e.Outcome, e.Reason, e.Provider))
}

// book exports the events of a database in the order in which they were
// written, without those of the exports.
func book(t testing.TB, file string, filters ...string) []eventLine {
	t.Helper()
	got := run(t, nil, append([]string{"audit", "export", "--db", file}, filters...)...)
	if got.code != 0 {
		t.Fatalf("audit export: exit %d: %s", got.code, got.stderr)
	}
	var lines []eventLine
	for in := json.NewDecoder(strings.NewReader(got.stdout)); in.More(); {
		var e eventLine
		if err := in.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Kind != "audit.export" {
			lines = append([]eventLine{e}, lines...)
		}
	}
	return lines
}

// since are the events after the first n.
func since(t testing.TB, file string, n int) []eventLine {
	t.Helper()
	all := book(t, file)
	if len(all) < n {
		t.Fatalf("%d events, but there were %d", len(all), n)
	}
	return all[n:]
}

func words(list []eventLine) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.String())
	}
	return out
}

// freePort is a port that nobody listens on, below those that the system gives
// out by itself: it stays free while nobody asks for it by number.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// serving is a settings file and a data folder for `gatebook serve`.
type serving struct{ url, addr, file, data string }

// newServing writes the settings of a server on a free port, open to everybody;
// more is added, and may hold $URL for the server's address.
func newServing(t testing.TB, more string) serving {
	t.Helper()
	dir := t.TempDir()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := serving{"http://" + addr, addr, filepath.Join(dir, "gatebook.toml"), filepath.Join(dir, "data")}
	s.write(t, more)
	return s
}

// write writes the settings anew.
func (s serving) write(t testing.TB, more string) {
	t.Helper()
	head := fmt.Sprintf("url = %q\naddr = %q\ndata_dir = %q\nsignup = \"open\"\n", s.url, s.addr, s.data)
	if err := os.WriteFile(s.file, []byte(head+more), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs `gatebook serve` and waits until it is ready.
func (s serving) start(t testing.TB) *program {
	t.Helper()
	p := startProgram(t, nil, "serve", "--config", s.file)
	p.URL, p.DB = s.url, filepath.Join(s.data, "gatebook.db")
	p.waitReady(t)
	return p
}
