package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatebook/handlers/providers"
)

func TestCheck(t *testing.T) {
	g := openGate(t)
	var out bytes.Buffer
	if err := Check(context.Background(), g.cfg, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"ok    database " + g.cfg.DB + ": 1 events", "ok    harbor at localhost:", "ok    forge at ", g.cfg.URL.String() + "/signin/harbor/callback"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	for _, p := range g.cfg.Providers {
		if strings.Contains(out.String(), p.ClientSecret) {
			t.Errorf("it tells the secret of %s", p.ID)
		}
	}
	g.left()
}

func TestCheckFindsFaults(t *testing.T) {
	g := openGate(t)
	g.peers.server.SetFault("harbor", "discovery-500")
	cfg := g.cfg
	cfg.DB = filepath.Join(t.TempDir(), "none.db")
	cfg.Providers = append(cfg.Providers, providers.Config{ID: "half", Kind: "github", ClientID: "x"})
	var out bytes.Buffer
	if err := Check(context.Background(), cfg, &out); !errors.Is(err, ErrCheck) {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"bad   harbor", "ok    meadow", "client_secret", "will be made at the first start"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	if _, err := os.Stat(cfg.DB); err == nil {
		t.Error("a check made the database")
	}
	cfg.DB = filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(cfg.DB, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := Check(context.Background(), cfg, &out); !errors.Is(err, ErrCheck) || !strings.Contains(out.String(), "bad   database") {
		t.Errorf("a damaged database: %v\n%s", err, out.String())
	}
}

func TestPrintKinds(t *testing.T) {
	var table, text bytes.Buffer
	if err := errors.Join(PrintKinds(&table, false), PrintKinds(&text, true)); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Offered []kindLine
		Refused []refusedLine
	}
	if err := json.Unmarshal(text.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Offered) != len(providers.Kinds()) || len(list.Offered) < 60 || len(list.Refused) != len(providers.Refused()) ||
		strings.Count(table.String(), "\n") != len(list.Offered)+len(list.Refused)+3 {
		t.Errorf("%d kinds, %d refused, table:\n%s", len(list.Offered), len(list.Refused), table.String())
	}
	for _, r := range list.Refused {
		if !strings.Contains(table.String(), r.Package) || r.Reason == "" {
			t.Errorf("%+v", r)
		}
	}
	for _, k := range list.Offered {
		if !strings.Contains(table.String(), k.Kind) || k.Label == "" || len(k.Fields) == 0 {
			t.Errorf("%+v", k)
		}
	}
}

func TestAskReady(t *testing.T) {
	g := openGate(t, behindHTTPS) // the check names another host than the public one
	_, port, _ := strings.Cut(g.addr, ":")
	for _, addr := range []string{g.addr, ":" + port, "0.0.0.0:" + port} {
		if err := AskReady(context.Background(), addr, 5*time.Second); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := AskReady(context.Background(), "nonsense", time.Second); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("a bad address: %v", err)
	}
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer sick.Close()
	if err := AskReady(context.Background(), sick.Listener.Addr().String(), time.Second); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a sick one: %v", err)
	}
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	if err := AskReady(context.Background(), slow.Listener.Addr().String(), 10*time.Millisecond); err == nil {
		t.Error("it waits for ever")
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if err := AskReady(context.Background(), g.addr, time.Second); err == nil {
		t.Error("nobody listens, and it is ready")
	}
}
