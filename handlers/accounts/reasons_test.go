package accounts_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// TestReasons: every reason that the package's code names comes about in a
// life of refusals and successes, as an event or as an answer; and no secret
// of any attempt is in what is left of it.
func TestReasons(t *testing.T) {
	t.Parallel()
	seen := map[event.Reason]bool{event.ReasonNone: true, event.ReasonPendingInvalid: true} // DecideUnlink alone, see its test
	answers := []error{}
	for _, live := range []func(*testing.T) (*world, []error){lifeOfAttempts, lifeOfStrangers, lifeOfMembers, lifeOfAdmins} {
		w, errs := live(t)
		for _, e := range w.all() {
			seen[e.Reason] = true
			for _, text := range append(e.Detail.Checks, e.Detail.Rule, e.Detail.Policy, e.Detail.By, e.Detail.Note, e.Name, e.Email, e.Handle, e.UserAgent) {
				if strings.Contains(text, "secret") {
					t.Errorf("an event tells a secret: %+v", e)
				}
			}
		}
		answers = append(answers, errs...)
	}
	for _, err := range answers {
		var denied *accounts.Denied
		if errors.As(err, &denied) {
			seen[denied.Reason] = true
			refused(t, err, denied.Reason)
		}
	}
	named := namedReasons(t)
	for _, reason := range named {
		if !seen[reason] {
			t.Errorf("no life met %s", reason)
		}
	}
	if len(named) < 35 {
		t.Errorf("only %d reasons were found in the code", len(named))
	}
}

// namedReasons are the reasons that the package's own files name.
func namedReasons(t *testing.T) []event.Reason {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []event.Reason
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name, ok := strings.CutPrefix(selector.Sel.Name, "Reason")
			if pkg, isName := selector.X.(*ast.Ident); !ok || !isName || pkg.Name != "event" || name == "" || name == "None" {
				return true
			}
			reason, err := event.ParseReason(snake(name))
			if err != nil {
				t.Error(err)
			}
			if !slices.Contains(found, reason) {
				found = append(found, reason)
			}
			return true
		})
	}
	return found
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func lifeOfAttempts(t *testing.T) (*world, []error) {
	w := open(t, openPolicy)
	b, _ := w.in(ada("github"))
	var errs []error
	use := func(by *browser, provider, state string) {
		_, err := by.use(provider, state)
		errs = append(errs, err)
	}
	state := b.start(accounts.IntentSignIn, "github")
	use(w.browser(), "github", state)
	use(b, "github", "forged")
	use(b, "forge", state)
	use(b, "forge", state)
	late := b.start(accounts.IntentSignIn, "github")
	w.clock.Add(time.Hour)
	use(b, "github", late)
	_, err := b.trip(accounts.IntentTest, ada("github"))
	errs = append(errs, err)
	_, err = b.trip("elsewhere", ada("github"))
	errs = append(errs, err)
	_, err = b.trip(accounts.IntentSignIn, accounts.Profile{Provider: "github"})
	return w, append(errs, err)
}

func lifeOfStrangers(t *testing.T) (*world, []error) {
	w := open(t, accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkOff})
	_, first := w.in(ada("github"))
	w.in(ada("forge"))
	for range accounts.SessionsPerAccount {
		w.in(ada("github"))
	}
	rule := accounts.AllowRule{Domain: "example.com"}
	authority := person("home", "Kim")
	authority.Authority = true
	var errs []error
	try := func(policy accounts.Policy, status db.Status, p accounts.Profile) {
		w.setStatus(first.Account.ID, status)
		w.Service = accounts.New(w.store, accounts.Options{Policy: policy, FreshFor: freshFor, SessionLifetime: lifetime})
		_, err := w.browser().trip(accounts.IntentSignIn, p)
		errs = append(errs, err)
	}
	closed := accounts.Policy{Signup: accounts.SignupClosed, Allow: []accounts.AllowRule{rule}}
	none := person("x", "Eve")
	none.Email, none.EmailState = "", accounts.EmailNone
	allowed := person("x", "Joe")
	allowed.Email = "joe@example.com"
	try(accounts.Policy{}, db.StatusActive, person("x", "Eve"))
	try(accounts.Policy{Signup: accounts.SignupInvite}, db.StatusActive, person("x", "Eve"))
	try(closed, db.StatusActive, none)
	try(closed, db.StatusActive, unverified(person("x", "Eve")))
	try(closed, db.StatusActive, person("x", "Eve"))
	try(closed, db.StatusActive, allowed)
	try(accounts.Policy{Signup: accounts.SignupApprove}, db.StatusActive, person("github", "Kim"))
	try(openPolicy, db.StatusActive, ada("home"))
	try(openPolicy, db.StatusDisabled, ada("github"))
	try(openPolicy, db.StatusMerged, ada("github"))
	try(openPolicy, db.StatusDeleted, ada("github"))
	try(openPolicy, db.StatusActive, authority)
	try(openPolicy, db.StatusActive, person("y", "Zoe"))
	authority = person("home", "Zoe")
	authority.Authority = true
	try(accounts.Policy{EmailLink: accounts.EmailLinkAuto}, db.StatusActive, authority)
	return w, errs
}

func lifeOfMembers(t *testing.T) (*world, []error) {
	w := open(t, openPolicy)
	w.in(person("home", "Bob"))
	b, first := w.in(ada("github"))
	var errs []error
	trip := func(intent accounts.Intent, p accounts.Profile) {
		_, err := b.trip(intent, p)
		errs = append(errs, err)
	}
	trip(accounts.IntentLink, person("home", "Bob"))
	trip(accounts.IntentLink, ada("github"))
	errs = append(errs, b.unlink(first.Identity.ID))
	trip(accounts.IntentLink, ada("forge"))
	w.in(ada("forge"))
	errs = append(errs, b.unlink(w.identities(first.Account.ID)[1].ID))
	w.clock.Add(time.Hour)
	trip(accounts.IntentLink, ada("forge"))
	trip(accounts.IntentStepUp, person("home", "Bob"))
	b.does(accounts.IntentSignIn, ada("github"))
	b.does(accounts.IntentSignIn, person("home", "Bob"))
	return w, append(errs, w.SignOut(ctx, b.actor(), *b.session()), w.Stopped(ctx))
}

func lifeOfAdmins(t *testing.T) (*world, []error) {
	w := openWith(t, accounts.Options{Policy: accounts.Policy{Signup: accounts.SignupApprove}, FirstIsAdmin: true})
	_, first := w.in(ada("github"))
	_, bob := w.in(person("home", "Bob"))
	_, eve := w.in(person("home", "Eve"))
	errs := []error{w.Approve(ctx, commandLine, bob.Account.ID), w.Grant(ctx, commandLine, eve.Account.ID)}
	w.setStatus(first.Account.ID, db.StatusDisabled)
	w.setStatus(eve.Account.ID, db.StatusDisabled)
	b := w.browser()
	_, err := b.claim(w.newClaim(), person("home", "Bob"))
	errs = append(errs, err)
	_, err = b.claim("guess", person("home", "Bob"))
	return w, append(errs, err)
}
