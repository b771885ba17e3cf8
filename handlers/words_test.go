package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// explainsSuccess are the reasons that never refuse anybody, so nobody but an
// admin reads them.
var explainsSuccess = map[event.Reason]bool{
	event.ReasonKnownIdentity: true, event.ReasonSignup: true, event.ReasonProvedBySignin: true, event.ReasonSignedIn: true,
	event.ReasonAutoVerifiedEmail: true, event.ReasonInvited: true, event.ReasonRescue: true, event.ReasonSwitchedAccount: true,
	event.ReasonAllowed: true, event.ReasonClaimed: true, event.ReasonGranted: true, event.ReasonDemo: true,
	event.ReasonAccountRequest: true, event.ReasonIdle: true, event.ReasonAbsolute: true, event.ReasonLimit: true,
	event.ReasonAdmin: true, event.ReasonIdentityUnlinked: true, event.ReasonRotated: true, event.ReasonCorrupt: true,
}

func TestW19_EveryReasonHasWords(t *testing.T) {
	for _, r := range event.Reasons() {
		w, ok := reasonWords[r]
		switch {
		case !ok || w.admin == "":
			t.Errorf("%s has no sentence for admins", r)
		case explainsSuccess[r] != (w.heading == ""):
			t.Errorf("%s: heading %q", r, w.heading)
		case w.heading != "" && (w.person == "" || w.status < 200 || w.status > 599):
			t.Errorf("%s: %+v", r, w)
		}
		for _, s := range []string{w.admin, w.person, w.help} {
			if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "gatebook admin grant") {
				t.Errorf("%s: %q is no sentence", r, s)
			}
		}
		if strings.HasSuffix(w.heading, ".") {
			t.Errorf("%s: heading %q", r, w.heading)
		}
	}
	for r := range reasonWords {
		if strings.HasPrefix(r.String(), "unknown-") {
			t.Errorf("words for %s", r)
		}
	}
	if wordsOf(event.Reason(9999)).status != 500 {
		t.Error("an unknown reason is not a fault")
	}
}

func TestEveryKindHasWords(t *testing.T) {
	for _, k := range event.Kinds() {
		w := kindsInWords[k]
		if w.glyph == "" || w.tone == "" || w.done == "" || w.failed == "" {
			t.Errorf("%s: %+v", k, w)
		}
	}
}

// TestEveryRuleHasWords reads the rules from their declaration, so that a new
// one is not forgotten.
func TestEveryRuleHasWords(t *testing.T) {
	found := 0
	for _, rule := range declared(t, "accounts/decide.go", "Rule") {
		if found++; ruleWords[accounts.Rule(rule)] == "" {
			t.Errorf("rule %q has no words", rule)
		}
	}
	if found < 20 || found != len(ruleWords) {
		t.Errorf("%d rules, %d words", found, len(ruleWords))
	}
}

// declared are the values of the string constants of a type.
func declared(t *testing.T, file, typeName string) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
		return true
	})
	return values
}

func TestReasonOfUnknownErrors(t *testing.T) {
	if r := reasonOf(errNotFound); r != event.ReasonPanic {
		t.Errorf("%s", r)
	}
	if shortReason(event.ReasonAccountDisabled) != "account disabled" || shortReason(event.ReasonNone) != "" {
		t.Errorf("%q, %q", shortReason(event.ReasonAccountDisabled), shortReason(event.ReasonNone))
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Ada Lovelace": "AL", "ada": "A", "": "?", "…": "?", "Åse von Ødegård": "ÅØ", "7 of 9": "79", "\xff": "?"} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q", n, got)
		}
	}
	if countWords(1) != "1 event" || countWords(countLimit+1) != "10,000+ events" {
		t.Error(countWords(1), countWords(countLimit+1))
	}
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{firefox: "Firefox on Linux", "": ""} {
		if got := device(agent); got != want {
			t.Errorf("device(%q) = %q, want %q", agent, got, want)
		}
	}
}
