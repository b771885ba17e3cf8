//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// opFiles are the parts of the peer that are kept here; the rest comes from npm
// by the lock file.
var opFiles = []string{"op.mjs", "package.json", "package-lock.json"}

// opFolder is the folder in the user's cache in which the peer is installed. It
// is named after what the files say and appears whole, so that test runs at the
// same time share it.
var opFolder = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "gatebook-e2e", "op")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(parent, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	name, err := copyOP(fresh)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(parent, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := installOP(fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, nil
})

// copyOP copies our files and returns a hash of them all.
func copyOP(dir string) (name string, err error) {
	sum := sha256.New()
	for _, name := range opFiles {
		text, err := os.ReadFile(filepath.Join("testdata", "op", name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// installOP runs npm, which takes what the lock file names and nothing else.
func installOP(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}

// opClient is a client that is registered at the peer.
type opClient struct {
	ID       string `json:"id"`
	Secret   string `json:"secret"`
	Redirect string `json:"redirect"`
}

// newOPClient registers a provider of the Gatebook at base.
func newOPClient(base, provider string) opClient {
	return opClient{provider + "-client", "only-for-tests-of-gatebook-" + provider, base + "/signin/" + provider + "/callback"}
}

// toml is the settings of the client's provider in Gatebook.
func (c opClient) toml(provider, issuer string) string {
	return fmt.Sprintf("\n[providers.%s]\nkind = \"oidc\"\nlabel = %q\nissuer = %q\nclient_id = %q\nclient_secret = %q\nallow_private = true\n",
		provider, strings.ToUpper(provider[:1])+provider[1:], issuer, c.ID, c.Secret)
}

// op is a running peer.
type op struct {
	issuer string
	said   *transcript
}

// needNode is the peer's folder. Where there is no node or npm, the test says so
// and is skipped; under CI it fails.
func needNode(t *testing.T) string {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = exec.LookPath("npm")
	}
	dir := ""
	if err == nil {
		dir, err = opFolder()
	}
	switch {
	case err == nil:
		return dir
	case os.Getenv("CI") == "true":
		t.Fatalf("the independent provider is missing: %v", err)
	}
	t.Skipf("NOT TESTED: the independent provider is missing: %v", err)
	return ""
}

// startOP runs the peer on a port, 0 for any, until the test ends.
func startOP(t *testing.T, port int, clients ...opClient) *op {
	t.Helper()
	dir := needNode(t)
	settings, err := json.Marshal(map[string]any{"port": port, "clients": clients})
	if err != nil {
		t.Fatal(err)
	}
	o := &op{said: &transcript{}}
	node := exec.Command("node", "op.mjs", string(settings))
	node.Dir, node.Stdout, node.Stderr = dir, o.said, o.said
	alive, err := node.StdinPipe() // its end is the peer's end, even if this process is killed
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	end := make(chan struct{})
	go func() { node.Wait(); close(end) }()
	t.Cleanup(func() {
		alive.Close()
		<-end
		if t.Failed() {
			t.Logf("the peer said:\n%s", o.said)
		}
	})
	o.waitIssuer(t, end)
	return o
}

var issuerLine = regexp.MustCompile(`(?m)^http://localhost:\d+$`)

// waitIssuer returns when the peer has said where it is, and so listens.
func (o *op) waitIssuer(t *testing.T, end <-chan struct{}) {
	t.Helper()
	late := time.After(readyWithin)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for o.issuer == "" {
		select {
		case <-tick.C:
			o.issuer = issuerLine.FindString(o.said.String())
		case <-end:
			t.Fatalf("the peer ended: %s", o.said)
		case <-late:
			t.Fatalf("the peer did not start: %s", o.said)
		}
	}
}

// control asks the peer's own routes.
func (o *op) control(t *testing.T, path string, into any) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(o.issuer + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err == nil && into != nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s: %v", path, res.StatusCode, body, err)
	}
}

// misbehave sets a fault; "none" ends it.
func (o *op) misbehave(t *testing.T, fault string) {
	t.Helper()
	o.control(t, "/__fault/"+fault, nil)
}

// counts are how often each route of the peer was asked.
func (o *op) counts(t *testing.T) map[string]int {
	t.Helper()
	var n map[string]int
	o.control(t, "/__counts", &n)
	return n
}

// issuerAt is the name of a peer on a port.
func issuerAt(port int) string { return fmt.Sprintf("http://localhost:%d", port) }
