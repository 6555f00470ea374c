package memory

import (
	"testing"

	"pgregory.net/rapid"
)

// TestFormatSize reads back what it wrote, to the decimal place that is left.
func TestFormatSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(1, 1<<50).Draw(t, "bytes")
		got, ok := ParseSize(FormatSize(want))
		if d := float64(got - want); !ok || d > 0.05*float64(want) || d < -0.05*float64(want) {
			t.Errorf("%d became %q, read as %d (%v)", want, FormatSize(want), got, ok)
		}
	})
}
