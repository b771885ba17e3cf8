package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// tally counts what the hostile table met.
type tally struct{ cases, failed, passed, panicked, slow atomic.Int64 }

// Every reply of every kind is broken in every way: the answer is a failure of
// ours, or the very same person, and never anything in between.
func TestZooSurvivesHostility(t *testing.T) {
	throughInstall(t)
	var n tally
	rows := zooRows()
	t.Run("kinds", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.kind, func(t *testing.T) {
				t.Parallel()
				z := newZoo(t, row)
				if _, _, err := z.run(z.p, "7101"); err != nil {
					t.Fatal(err)
				}
				z.breakLeaves(&n)
				z.breakBodies(&n)
				z.breakNetwork(&n)
			})
		}
	})
	t.Logf("%d kinds, %d cases: %d failures of ours (%d of them panics of goth), %d the same person; %d with the clock running out",
		len(rows), n.cases.Load(), n.failed.Load(), n.panicked.Load(), n.passed.Load(), n.slow.Load())
}

// targets are the replies that are broken: all but those that are read once
// and kept.
func (z *zoo) targets() []string {
	keys := slices.Sorted(maps.Keys(z.row.replies))
	return slices.DeleteFunc(keys, func(key string) bool {
		return strings.Contains(key, ".well-known") || z.row.replies[key] == keySet() && z.row.kind != "apple"
	})
}

// judge holds what came of a broken reply to the two answers that are right.
// sameType says that another value of the same type was put in, which may be
// another person as well.
func (z *zoo) judge(n *tally, what string, got accounts.Profile, err error, sameType bool) {
	z.t.Helper()
	n.cases.Add(1)
	if err != nil {
		n.failed.Add(1)
		var f *Failure
		if errors.As(err, &f) && f.Reason == event.ReasonProviderPanic {
			n.panicked.Add(1)
		}
		z.typed(err)
		if got.Subject != "" || got.Email != "" {
			z.t.Errorf("%s: a failure came with the profile of %q", what, got.Subject)
		}
		return
	}
	n.passed.Add(1)
	want := z.wantOf("7101")
	if accounts.CheckSubject(got.Subject) != nil || !sameType && (got.Subject != want.Subject || got.Namespace != want.Namespace) {
		z.t.Errorf("%s: came back as %q in %q", what, got.Subject, got.Namespace)
	}
	raised := got.EmailState == accounts.EmailVerified && want.EmailState != accounts.EmailVerified
	if raised || !sameType && got.Email != want.Email && got.Email != "" || strings.Contains(fmt.Sprint(got), canary) {
		z.t.Errorf("%s: address %q %v", what, got.Email, got.EmailState)
	}
}

// breakLeaves replaces each value of each reply, and of the ID token, by one
// of every other type, and leaves it out.
func (z *zoo) breakLeaves(n *tally) {
	keys := z.targets()
	if z.row.claims != "" {
		keys = append(keys, "claims")
	}
	for _, key := range keys {
		sample := z.render(key, "7101", "")
		if key == "claims" {
			sample = z.standardClaims("7101", "none", "none")
		}
		whole, ok := parse(sample)
		if !ok {
			continue // Steam's is no JSON
		}
		for _, path := range leaves(whole, nil) {
			was := valueAt(whole, path)
			for _, put := range []any{nil, json.Number("7"), "x", map[string]any{}, []any{}, true, deleted{}} {
				if fmt.Sprintf("%T", put) == fmt.Sprintf("%T", was) {
					continue
				}
				z.broken(n, key, fmt.Sprintf("%s %s %s=%v", z.row.kind, key, strings.Join(path, "."), put), func(text string) string {
					v, _ := parse(text)
					out, _ := json.Marshal(with(v, path, put))
					return string(out)
				})
			}
		}
	}
}

func (z *zoo) broken(n *tally, key, what string, mutate func(string) string) {
	z.mu.Lock()
	z.mutate[key] = mutate
	z.mu.Unlock()
	got, _, err := z.run(z.p, "7101")
	z.judge(n, what, got, err, false)
	z.mu.Lock()
	delete(z.mutate, key)
	z.mu.Unlock()
}

// breakBodies replaces whole replies.
func (z *zoo) breakBodies(n *tally) {
	for _, key := range z.targets() {
		for _, body := range []string{`{}`, `null`, `[]`, `"x"`, ``, `{"a":`, `<html>` + canary, `{"error":"invalid_grant","error_description":"` + canary + `"}`, strings.Repeat("[", 20000), "\x00\xff" + canary} {
			z.answered(n, z.p, key, fmt.Sprintf("%s %s %.20q", z.row.kind, key, body), text(http.StatusOK, body))
		}
		for _, status := range []int{204, 400, 401, 403, 404, 429, 500, 503} {
			z.answered(n, z.p, key, fmt.Sprintf("%s %s %d", z.row.kind, key, status), text(status, `{"message":"`+canary+`"}`))
		}
	}
}

func (z *zoo) answered(n *tally, p *Provider, key, what string, answer http.HandlerFunc) {
	z.mu.Lock()
	z.answer[key] = answer
	z.mu.Unlock()
	got, _, err := z.run(p, "7101")
	z.judge(n, what, got, err, false)
	z.mu.Lock()
	delete(z.answer, key)
	z.mu.Unlock()
}

// bomb is 64 MiB of spaces, in 64 KiB.
var bomb = zip(64 << 20)

// breakNetwork breaks the connection, and answers without end, too slowly, too
// much or from elsewhere.
func (z *zoo) breakNetwork(n *tally) {
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	redirects := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, key := range z.targets() {
		for name, answer := range map[string]http.HandlerFunc{
			"redirect": redirects("https://evil.test/"), "redirect inside": redirects("http://127.0.0.1/"),
			"dropped": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"cut": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				w.Write([]byte(`{"id":7}`))
			},
			"bomb": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.Write(bomb)
			},
			"endless": func(w http.ResponseWriter, _ *http.Request) {
				for {
					if _, err := w.Write(chunk); err != nil {
						return
					}
				}
			},
		} {
			z.answered(n, z.p, key, z.row.kind+" "+key+" "+name, answer)
		}
		began := time.Now()
		z.answered(n, z.hasty, key, z.row.kind+" "+key+" slow", trickle)
		n.slow.Add(1)
		if took := time.Since(began); took > 3*time.Second {
			z.t.Errorf("%s: a reply of one byte at a time held the trip for %v", key, took)
		}
	}
}

// trickle sends a byte at a time until the other side has had enough.
func trickle(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}
