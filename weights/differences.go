package weights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Differences compares two JSON configurations, such as a checkpoint's Architecture with that of the
// present model, and lists what differs, one line a value in the order of names: "attention.heads: got
// 4, want 8". Empty means that they mean the same, however they are spelt. Text that is no JSON is an
// error.
func Differences(got, want json.RawMessage) ([]string, error) {
	var values [2]any
	for i, text := range []json.RawMessage{got, want} {
		if len(text) == 0 {
			continue // an absent configuration is null
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber() // 64-bit seeds don't fit a float64
		if err := d.Decode(&values[i]); err != nil {
			return nil, fmt.Errorf("weights: configuration, got %w; give valid JSON", err)
		}
	}
	return differences("", values[0], values[1]), nil
}

func differences(name string, got, want any) []string {
	g, gotObject := got.(map[string]any)
	w, wantObject := want.(map[string]any)
	if gotObject && wantObject {
		all := maps.Clone(g)
		maps.Copy(all, w)
		var out []string
		for _, key := range slices.Sorted(maps.Keys(all)) {
			inner := key
			if name != "" {
				inner = name + "." + key
			}
			out = append(out, differences(inner, g[key], w[key])...)
		}
		return out
	}
	a, b := asJSON(got), asJSON(want)
	if a == b {
		return nil
	}
	if name == "" {
		name = "configuration"
	}
	return []string{fmt.Sprintf("%s: got %s, want %s", name, a, b)}
}

func asJSON(v any) string {
	if v == nil {
		return "nothing"
	}
	text, err := json.Marshal(v) // what came from JSON goes back
	if err != nil {
		return err.Error()
	}
	return string(text)
}
