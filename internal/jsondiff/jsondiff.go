// Package jsondiff compares two texts in JSON by what they mean, however they are spelt.
package jsondiff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// Values lists what two values differ in by their names in JSON, each as "count: 260 and 200".
func Values(a, b any) []string {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	list, err := Of(x, y)
	if err := errors.Join(errX, errY, err); err != nil {
		panic(err) // reports and requests can always be encoded
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("%s: %s and %s", d.Name, plain(d.A), plain(d.B)))
	}
	return lines
}

// plain is a value for a sentence.
func plain(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return Text(v)
}
