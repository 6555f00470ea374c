package weights

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/amgen/amgen/internal/jsondiff"
)

// Differences compares two JSON configurations, such as a checkpoint's Architecture with that of the
// present model, and lists what differs, one line a value in the order of names: "attention.heads: got
// 4, want 8". Empty means that they mean the same, however they are spelt. Text that is no JSON is an
// error.
func Differences(got, want json.RawMessage) ([]string, error) {
	list, err := jsondiff.Of(got, want)
	if err != nil {
		return nil, fmt.Errorf("weights: configuration, got %w; give valid JSON", err)
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("%s: got %s, want %s", cmp.Or(d.Name, "configuration"), jsondiff.Text(d.A),
			jsondiff.Text(d.B)))
	}
	return lines, nil
}
