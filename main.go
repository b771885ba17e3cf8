// Gatebook signs people in with any social account, links many of them to one
// account, and writes every sign-in and every link into a book that an admin
// can read, search and export.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers"
	"gatebook/handlers/accounts"
	"gatebook/handlers/providers"
)

// commands is the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" default:"withargs" help:"Run Gatebook (the default)."`
	Demo        demoCommand        `cmd:"" help:"Try Gatebook: practice providers, a past to look at, nothing to set up."`
	Check       checkCommand       `cmd:"" help:"Check the settings, the data folder and the providers; exit 1 if something is wrong."`
	Providers   providersCommand   `cmd:"" help:"List the kinds of providers and their settings."`
	Admin       adminCommand       `cmd:"" help:"Say who is an admin."`
	Audit       auditCommand       `cmd:"" help:"Work with the audit log."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running Gatebook whether it is ready; exit 1 if not."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

func main() {
	providers.Install()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the program with its surroundings handed in. It returns the exit
// code: 0, 1 for what failed, 2 for how it was asked.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	source := handlers.NewSource(environ)
	env := &environment{ctx, source, stdout, stderr}
	exit := -1
	parser, err := kong.New(&commands{}, source,
		kong.Name("gatebook"),
		kong.Description("Sign in with any social account, link many of them to one account, and keep a book of every sign-in."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Bind(env),
	)
	if err != nil {
		fmt.Fprintln(stderr, "gatebook:", err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if exit >= 0 {
		return exit // help was asked for
	}
	if err != nil {
		fmt.Fprintf(stderr, "gatebook: %v\n\nRun gatebook --help for the commands.\n", err)
		return 2
	}
	return exitCode(chosen.Run(), stderr)
}

func exitCode(err error, stderr io.Writer) int {
	var problems handlers.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintln(stderr, "gatebook:", err)
	return 1
}

// environment is what a command runs in.
type environment struct {
	ctx    context.Context
	source *handlers.Source
	stdout io.Writer
	stderr io.Writer
}

// config resolves the settings and prepares the data folder.
func (e *environment) config(s handlers.Settings) (handlers.Config, error) {
	cfg, problems := s.Resolve(e.source)
	leftOut, rest := problems.LeftOut(cfg)
	if rest.Err() != nil {
		return cfg, problems
	}
	cfg.LeftOut = leftOut
	e.warn("gatebook", rest.Warnings())
	warnings, err := cfg.PrepareData()
	e.warn("gatebook", warnings)
	return cfg, err
}

// warn prints what keeps nothing from starting.
func (e *environment) warn(what string, list handlers.Problems) {
	for _, w := range list {
		fmt.Fprintf(e.stderr, "%s: %v\n", what, w)
	}
}

// store opens the database of the settings beside a running server.
func (e *environment) store(s handlers.DataSettings) (*db.Store, *accounts.Service, error) {
	path, err := s.Path(e.source)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("there is no database yet: %w", err)
	}
	store, err := db.Open(e.ctx, path, db.Options{Readers: 1})
	if err != nil {
		return nil, nil, err
	}
	return store, accounts.New(store, accounts.Options{}), nil
}

type serveCommand struct{ handlers.Settings }

// Run serves until a signal comes.
func (c *serveCommand) Run(e *environment) error {
	cfg, err := e.config(c.Settings)
	if err != nil {
		return err
	}
	log := cfg.Logger(os.Stderr)
	program, err := handlers.Open(e.ctx, cfg, handlers.ProgramOptions{Log: log, Version: version()})
	if err != nil {
		return err
	}
	defer program.Close()
	e.warn("left out", program.Problems)
	claim, err := program.ClaimURL(e.ctx)
	if err != nil {
		return err
	}
	if claim != "" {
		fmt.Fprintf(e.stdout, "\nThere is no admin yet. Open this link once, within a day, to become the first:\n\n  %s\n\n", claim)
	}
	return program.Serve(e.ctx)
}

type demoCommand struct {
	Addr   string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on; loopback only."`
	DB     string `name:"db" placeholder:"FILE" help:"Keep the database in this file; else it is temporary."`
	Events int    `default:"400" placeholder:"N" help:"How many past events an empty database gets."`
}

// Run serves the demo until a signal comes.
func (c *demoCommand) Run(e *environment) error {
	log := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return handlers.RunDemo(e.ctx, handlers.DemoOptions{
		Addr: c.Addr, DB: c.DB, Events: c.Events, Log: log, Out: e.stdout, Version: version(),
	})
}

type checkCommand struct {
	handlers.Settings
	Print bool `help:"Print the settings in force, with secrets masked."`
}

