package handlers

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"gatebook/handlers/providers"
)

// The beginnings of every variable that Gatebook reads.
const (
	varPrefix         = "GATEBOOK_"
	providerVarPrefix = "GATEBOOK_PROVIDER_"
)

// kubernetesName matches what a cluster puts into every container for a
// Service whose name begins with gatebook: GATEBOOK_SERVICE_HOST,
// GATEBOOK_SERVICE_PORT_HTTP, GATEBOOK_PORT_8080_TCP_ADDR and their like for
// gatebook-web.
var kubernetesName = regexp.MustCompile(`^GATEBOOK_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// kubernetesPort is the value of the one injected name that a person might
// also make up: GATEBOOK_PORT=tcp://10.0.0.1:8080.
var kubernetesPort = regexp.MustCompile(`^(tcp|udp|sctp)://`)

// unknownVariables names the GATEBOOK_ variables that nothing reads, in
// alphabetical order.
func (s *Source) unknownVariables() Problems {
	var ps Problems
	for _, name := range slices.Sorted(maps.Keys(s.env)) {
		if !strings.HasPrefix(name, varPrefix) || s.knownVariable(name) {
			continue
		}
		p := Problem{Where: name, Message: "there is no such variable", Suggestion: suggestVariable(name)}
		if name == "GATEBOOK_PORT" {
			p.Message, p.Suggestion, p.Warning = "this variable is not read", "did you mean GATEBOOK_ADDR?", true
		}
		ps = append(ps, p)
	}
	return ps
}

func (s *Source) knownVariable(name string) bool {
	if slices.ContainsFunc(allSettings(), func(t settingInfo) bool { return t.variable == name }) {
		return true
	}
	if _, _, ok := splitProviderVariable(name, allFieldNames()); ok {
		return true
	}
	return kubernetesName.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && kubernetesPort.MatchString(s.env[name])
}

// splitProviderVariable finds the provider's id and the field in a name like
// GATEBOOK_PROVIDER_GITLAB_WORK_CLIENT_ID (gitlab-work, client_id): the
// longest known field that ends the name is the field. It is false for names
// with small letters, without a known field, or whose id no provider may have.
func splitProviderVariable(name string, fields []string) (id, field string, ok bool) {
	rest, found := strings.CutPrefix(name, providerVarPrefix)
	if !found || rest != strings.ToUpper(rest) {
		return "", "", false
	}
	rest = strings.ToLower(rest)
	for _, f := range fields {
		if len(f) > len(field) && strings.HasSuffix(rest, "_"+f) {
			field = f
		}
	}
	if field == "" {
		return "", "", false
	}
	id = strings.ReplaceAll(strings.TrimSuffix(rest, "_"+field), "_", "-")
	if !providerIDForm.MatchString(id) {
		return "", "", false
	}
	return id, field, true
}

// providerVariable is the inverse of splitProviderVariable.
func providerVariable(id, field string) string {
	return providerVarPrefix + strings.ToUpper(strings.ReplaceAll(id, "-", "_")+"_"+field)
}

// suggestVariable guesses what a variable was meant to be.
func suggestVariable(name string) string {
	upper := strings.ReplaceAll(strings.ToUpper(name), "-", "_")
	for _, guess := range []string{upper, providerSpelling(upper)} {
		if _, _, ok := splitProviderVariable(guess, allFieldNames()); ok && guess != name {
			return "did you mean " + guess + "?"
		}
		if guess := closestField(guess); guess != "" {
			return "did you mean " + guess + "?"
		}
	}
	if _, field, ok := splitProviderVariable(providerVarPrefix+strings.TrimPrefix(upper, varPrefix), allFieldNames()); ok {
		kind := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(upper, varPrefix), "_"+strings.ToUpper(field)))
		if _, known := providers.KindByID(kind); known {
			return "did you mean " + providerVariable(kind, field) + "?"
		}
	}
	var keys []string
	for _, t := range allSettings() {
		keys = append(keys, t.key)
	}
	if key := closestName(strings.TrimPrefix(upper, varPrefix), keys); key != "" {
		return "did you mean " + varPrefix + strings.ToUpper(key) + "?"
	}
	return ""
}

// providerSpelling mends the second word of GATEBOOK_PROVIDERS_… or
// GATEBOOK_PROVDER_….
func providerSpelling(name string) string {
	word, rest, ok := strings.Cut(strings.TrimPrefix(name, varPrefix), "_")
	if ok && editDistance(word, "PROVIDER") <= 2 {
		return providerVarPrefix + rest
	}
	return name
}

// closestField mends the field of a provider's variable: of all ways to cut
// the name in two, the one whose end is nearest to a field.
func closestField(name string) string {
	rest, ok := strings.CutPrefix(name, providerVarPrefix)
	if !ok {
		return ""
	}
	rest = strings.ToLower(rest[:min(len(rest), 64)])
	best, least := "", 3
	for i := range rest {
		if rest[i] != '_' || !providerIDForm.MatchString(strings.ReplaceAll(rest[:i], "_", "-")) {
			continue
		}
		for _, field := range allFieldNames() {
			if d := editDistance(rest[i+1:], field); d < least && d <= len(field)/3 {
				best, least = providerVariable(strings.ReplaceAll(rest[:i], "_", "-"), field), d
			}
		}
	}
	return best
}
