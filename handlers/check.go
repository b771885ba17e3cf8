package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gatebook/db"
	"gatebook/handlers/providers"
)

// ErrCheck says that Check found something wrong; what it is has been printed.
var ErrCheck = errors.New("something is wrong: see above")

// Check looks at everything that can be looked at without a browser: the
// database, every provider's settings, and whether a trip to it could begin
// (for OpenID Connect that asks its discovery document). It prints a line
// each and fails with ErrCheck if one of them is bad.
func Check(ctx context.Context, cfg Config, w io.Writer) error {
	good := checkDB(ctx, cfg, w)
	checkProxy(cfg, w)
	set, problems := providers.NewSet(cfg.Providers, providers.Options{URL: cfg.URL.String(), Now: time.Now})
	leftOut := slices.Clone(cfg.LeftOut)
	for _, p := range problems {
		leftOut = append(leftOut, cfg.Locate(p))
	}
	for _, p := range leftOut {
		fmt.Fprintf(w, "bad   %v\n", p)
		good = false
	}
	for _, p := range set.List() {
		good = checkProvider(ctx, p, w) && good
	}
	if !good {
		return ErrCheck
	}
	return nil
}

// checkDB opens the database where there is one: a check makes none.
func checkDB(ctx context.Context, cfg Config, w io.Writer) bool {
	if info, err := os.Stat(cfg.DB); err != nil || info.Size() == 0 {
		fmt.Fprintf(w, "ok    database %s will be made at the first start\n", cfg.DB)
		return true
	}
	store, err := db.Open(ctx, cfg.DB, db.Options{Readers: 1})
	if err != nil {
		fmt.Fprintf(w, "bad   database: %v\n", err)
		return false
	}
	defer store.Close()
	n, err := store.LastSeq(ctx)
	if err != nil {
		fmt.Fprintf(w, "bad   database: %v\n", err)
		return false
	}
	fmt.Fprintf(w, "ok    database %s: %s events\n", cfg.DB, thousands(n))
	return true
}

// clockTolerance is how far a provider's clock may be off before ID tokens are
// refused for it.
const clockTolerance = time.Minute

func checkProvider(ctx context.Context, p *providers.Provider, w io.Writer) bool {
	bad := func(what string, err error) bool {
		fmt.Fprintf(w, "bad   %s: %s: %v\n      %s\n", p.ID(), what, err, adminWords(reasonOf(err)))
		return false
	}
	if _, err := p.Start(ctx, providers.StartOptions{}); err != nil {
		return bad("a trip could not begin", err)
	}
	probe, err := p.Probe(ctx)
	if err != nil {
		return bad("its signing keys", err)
	}
	fmt.Fprintf(w, "ok    %s at %s; its callback URL is %s\n", p.ID(), p.Host(), p.CallbackURL())
	if !p.Kind().IDToken {
		return true
	}
	if probe.Keys == 0 {
		fmt.Fprintf(w, "bad   %s has no signing keys, so no ID token of it can be trusted\n", p.ID())
		return false
	}
	if probe.Skew.Abs() > clockTolerance {
		fmt.Fprintf(w, "bad   %s: its clock is %s off this machine's; ID tokens would be refused\n", p.ID(), probe.Skew)
		return false
	}
	fmt.Fprintf(w, "ok    %s: %s, clock within %s\n", p.ID(), countOf(probe.Keys, "signing key"), max(probe.Skew.Abs(), time.Second))
	return true
}

// checkProxy looks at whether what visitors reach and what Gatebook listens on
// fit each other.
func checkProxy(cfg Config, w io.Writer) {
	host, _, _ := net.SplitHostPort(cfg.Addr)
	ip := net.ParseIP(host)
	loopback := host == "localhost" || (ip != nil && ip.IsLoopback())
	switch {
	case cfg.Secure() && len(cfg.TrustedProxies) == 0:
		fmt.Fprintln(w, "look  url is https and trusted_proxies is empty: behind a proxy, every visitor would seem to come from it")
	case !cfg.Secure() && !loopback:
		fmt.Fprintf(w, "look  url is http on this machine, but %s listens beyond it: cookies are not marked Secure\n", cfg.Addr)
	default:
		fmt.Fprintln(w, "ok    address, url and trusted_proxies fit each other")
	}
}

