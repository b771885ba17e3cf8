package providers

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// scopeless are the kinds whose applications say as registered what is shown.
var scopeless = []string{"steam", "nextcloud", "dropbox", "intercom", "naver", "notion", "wecom"}

// Every row of the catalogue is whole, so that a new one cannot forget a rule.
func TestCatalogueRowsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.ID] || !idPattern.MatchString(k.ID) || k.Label == "" || k.Subject == "" || k.Namespace == "" || k.TrustWhy() == "" {
			t.Errorf("%s: the row lacks a name or its words", k.ID)
		}
		seen[k.ID] = true
		if k.Needs == "" || k.Tier == "" || k.construct == nil || k.profile == nil || k.AuthStyle == AuthByMetadata && k.endpoints != nil {
			t.Errorf("%s: the row lacks its needs, its way to authenticate or its bodies", k.ID)
		}
		if (len(k.Scopes) == 0) != slices.Contains(scopeless, k.ID) || k.gate == nil && !slices.Contains(k.Params, "code") {
			t.Errorf("%s: the row lacks scopes or parameters", k.ID)
		}
		if !slices.Contains([]EmailTrust{TrustVerified, TrustNever}, k.EmailTrust) || k.EmailTrust == TrustVerified && k.EmailFlag == "" {
			t.Errorf("%s: trust %q in the flag %q", k.ID, k.EmailTrust, k.EmailFlag)
		}
		if k.StateInCallback != (k.returnTo != "") || k.Console != "" && !strings.HasPrefix(k.Console, "https://") {
			t.Errorf("%s: the row does not say where the state or the console is", k.ID)
		}
		if !slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Secret }) || !k.field("allow_private") {
			t.Errorf("%s: the row lacks fields", k.ID)
		}
		if got, ok := KindByID(k.ID); !ok || got.Label != k.Label {
			t.Errorf("KindByID(%q) = %q, %v", k.ID, got.Label, ok)
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d kinds are offered, want at least 60", len(seen))
	}
}

// An upgrade of goth that adds or drops a package must be looked at: each one
// is spoken to by a kind, or refused with a reason, and never both.
func TestEveryPackageOfGothIsOfferedOrRefused(t *testing.T) {
	out, err := exec.Command("go", "list", "-find", "github.com/markbates/goth/providers/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, k := range Kinds() {
		known[k.Package] = "offered"
	}
	for _, r := range Refused() {
		if known[r.ID] != "" || r.Reason == "" {
			t.Errorf("%s is refused for %q, and also %s", r.ID, r.Reason, known[r.ID])
		}
		known[r.ID] = "refused"
	}
	delete(known, "") // Gatebook's own
	for path := range strings.FieldsSeq(string(out)) {
		name := path[strings.LastIndex(path, "/")+1:]
		if known[name] == "" {
			t.Errorf("goth has a package %s that is neither offered nor refused", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("goth has no package %s", name)
	}
	_, problems := NewSet([]Config{{ID: "shopify", Where: "gatebook.toml:3"}}, Options{})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "is not offered: it connects a shop") {
		t.Errorf("a refused kind: %v", problems)
	}
}