// Run checks everything that can be checked without a browser.
func (c *checkCommand) Run(e *environment) error {
	cfg, err := e.config(c.Settings)
	if err != nil {
		return err
	}
	if c.Print {
		fmt.Fprint(e.stdout, cfg.Effective())
	}
	return handlers.Check(e.ctx, cfg, e.stdout)
}

type providersCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the catalogue.
func (c *providersCommand) Run(e *environment) error { return handlers.PrintKinds(e.stdout, c.JSON) }

type adminCommand struct {
	Grant  grantCommand  `cmd:"" help:"Make somebody an admin."`
	Revoke revokeCommand `cmd:"" help:"Take the right away again."`
	List   listCommand   `cmd:"" help:"List the admins."`
}

type grantCommand struct {
	handlers.DataSettings
	Person string `arg:"" help:"An account's id, a verified e-mail, or provider:subject."`
}

// Run makes somebody an admin, also beside a running server.
func (c *grantCommand) Run(e *environment) error {
	return e.change(c.DataSettings, c.Person, "is an admin now", (*accounts.Service).Grant)
}

type revokeCommand struct {
	handlers.DataSettings
	Person string `arg:"" help:"An account's id, a verified e-mail, or provider:subject."`
}

// Run takes an admin's right away, also beside a running server.
func (c *revokeCommand) Run(e *environment) error {
	return e.change(c.DataSettings, c.Person, "is no admin any more", (*accounts.Service).Revoke)
}

// change finds a person and runs one act on their account.
func (e *environment) change(s handlers.DataSettings, person, done string,
	act func(*accounts.Service, context.Context, db.Actor, db.ID) error) error {
	store, service, err := e.store(s)
	if err != nil {
		return err
	}
	defer store.Close()
	who, err := service.Find(e.ctx, person)
	if err != nil {
		return err
	}
	if err := act(service, e.ctx, db.Actor{Kind: event.CommandLine}, who.ID); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s (%s) %s.\n", who.Name, who.ID, done)
	return nil
}

type listCommand struct{ handlers.DataSettings }

// Run lists the admins.
func (c *listCommand) Run(e *environment) error {
	store, _, err := e.store(c.DataSettings)
	if err != nil {
		return err
	}
	defer store.Close()
	admins, err := store.Admins(e.ctx)
	for _, a := range admins {
		fmt.Fprintf(e.stdout, "%s  %-8s  %s\n", a.ID, a.Status, a.Name)
	}
	if err == nil && len(admins) == 0 {
		fmt.Fprintln(e.stdout, "There is no admin yet.")
	}
	return err
}

type auditCommand struct {
	Export exportCommand `cmd:"" help:"Write events to standard output as NDJSON."`
}

type exportCommand struct {
	handlers.DataSettings
	Format   string `default:"ndjson" enum:"ndjson" help:"Format of the lines: ndjson."`
	Q        string `name:"search" placeholder:"TEXT" help:"Only where the name, e-mail or handle contains this."`
	Kind     string `help:"Only this kind, such as session.signin."`
	Outcome  string `help:"Only success or failure."`
	Reason   string `help:"Only this reason."`
	Provider string `help:"Only this provider."`
	Account  string `help:"Only this account's id."`
	IP       string `name:"ip" help:"Only this address or network."`
	From     string `placeholder:"DAY" help:"Only from this day or instant on (UTC)."`
	To       string `placeholder:"DAY" help:"Only up to this day, or before this instant (UTC)."`
}

// Run streams the events, newest first.
func (c *exportCommand) Run(e *environment) error {
	store, service, err := e.store(c.DataSettings)
	if err != nil {
		return err
	}
	defer store.Close()
	filter := url.Values{"q": {c.Q}, "kind": {c.Kind}, "outcome": {c.Outcome}, "reason": {c.Reason}, "provider": {c.Provider},
		"account": {c.Account}, "ip": {c.IP}, "from": {c.From}, "to": {c.To}}
	_, err = handlers.Export(e.ctx, store, service, filter, e.stdout)
	return err
}

type healthcheckCommand struct {
	Addr    string        `env:"GATEBOOK_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where Gatebook listens."`
	Timeout time.Duration `default:"3s" help:"How long to wait."`
}

// Run asks for readiness.
func (c *healthcheckCommand) Run(e *environment) error {
	return handlers.AskReady(e.ctx, c.Addr, c.Timeout)
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(e *environment) error {
	_, err := fmt.Fprintln(e.stdout, "gatebook", version())
	return err
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown build)"
	}
	return info.Main.Version + " " + info.GoVersion
}
