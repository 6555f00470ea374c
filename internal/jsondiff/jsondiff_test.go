package jsondiff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/internal/jsondiff"
)

// TestOf: what means the same is no difference, however it is spelt; 64-bit numbers are told apart.
func TestOf(t *testing.T) {
	const a = `{"seed": 9223372036854775807, "deep": {"x": [1, 2], "gone": true}, "same": "\u0041", "null": null}`
	const b = `{"same": "A", "seed": 9223372036854775806, "deep": {"x": [1, 3], "new": "text"}}`
	list, err := jsondiff.Of([]byte(a), []byte(b))
	var got []string
	for _, d := range list {
		got = append(got, d.Name+" "+jsondiff.Text(d.A)+" "+jsondiff.Text(d.B))
	}
	want := []string{"deep.gone true nothing", `deep.new nothing "text"`, "deep.x [1,2] [1,3]",
		"seed 9223372036854775807 9223372036854775806"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := jsondiff.Of([]byte("{"), []byte("{}")); err == nil {
		t.Error("half an object is taken")
	}
}

// TestValues writes differences for a sentence.
func TestValues(t *testing.T) {
	type value struct {
		Name  string         `json:"name"`
		Count int            `json:"count,omitempty"`
		More  map[string]any `json:"more,omitempty"`
	}
	got := jsondiff.Values(value{"mnist:test", 260, map[string]any{"a": 1}}, value{"mnist:train", 0, nil})
	want := []string{"count: 260 and nothing", `more: {"a":1} and nothing`, "name: mnist:test and mnist:train"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
