//go:build e2e

// Package e2e tests Gatebook from outside: the built program, its pages in a
// real browser, an independent provider, and a kill at the worst moment.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once by TestMain.
var binary string

func TestMain(m *testing.M) {
	os.Exit(withBinary(m.Run))
}

// withBinary builds the program as it ships, without cgo, and removes it when
// the tests are over.
func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "gatebook-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gatebook")
	build := exec.Command("go", "build", "-o", binary, "gatebook")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	defer closeChromium()
	return run()
}

const (
	readyWithin = 20 * time.Second // from the start of a process to its first answer
	stopWithin  = 10 * time.Second // from the signal to the end of the process
	lookEvery   = 20 * time.Millisecond
)

// program is one running Gatebook.
type program struct {
	URL string // as a browser asks for it, no trailing slash
	DB  string // the database file; "" when startDemo did not choose it
	cmd *exec.Cmd
	out *transcript
	end chan struct{} // closed when the process is gone
	err error         // how it ended; read after end
}

// startDemo runs `gatebook demo` with 400 past events on a free loopback port
// and a database of its own, and waits until it is ready. Later args win over
// these, so a test may say --db or --events again.
func startDemo(t testing.TB, args ...string) *program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gatebook.db")
	p := startProgram(t, nil, append([]string{"demo", "--addr", "127.0.0.1:0", "--db", file, "--events", "400"}, args...)...)
	p.DB = file
	said := p.waitOutput(t, regexp.MustCompile(`Gatebook demo: open\s+(http://\S+)`))
	p.URL = said[1]
	p.waitReady(t)
	return p
}

// startProgram runs the built binary with env on top of a bare environment. The
// process is stopped at the end of the test; what it said is logged if the test
// failed. The caller sets URL and calls waitReady.
func startProgram(t testing.TB, env []string, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(binary, args...), out: &transcript{}, end: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TZ=UTC"}, env...)
	p.cmd.Dir = t.TempDir() // no gatebook.toml of the surroundings is read
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.end)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("gatebook %v said:\n%s", args, p.out)
		}
	})
	return p
}

// stop asks the process to end, as a service manager does, and kills it when it
// does not listen. A process that is gone already is left alone.
func (p *program) stop(t testing.TB) {
	t.Helper()
	select {
	case <-p.end:
		return
	default:
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.end:
	case <-time.After(stopWithin):
		t.Errorf("gatebook did not stop within %s of SIGTERM", stopWithin)
		p.kill()
	}
}

// kill ends the process as a power cut would, and returns when it is gone.
func (p *program) kill() {
	p.cmd.Process.Kill()
	<-p.end
}

// waitReady returns when /readyz says 200.
func (p *program) waitReady(t testing.TB) {
	t.Helper()
	client := &http.Client{Timeout: 2 * time.Second}
	p.wait(t, readyWithin, "GET "+p.URL+"/readyz", func() bool {
		res, err := client.Get(p.URL + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// waitPast returns when the demo's past is written in full.
func (p *program) waitPast(t testing.TB) {
	t.Helper()
	p.waitOutput(t, regexp.MustCompile(`100 %`))
}

// waitOutput returns when the program has said what pattern matches, with its
// groups.
func (p *program) waitOutput(t testing.TB, pattern *regexp.Regexp) []string {
	t.Helper()
	var said []string
	p.wait(t, readyWithin, "output "+pattern.String(), func() bool {
		said = pattern.FindStringSubmatch(p.out.String())
		return said != nil
	})
	return said
}

// wait looks again and again until done, and fails the test when the time is up
// or the process is gone.
func (p *program) wait(t testing.TB, most time.Duration, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-p.end:
			t.Fatalf("%s: gatebook ended first: %v", what, p.err)
		case <-ctx.Done():
			t.Fatalf("%s: not within %s", what, most)
		}
	}
}

// transcript keeps what a process writes, for readers at the same time.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
