package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseSettings parses the text of a settings file. Keys that no setting has,
// and values of the wrong shape, become problems and are left out; so is
// everything after a syntax error.
func parseSettings(path, text string) (settingsFile, Problems) {
	p := &fileParser{file: settingsFile{path: path, values: map[string]fileEntry{}, providers: map[string]providerTable{}}}
	var top map[string]toml.Primitive
	meta, err := toml.Decode(text, &top)
	if err != nil {
		p.file.broken = true
		return p.file, Problems{syntaxProblem(path, text, err)}
	}
	p.meta = meta
	for key, prim := range top {
		if key == "providers" {
			p.readProviders(prim)
			continue
		}
		p.readValue(key, p.entry(prim))
	}
	slices.SortStableFunc(p.problems, func(a, b fileProblem) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return strings.Compare(a.Setting, b.Setting)
	})
	return p.file, p.placed()
}

// syntaxProblem is the parser's word on a file that is no TOML, unless it
// repeats what is written there: that may be a secret.
func syntaxProblem(path, text string, err error) Problem {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return Problem{Where: path, Message: "this is not TOML"}
	}
	p := Problem{Where: settingsFile{path: path}.at(parse.Position.Line), Message: strings.TrimSuffix(parse.Message, ".")}
	lines := strings.Split(text, "\n")
	line := lines[min(max(1, parse.Position.Line), len(lines))-1]
	switch {
	case strings.HasPrefix(parse.Message, "expected value but found"):
		p.Message, p.Suggestion = "there is no value behind =", `put text in quotes: key = "value"`
	case strings.Contains(line, "secret") && !strings.Contains(parse.Message, "already been defined"):
		p.Message, p.Suggestion = "this is not TOML", `write client_secret = "…" on a line of its own`
	}
	return p
}

// fileParser gathers one file's values and problems.
type fileParser struct {
	meta     toml.MetaData
	file     settingsFile
	problems []fileProblem
}

type fileProblem struct {
	Problem
	line int
}

func (p *fileParser) bad(line int, setting, suggestion, format string, args ...any) {
	p.problems = append(p.problems, fileProblem{line: line,
		Problem: Problem{Setting: setting, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}})
}

func (p *fileParser) placed() Problems {
	var ps Problems
	for _, f := range p.problems {
		f.Where = p.file.at(f.line)
		ps = append(ps, f.Problem)
	}
	return ps
}

func (p *fileParser) entry(prim toml.Primitive) fileEntry {
	return fileEntry{value: p.value(prim), line: p.line(prim)}
}

// value is nil, which is no setting's shape, where the parser has none.
func (p *fileParser) value(prim toml.Primitive) (value any) {
	if err := p.meta.PrimitiveDecode(prim, &value); err != nil {
		return nil
	}
	return value
}

// line asks the parser for the line of a key. It keeps positions to itself
// except in errors, so a value that refuses to be decoded is what tells. A
// table without a header of its own begins at the first of its keys; 0 is
// said where the parser knows nothing.
func (p *fileParser) line(prim toml.Primitive) int {
	var parse toml.ParseError
	if errors.As(p.meta.PrimitiveDecode(prim, &lineTeller{}), &parse) && parse.Position.Line > 0 {
		return parse.Position.Line
	}
	first := 0
	table, _ := p.table(prim)
	for _, child := range table {
		if line := p.line(child); line > 0 && (first == 0 || line < first) {
			first = line
		}
	}
	return first
}

type lineTeller struct{}

func (*lineTeller) UnmarshalTOML(any) error { return errors.New("asked for the position only") }

func (p *fileParser) readValue(key string, e fileEntry) {
	known := fileKeys()
	i := slices.IndexFunc(known, func(s settingInfo) bool { return s.key == key })
	if i < 0 {
		p.unknownKey(key, e)
		return
	}
	switch e.value.(type) {
	case string:
		if !known[i].list {
			p.file.values[key] = e
			return
		}
	case []any:
		if known[i].list && allText(e.value.([]any)) {
			p.file.values[key] = e
			return
		}
	}
	if known[i].list {
		p.bad(e.line, key, fmt.Sprintf(`write %s = ["…", "…"]`, key), "%s is not a list of texts", key)
		return
	}
	p.bad(e.line, key, fmt.Sprintf(`write %s = "…"`, key), "%s is not text in quotes", key)
}

func (p *fileParser) unknownKey(key string, e fileEntry) {
	if key == "config" {
		p.bad(e.line, key, "use --config or GATEBOOK_CONFIG", "a settings file cannot name another one")
		return
	}
	known := []string{"providers"}
	for _, s := range fileKeys() {
		known = append(known, s.key)
	}
	p.bad(e.line, key, didYouMean(key, known), "there is no setting %s", toml.Key{key})
}

func allText(list []any) bool {
	for _, v := range list {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// readProviders reads the [providers.ID] tables. What a field may hold is
// checked later, when the environment has been laid over it.
func (p *fileParser) readProviders(prim toml.Primitive) {
	tables, ok := p.table(prim)
	if !ok {
		p.bad(p.line(prim), "providers", "write [providers.github] and its fields below", "providers is not a group of tables")
		return
	}
	for id, prim := range tables {
		fields, ok := p.table(prim)
		if !ok {
			p.bad(p.line(prim), "providers."+id, fmt.Sprintf("write [providers.%s] and its fields below", toml.Key{id}), "%s is not a table", toml.Key{"providers", id})
			continue
		}
		t := providerTable{line: p.line(prim), fields: map[string]fileEntry{}}
		for name, field := range fields {
			t.fields[name] = p.entry(field)
		}
		p.file.providers[id] = t
	}
}

// table decodes a value that must be a table. The parser itself takes
// anything else for an empty one.
func (p *fileParser) table(prim toml.Primitive) (map[string]toml.Primitive, bool) {
	if _, ok := p.value(prim).(map[string]any); !ok {
		return nil, false
	}
	var table map[string]toml.Primitive
	err := p.meta.PrimitiveDecode(prim, &table)
	return table, err == nil
}
