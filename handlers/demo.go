package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gatebook/handlers/accounts"
	"gatebook/handlers/practice"
	"gatebook/handlers/providers"
)

// Demo marks a server as a demo: the first person who signs in becomes its
// admin, and every page says so. Only RunDemo makes one.
type Demo struct{ practice *practice.Server }

// DemoOptions are what the demo command was told.
type DemoOptions struct {
	Addr    string // where to listen, on loopback only
	DB      string // the database file; "" is a temporary one that is removed in the end
	Events  int    // how many past events an empty database gets
	Log     *slog.Logger
	Out     io.Writer // where the addresses and the progress are written
	Version string
}

const demoLifetime = 30 * 24 * time.Hour

// RunDemo serves a Gatebook that needs nothing: on loopback, with practice
// providers on a second port and a past to look at, until ctx ends.
func RunDemo(ctx context.Context, o DemoOptions) error {
	listener, err := listenLoopback(o.Addr)
	if err != nil {
		return err
	}
	path, remove, err := demoFile(o.DB)
	if err != nil {
		listener.Close()
		return err
	}
	defer remove()
	peers, err := startPractice(listener.Addr().String())
	if err != nil {
		listener.Close()
		return err
	}
	defer peers.stop()
	p, err := Open(ctx, demoConfig(listener, path, peers.server), ProgramOptions{
		Log:      o.Log,
		Version:  o.Version,
		Listener: listener,
		Demo:     &Demo{peers.server},
		Limits:   demoLimits,
	})
	if err != nil {
		listener.Close()
		return err
	}
	fmt.Fprintf(o.Out, demoWords, p.cfg.URL, path)
	fill, stopFill := context.WithCancel(ctx)
	filled := make(chan error, 1)
	go func() { filled <- p.fillPast(fill, o) }()
	err = p.Serve(ctx)
	stopFill()
	if past := <-filled; past != nil && !errors.Is(past, context.Canceled) {
		err = errors.Join(err, past)
	}
	return errors.Join(err, p.Close())
}

const demoWords = `
  Gatebook demo: open  %s

  Sign in at one of the three practice providers. The first person becomes
  the admin. Nothing leaves this computer.
  Database: %s
  Stop with Ctrl-C.

`

// demoLimits let one person on one address try whatever they like.
var demoLimits = Limits{
	Starts:    Budget{1000, 10_000},
	Callbacks: Budget{1000, 10_000},
	Strangers: Budget{1000, 10_000},
}

// listenLoopback takes the address, which must not be reachable from outside.
func listenLoopback(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--addr %s: the demo listens on loopback only, such as 127.0.0.1:8080: its practice providers let anybody in", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w (choose another port with --addr 127.0.0.1:PORT)", err)
	}
	return l, nil
}

// demoFile is the named database, or one in a folder of its own that is
// removed in the end.
func demoFile(name string) (path string, remove func(), err error) {
	if name != "" {
		return name, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "gatebook-demo-")
	if err != nil {
		return "", nil, err
	}
	return filepath.Join(dir, "gatebook.db"), func() { os.RemoveAll(dir) }, nil
}

func demoConfig(l net.Listener, path string, peers *practice.Server) Config {
	cfg := Config{
		Addr:            l.Addr().String(),
		URL:             &url.URL{Scheme: "http", Host: l.Addr().String()},
		DB:              path,
		Policy:          accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk},
		SessionLifetime: demoLifetime,
		StepUp:          10 * time.Minute,
		SiteName:        "Gatebook",
	}
	for _, peer := range peers.Providers() {
		cfg.Providers = append(cfg.Providers, providers.Config{
			ID:           peer.ID,
			Kind:         peer.Kind,
			Label:        peer.Label,
			ClientID:     peer.ClientID,
			ClientSecret: peer.ClientSecret,
			Issuer:       peer.Issuer,
			BaseURL:      peer.BaseURL,
			AllowPrivate: true,
			Where:        "the demo",
		})
	}
	return cfg
}

// practicePeers are the practice providers on a port of their own. They are at
// "localhost" while Gatebook is at 127.0.0.1: two ports of one name would
// share their cookies.
type practicePeers struct {
	server *practice.Server
	http   *http.Server
}

func startPractice(gatebook string) (*practicePeers, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("practice providers: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, err
	}
	server, err := practice.New(practice.Options{
		Issuer: "http://localhost:" + port,
		RedirectURIs: func(id string) []string {
			return []string{"http://" + gatebook + "/signin/" + id + "/callback"}
		},
	})
	if err != nil {
		l.Close()
		return nil, err
	}
	peers := &practicePeers{server, &http.Server{Handler: server, ReadHeaderTimeout: readHeaderTimeout}}
	go peers.http.Serve(l)
	// Some resolvers try ::1 for localhost first; where it is free, answer there.
	if six, err := net.Listen("tcp", "[::1]:"+port); err == nil {
		go peers.http.Serve(six)
	}
	return peers, nil
}

func (p *practicePeers) stop() { p.http.Close() }

// fillPast gives an empty database a past, while the program serves already.
func (p *Program) fillPast(ctx context.Context, o DemoOptions) error {
	have, err := p.Store.LastSeq(ctx)
	if err != nil || o.Events <= 0 {
		return err
	}
	// The start of this very program may be in the book already.
	people, err := p.Store.CountAccounts(ctx)
	if err != nil {
		return err
	}
	if have > 1 || people > 0 {
		fmt.Fprintf(o.Out, "  The database has %s events already; it is left as it is.\n\n", thousands(have))
		return nil
	}
	// Its own service: nobody of the past becomes the demo's admin.
	service := accounts.New(p.Store, accounts.Options{Policy: p.cfg.Policy, FreshFor: p.cfg.StepUp})
	return writePast(ctx, p.Store, service, p.Server.providerIDs(), o)
}

func (s *Server) providerIDs() []string {
	var ids []string
	for _, p := range s.Providers.List() {
		ids = append(ids, p.ID())
	}
	return ids
}
