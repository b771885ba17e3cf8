package providers

import (
	"slices"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"

	"github.com/google/go-cmp/cmp"
)

// module is one row of the relying party's conformance table: a provider with
// one fault, what must come of a trip to it, and every request that may be
// made. The names are the OpenID Foundation's where it has the module; a
// module of several variants passes when all of them do.
type module struct {
	name, variant string

	settings []func(*Config, *Options)
	before   func(*op) // trips made first; their requests do not count
	fault    func(*op)
	want     verdict
	asked    string // the routes that are asked, in order: the next one is never
	check    func(*testing.T, *op, accounts.Profile)
}

// verdict is a failure, or acceptance when it is the zero value.
type verdict struct {
	reason event.Reason
	check  string
	status int
}

var accepted verdict

// idToken is the verdict on an ID token that fails one check.
func idToken(check string) verdict { return verdict{reason: event.ReasonIDTokenInvalid, check: check} }

func because(r event.Reason) verdict { return verdict{reason: r} }

// How far a trip gets. Each name is the last request that may be made.
const (
	untilDiscovery = "discovery"
	untilCallback  = untilDiscovery + " authorize"
	untilToken     = untilCallback + " token"
	untilKeys      = untilToken + " jwks"
	whole          = untilKeys + " profile"
)

// conformance is the table.
var conformance = slices.Concat(
	basicModules, configModules, fapiModules, comprehensiveModules,
	tokenExtras, headerExtras, jsonExtras, replyExtras, transportExtras, keyExtras,
)

func TestConformance(t *testing.T) {
	ran, failed := map[string]bool{}, map[string]bool{}
	for _, m := range conformance {
		name := m.name
		if m.variant != "" {
			name += "/" + m.variant
		}
		passed := t.Run(name, func(t *testing.T) {
			ran[m.name] = true
			m.run(t)
		})
		failed[m.name] = failed[m.name] || !passed
	}
	for _, p := range plans {
		count := 0
		for _, name := range p.modules {
			if ran[name] && !failed[name] {
				count++
			}
		}
		t.Logf("%s: %d of %d modules passed%s", p.name, count, len(p.modules), p.note)
	}
	t.Logf("%d rows in all", len(conformance))
}

func (m module) run(t *testing.T) {
	o := newOP(t, m.settings...)
	if m.before != nil {
		m.before(o)
		o.forget()
	}
	if m.fault != nil {
		m.fault(o)
	}
	profile, err := o.trip()
	m.judge(t, o, profile, err)
	if got := o.asked(); got != m.asked {
		t.Errorf("asked %q, want %q", got, m.asked)
	}
	if log := o.log.String(); log != "" {
		t.Errorf("provider code panicked: %s", log)
	}
	if m.check != nil {
		m.check(t, o, profile)
	}
}

func (m module) judge(t *testing.T, o *op, profile accounts.Profile, err error) {
	t.Helper()
	if m.want == accepted {
		if err != nil {
			t.Fatalf("refused with %v", err)
		}
		if profile.Subject != "ada" || profile.Namespace != o.issuer {
			t.Errorf("accepted as %q of %q", profile.Subject, profile.Namespace)
		}
		return
	}
	wantFailure(t, err, m.want.reason, m.want.check)
	if f := err.(*Failure); m.want.status != 0 && f.Status != m.want.status {
		t.Errorf("status %d, want %d", f.Status, m.want.status)
	}
	if diff := cmp.Diff(accounts.Profile{}, profile); diff != "" {
		t.Errorf("a refused trip gave a profile:\n%s", diff)
	}
}

// The table holds what the plans list, each row once, and nothing that no plan
// lists.
func TestConformanceTableIsWhole(t *testing.T) {
	rows, seen, listed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range conformance {
		rows[m.name] = true
		key := m.name + "/" + m.variant
		if seen[key] {
			t.Errorf("the row %s is there twice", key)
		}
		seen[key] = true
	}
	for _, p := range plans {
		for _, name := range p.modules {
			listed[name] = true
			if !rows[name] && !slices.Contains(callbackModules, name) {
				t.Errorf("%s lists %s, which has no row", p.name, name)
			}
		}
		if p.size != 0 && p.size != len(p.modules) {
			t.Errorf("%s lists %d modules, want %d", p.name, len(p.modules), p.size)
		}
	}
	for name := range rows {
		if !listed[name] {
			t.Errorf("no plan lists %s", name)
		}
	}
}
