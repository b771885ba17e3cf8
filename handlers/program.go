package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// Timeouts of the listener, against clients that are slow on purpose.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 32 << 10
	stopTimeout       = 10 * time.Second
	sweepInterval     = time.Minute
)

// Program is a whole Gatebook, from its database to its listener, as the
// commands and the tests run it.
type Program struct {
	Server   *Server
	Store    *db.Store
	Accounts *accounts.Service
	Problems Problems // providers that were left out

	cfg      Config
	log      *slog.Logger
	listener net.Listener
	unlock   func()
	version  string
	began    time.Time
	patience time.Duration // how long a stop waits for requests under way
}

// ProgramOptions are what a program needs besides its settings.
type ProgramOptions struct {
	Log      *slog.Logger
	Now      func() time.Time
	Version  string
	Listener net.Listener // taken instead of listening on the configured address
	Demo     *Demo
	Limits   Limits
}

// Open opens the database, sets up the providers and takes the address. A
// provider with a mistake is left out and named in Problems; the others work.
func Open(ctx context.Context, cfg Config, o ProgramOptions) (*Program, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Program{cfg: cfg, log: o.Log, listener: o.Listener, version: o.Version, began: time.Now(), patience: stopTimeout}
	if err := p.open(ctx, o); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Program) open(ctx context.Context, o ProgramOptions) (err error) {
	if p.unlock, err = lockFile(p.cfg.DB + ".lock"); err != nil {
		return err
	}
	if p.Store, err = db.Open(ctx, p.cfg.DB, db.Options{Now: o.Now, Log: o.Log}); err != nil {
		return err
	}
	set, problems := providers.NewSet(p.cfg.Providers, providers.Options{
		URL:     p.cfg.URL.String(),
		Now:     o.Now,
		Log:     o.Log,
		Changed: p.providerChanged,
	})
	p.Problems = append(p.Problems, p.cfg.LeftOut...)
	for _, problem := range problems {
		p.Problems = append(p.Problems, p.cfg.Locate(problem))
	}
	p.Accounts = accounts.New(p.Store, accounts.Options{
		Policy:          p.cfg.Policy,
		FreshFor:        p.cfg.StepUp,
		SessionLifetime: p.cfg.SessionLifetime,
		Usable:          func(id string) bool { _, ok := set.Get(id); return ok },
		FirstIsAdmin:    o.Demo != nil,
		Log:             o.Log,
	})
	p.Server, err = New(Options{
		URL:             p.cfg.URL,
		Site:            p.cfg.SiteName,
		Store:           p.Store,
		Accounts:        p.Accounts,
		Providers:       set,
		TrustedProxies:  p.cfg.TrustedProxies,
		SessionLifetime: p.cfg.SessionLifetime,
		Log:             o.Log,
		Demo:            o.Demo,
		LeftOut:         p.Problems,
		Limits:          o.Limits,
	})
	if err != nil {
		return err
	}
	if p.listener == nil {
		if p.listener, err = net.Listen("tcp", p.cfg.Addr); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	return nil
}

// providerChanged writes down that a provider went down or came back.
func (p *Program) providerChanged(id string, up bool, why event.Reason) {
	p.log.Warn("a provider changed", "provider", id, "up", up, "reason", why.String())
	if err := p.Accounts.ProviderChanged(context.Background(), id, up, why); err != nil {
		p.log.Error("a provider's change was not written down", "provider", id, "error", err)
	}
}

// ClaimURL is the address at which the first admin is made, "" while there is
// an admin. Each call voids the one before.
func (p *Program) ClaimURL(ctx context.Context) (string, error) {
	code, err := p.Accounts.NewClaim(ctx)
	if err != nil || code == "" {
		return "", err
	}
	return p.cfg.URL.JoinPath("claim", code).String(), nil
}

// Addr is the address that the program listens on.
func (p *Program) Addr() net.Addr { return p.listener.Addr() }

// Serve answers requests until ctx ends, then lets those under way finish, for
// ten seconds at most, and records the stop.
func (p *Program) Serve(ctx context.Context) error {
	if err := p.Accounts.Started(ctx, p.version); err != nil {
		return err
	}
	server := p.httpServer()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(p.listener) }()
	p.log.Info("ready", "addr", p.Addr().String(), "url", p.cfg.URL.String(), "ms", time.Since(p.began).Milliseconds())
	sweeper := time.NewTicker(sweepInterval)
	defer sweeper.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.stop(server)
		case err := <-failed:
			return err
		case <-sweeper.C:
			if err := p.Accounts.Sweep(ctx); err != nil {
				p.log.Error("sweep failed", "error", err)
			}
		}
	}
}

func (p *Program) httpServer() *http.Server {
	return &http.Server{
		Handler:           p.Server,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
}

// stop finishes in order: no new requests, those under way, what memory still
// holds, the last event.
func (p *Program) stop(server *http.Server) error {
	p.log.Info("stopping")
	waiting, cancel := context.WithTimeout(context.Background(), p.patience)
	defer cancel()
	err := server.Shutdown(waiting)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	// The last words have time of their own, however long the wait was.
	writing, done := context.WithTimeout(context.Background(), stopTimeout)
	defer done()
	return errors.Join(err, p.Accounts.Sweep(writing), p.Accounts.Stopped(writing))
}

// Close closes what Open opened. Call it after Serve has returned.
func (p *Program) Close() error {
	var err error
	if p.listener != nil {
		p.listener.Close() // closed already by Serve's end
	}
	if p.Store != nil {
		err = p.Store.Close()
	}
	if p.unlock != nil {
		p.unlock()
	}
	return err
}
