// Package jsondiff compares two texts in JSON by what they mean, however they are spelt.
package jsondiff

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Difference is a value that two texts don't agree in.
type Difference struct {
	Name string // its place, as "attention.heads"; "" is the whole
	A, B any    // nil where there is none
}

// Of lists the differences of two texts in the order of names. An empty text is null. Text that is no JSON is an error.
func Of(a, b []byte) ([]Difference, error) {
	var values [2]any
	for i, text := range [][]byte{a, b} {
		if len(text) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber() // 64-bit seeds don't fit a float64
		if err := d.Decode(&values[i]); err != nil {
			return nil, err
		}
	}
	return compare("", values[0], values[1]), nil
}

func compare(name string, a, b any) []Difference {
	x, isObject := a.(map[string]any)
	y, bothObjects := b.(map[string]any)
	if isObject && bothObjects {
		all := maps.Clone(x)
		maps.Copy(all, y)
		var list []Difference
		for _, key := range slices.Sorted(maps.Keys(all)) {
			inner := key
			if name != "" {
				inner = name + "." + key
			}
			list = append(list, compare(inner, x[key], y[key])...)
		}
		return list
	}
	if Text(a) == Text(b) {
		return nil
	}
	return []Difference{{name, a, b}}
}

// Text is a value as JSON; nil is "nothing".
func Text(v any) string {
	if v == nil {
		return "nothing"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // what came from JSON goes back
	}
	return string(text)
}