// kindLine is one kind as PrintKinds writes it in JSON.
type kindLine struct {
	Kind       string               `json:"kind"`
	Label      string               `json:"label"`
	Tier       providers.Tier       `json:"tier"`
	Fields     []fieldLine          `json:"fields"`
	Scopes     []string             `json:"scopes"`
	PKCE       bool                 `json:"pkce"`
	EmailTrust providers.EmailTrust `json:"email_trust"`
	Console    string               `json:"console,omitempty"`
}

type fieldLine struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Secret   bool   `json:"secret"`
	Help     string `json:"help"`
}

// PrintKinds lists the kinds of providers, as a table or as JSON.
func PrintKinds(w io.Writer, asJSON bool) error {
	var offered []kindLine
	for _, k := range providers.Kinds() {
		line := kindLine{Kind: k.ID, Label: k.Label, Tier: k.Tier, Scopes: k.Scopes, PKCE: k.PKCE, EmailTrust: k.EmailTrust, Console: k.Console}
		for _, f := range k.Fields {
			line.Fields = append(line.Fields, fieldLine(f))
		}
		offered = append(offered, line)
	}
	if asJSON {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{"offered": offered, "refused": refusedLines()})
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tNAME\tTIER\tPKCE\tE-MAIL TRUST\tSETTINGS")
	for _, line := range offered {
		fmt.Fprintf(table, "%s\t%s\t%s\t%t\t%s\t%s\n", line.Kind, line.Label, line.Tier, line.PKCE, line.EmailTrust, fieldNames(line.Fields))
	}
	fmt.Fprintln(table, "\nNOT OFFERED\tWHY")
	for _, line := range refusedLines() {
		fmt.Fprintf(table, "%s\t%s\n", line.Package, line.Reason)
	}
	return table.Flush()
}

// refusedLine is one package of goth that is not offered.
type refusedLine struct {
	Package string `json:"package"`
	Reason  string `json:"reason"`
}

func refusedLines() []refusedLine {
	var lines []refusedLine
	for _, r := range providers.Refused() {
		lines = append(lines, refusedLine{r.ID, r.Reason})
	}
	return lines
}

// fieldNames lists fields, those that may be left out in brackets.
func fieldNames(fields []fieldLine) string {
	var names []string
	for _, f := range fields {
		if f.Required {
			names = append(names, f.Name)
		} else {
			names = append(names, "["+f.Name+"]")
		}
	}
	return strings.Join(names, " ")
}

// AskReady asks the Gatebook that listens at addr whether it is ready. An
// address for all interfaces is asked on loopback.
func AskReady(ctx context.Context, addr string, timeout time.Duration) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ready := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz"}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, ready.String(), nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(ask)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer.Status)
	}
	return nil
}

// KindTable is the Markdown table of the kinds that are offered.
func KindTable() string {
	var b strings.Builder
	b.WriteString("| kind | name | tier | PKCE | word on e-mail | its settings |\n|---|---|---|---|---|---|\n")
	for _, k := range providers.Kinds() {
		var own []string
		for _, f := range k.Fields {
			if f.Required {
				own = append(own, "`"+f.Name+"`")
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", k.ID, tableCell(k.Label), k.Tier, yesNo(k.PKCE, "yes", "no"),
			yesNo(k.EmailTrust == providers.TrustVerified, "counts where it says verified", "never counts"), strings.Join(own, " "))
	}
	return b.String()
}

// RefusedTable is the Markdown table of goth's packages that are not offered.
func RefusedTable() string {
	var b strings.Builder
	b.WriteString("| package | why not |\n|---|---|\n")
	for _, r := range providers.Refused() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.ID, tableCell(r.Reason))
	}
	return b.String()
}
