package providers

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// leaves is the path to every value of a JSON text that is no container.
func leaves(v any, path []string) [][]string {
	var found [][]string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			found = append(found, leaves(v[name], append(slices.Clone(path), name))...)
		}
	case []any:
		for i := range v {
			found = append(found, leaves(v[i], append(slices.Clone(path), strconv.Itoa(i)))...)
		}
	default:
		found = append(found, path)
	}
	return found
}

// deleted stands for a member that is left out.
type deleted struct{}

// with is the value with what is at a path replaced.
func with(v any, path []string, put any) any {
	if len(path) == 0 {
		return put
	}
	switch v := v.(type) {
	case map[string]any:
		if _, gone := put.(deleted); gone && len(path) == 1 {
			delete(v, path[0])
			return v
		}
		v[path[0]] = with(v[path[0]], path[1:], put)
	case []any:
		i, _ := strconv.Atoi(path[0])
		if _, gone := put.(deleted); gone && len(path) == 1 {
			return slices.Delete(v, i, i+1)
		}
		v[i] = with(v[i], path[1:], put)
	}
	return v
}

func parse(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err == nil
}

func valueAt(v any, path []string) any {
	for _, step := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, _ := strconv.Atoi(step)
			v = at[i]
		}
	}
	return v
}
