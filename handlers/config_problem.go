package handlers

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is one mistake in the settings, told so that it can be put right
// without reading anything else. It never holds a secret.
type Problem struct {
	Where      string // "gatebook.toml:12", "--signup", "GATEBOOK_SIGNUP"; "" for what is nowhere
	Setting    string // the key, "signup" or "providers.github.client_id"; "" where there is none
	Message    string // what is wrong, a clause
	Suggestion string // what to do instead, a clause; "" if nothing is known
	Warning    bool   // worth saying, but no reason not to start
	missing    bool   // something required is not set at all
}

// Error is the problem on one line: place, message, suggestion.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where + ": ")
	}
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Suggestion != "" {
		b.WriteString("; " + p.Suggestion)
	}
	return b.String()
}

// Problems are all mistakes of one reading of the settings.
type Problems []Problem

// Error is one line a problem, under a line that counts them, and what is
// needed to start where that is missing.
func (ps Problems) Error() string {
	var b strings.Builder
	if known := ps.without(func(p Problem) bool { return p.missing }); len(known) > 0 {
		fmt.Fprintf(&b, "%s in the settings:\n", countOf(len(known), "problem"))
		for _, p := range known {
			b.WriteString("  " + p.Error() + "\n")
		}
	}
	b.WriteString(Missing(ps))
	return b.String()
}

// Err is nil when nothing but warnings was found, else the problems.
func (ps Problems) Err() error {
	if len(ps.without(func(p Problem) bool { return p.Warning })) == 0 {
		return nil
	}
	return ps
}

// LeftOut parts off the mistakes that cost no more than their own provider:
// where another one is well, they need not keep it from starting. The rest is
// what does.
func (ps Problems) LeftOut(cfg Config) (leftOut, rest Problems) {
	if len(cfg.Providers) == 0 {
		return nil, ps
	}
	ofOneProvider := func(p Problem) bool { return strings.HasPrefix(p.Setting, "providers.") && !p.Warning }
	return ps.without(func(p Problem) bool { return !ofOneProvider(p) }), ps.without(ofOneProvider)
}

// Warnings are the problems that keep nothing from starting.
func (ps Problems) Warnings() Problems {
	return ps.without(func(p Problem) bool { return !p.Warning })
}

func (ps Problems) without(drop func(Problem) bool) Problems {
	var kept Problems
	for _, p := range ps {
		if !drop(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// otherNames are words that other programs use for a setting of ours, too far
// from our word for an edit distance to find.
var otherNames = map[string]string{
	"listen": "addr", "bind": "addr", "address": "addr", "port": "addr", "host": "url",
	"public_url": "url", "app_url": "url", "base_url": "url", "database": "db",
	"registration": "signup", "title": "site_name", "name": "site_name",
	"secret": "client_secret", "key": "client_id", "scope": "scopes",
	"discovery_url": "issuer", "session_ttl": "session_lifetime",
}

// didYouMean is "did you mean X?" for the known name that a word was most
// likely meant to be, or "".
func didYouMean(word string, known []string) string {
	if name := closestName(word, known); name != "" {
		return "did you mean " + name + "?"
	}
	return ""
}

// closestName finds the known name within a third of the word's length in edits
// (one edit for the shortest), else the one name that holds the word as a part, else another program's
// word for it.
func closestName(word string, known []string) string {
	word = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	if word == "" || len(word) > 64 { // no name is as long, and editDistance looks no further
		return ""
	}
	best, least := "", max(2, utf8.RuneCountInString(word)/3+1)
	for _, name := range known {
		if d := editDistance(word, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return best
	}
	if name := onlyHolder(word, known); name != "" {
		return name
	}
	for _, name := range known {
		if otherNames[word] == name {
			return name
		}
	}
	return ""
}

// onlyHolder is the one name of which the word is a part, parts being between
// underscores; "" if several are.
func onlyHolder(word string, known []string) string {
	found := ""
	for _, name := range known {
		if strings.Contains("_"+name+"_", "_"+word+"_") {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// editDistance counts the insertions, removals, changes and swaps of
// neighbours that turn a into b (optimal string alignment). Words are cut at
// 64 letters: no name is as long, and the cost is quadratic.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), 64)], y[:min(len(y), 64)]
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
