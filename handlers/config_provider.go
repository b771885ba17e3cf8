package handlers

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"gatebook/handlers/providers"

	"github.com/BurntSushi/toml"
)

// providerIDForm is what an id may be: it is a path segment of the callback URL.
var providerIDForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// kindField is the one field that is about the table rather than the provider,
// so that no kind lists it.
var kindField = providers.Field{Name: "kind", Help: "the sort of provider; the id when left out, where that is a kind"}

// fieldsOf are the fields that a provider of a kind may have.
func fieldsOf(k providers.Kind) []providers.Field {
	return append([]providers.Field{kindField}, k.Fields...)
}

// fileSuffix ends the field that names a file with a secret.
const fileSuffix = "_file"

// withFileFields are the names of the fields, with the _file of every secret.
func withFileFields(fields []providers.Field) []string {
	var names []string
	for _, f := range fields {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
		if file := f.Name + fileSuffix; f.Secret && !slices.Contains(names, file) {
			names = append(names, file)
		}
	}
	return names
}

// allFieldNames are the fields of all kinds together.
func allFieldNames() []string {
	var fields []providers.Field
	for _, k := range providers.Kinds() {
		fields = append(fields, fieldsOf(k)...)
	}
	return withFileFields(fields)
}

// providerInput is one provider as written, file and environment laid over
// each other field by field, nothing checked yet.
type providerInput struct {
	id     string
	where  string
	line   int // of the table in the file; 0 when only the environment has it
	fields map[string]fieldInput
}

type fieldInput struct {
	value    any // string from a variable; any TOML value from the file
	where    string
	line     int  // in the file, else 0
	variable bool // the environment said so
}

// names are the fields in the order in which they were written.
func (p providerInput) names() []string {
	names := slices.Sorted(maps.Keys(p.fields))
	slices.SortStableFunc(names, func(a, b string) int { return p.fields[a].line - p.fields[b].line })
	return names
}

// providerInputs are the providers in the order of the file, then those that
// only the environment has, by id.
func (s *Source) providerInputs() []providerInput {
	byID := map[string]*providerInput{}
	for id, t := range s.file.providers {
		p := &providerInput{id: id, where: s.file.at(t.line), line: t.line, fields: map[string]fieldInput{}}
		for name, e := range t.fields {
			p.fields[name] = fieldInput{value: e.value, where: s.file.at(e.line), line: e.line}
		}
		byID[id] = p
	}
	names := allFieldNames()
	for _, variable := range slices.Sorted(maps.Keys(s.env)) {
		id, field, ok := splitProviderVariable(variable, names)
		if !ok || s.env[variable] == "" {
			continue
		}
		if byID[id] == nil {
			byID[id] = &providerInput{id: id, where: variable, fields: map[string]fieldInput{}}
		}
		byID[id].overlay(field, fieldInput{value: s.env[variable], where: variable, variable: true})
	}
	var list []providerInput
	for _, p := range byID {
		list = append(list, *p)
	}
	slices.SortFunc(list, compareInputs)
	return list
}

// overlay lays a variable over the file. A secret's variable replaces the
// file's secret in either of its two spellings.
func (p *providerInput) overlay(field string, f fieldInput) {
	p.fields[field] = f
	twin := field + fileSuffix
	if plain, ok := strings.CutSuffix(field, fileSuffix); ok {
		twin = plain
	}
	if t, ok := p.fields[twin]; ok && !t.variable {
		delete(p.fields, twin)
	}
}

func compareInputs(a, b providerInput) int {
	switch {
	case a.line == b.line:
		return strings.Compare(a.id, b.id)
	case a.line == 0:
		return 1
	case b.line == 0:
		return -1
	}
	return a.line - b.line
}

// providers checks every provider. It returns those without a mistake and the
// ids of all.
func (c *settingsChecker) providers() (good []providers.Config, ids []string) {
	for _, in := range c.src.providerInputs() {
		before := c.mistakes()
		cfg := c.provider(in)
		ids = append(ids, in.id)
		if twin := sameProvider(good, cfg); twin != "" {
			c.at(in.where, "providers."+in.id, "remove one of them",
				"provider %s is provider %s again: same kind, place and client_id", in.id, twin)
		}
		if c.mistakes() == before {
			good = append(good, cfg)
		}
	}
	if len(ids) == 0 {
		c.missing("providers", "no provider is configured")
	}
	c.openSecrets()
	return good, ids
}

// sameProvider finds the provider that is the same application at the same
// place: a person signed in by both would be two people.
func sameProvider(list []providers.Config, cfg providers.Config) string {
	for _, p := range list {
		if p.Kind == cfg.Kind && p.Issuer == cfg.Issuer && p.BaseURL == cfg.BaseURL && p.ClientID == cfg.ClientID &&
			maps.Equal(p.Extra, cfg.Extra) && (cfg.ClientID != "" || !needsClientID(cfg.Kind)) {
			return p.ID
		}
	}
	return ""
}

// needsClientID says whether a provider of this kind lacks something without a
// client_id; Steam has none.
func needsClientID(id string) bool {
	kind, _ := providers.KindByID(id)
	return slices.ContainsFunc(kind.Fields, func(f providers.Field) bool { return f.Name == "client_id" && f.Required })
}

// provider checks one provider's id, kind and fields.
func (c *settingsChecker) provider(in providerInput) providers.Config {
	cfg := providers.Config{ID: in.id, Where: in.where}
	p := &providerChecker{settingsChecker: c, in: in, cfg: &cfg}
	if !providerIDForm.MatchString(in.id) || in.id == "confirm" {
		suggestion := "use up to 32 of a-z, 0-9 and -"
		if in.id == "confirm" {
			suggestion = "this word is taken by a page"
		}
		c.at(in.where, "providers."+in.id, suggestion, "%s is no id for a provider", toml.Key{in.id})
	}
	kind, ok := p.kind()
	cfg.Kind = kind.ID
	known := allFieldNames() // of a kind that nobody knows, every field may be meant
	if ok {
		known = withFileFields(fieldsOf(kind))
	}
	for _, name := range in.names() {
		if !slices.Contains(known, name) {
			p.unknownField(name, kind, known)
			continue
		}
		p.field(name)
	}
	return cfg
}
