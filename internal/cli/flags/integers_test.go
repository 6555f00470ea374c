package flags

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestInteger reads numbers that were written with signs, zeros, underscores and in other bases.
func TestInteger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64().Draw(t, "n")
		magnitude, sign := uint64(want), rapid.SampledFrom([]string{"", "+"}).Draw(t, "sign")
		if want < 0 {
			magnitude, sign = -magnitude, "-"
		}
		base := rapid.SampledFrom([]int{10, 16, 8, 2}).Draw(t, "base")
		digits := strconv.FormatUint(magnitude, base)
		if rapid.Bool().Draw(t, "zeros") {
			digits = strings.Repeat("0", rapid.IntRange(1, 9).Draw(t, "how many")) + digits
		}
		if at := rapid.IntRange(0, len(digits)).Draw(t, "underscore"); at > 0 && at < len(digits) {
			digits = digits[:at] + "_" + digits[at:]
		}
		text := sign + map[int]string{10: "", 16: "0x", 8: "0o", 2: "0b"}[base] + digits
		if got, err := parseInteger(text, 64); err != nil || got != want {
			t.Fatalf("%s is read as %d, %v; want %d", text, got, err, want)
		}
	})
	for _, text := range []string{"", "+", "-", "--1", "+-1", "1e3", "1.0", " 5", "5 ", "0x", "0xg", "0o8", "0b2", "_1",
		"1_", "1__0", "0_x1", "५", "１", "1,0", "0x_1", "inf",
		strings.Repeat("1", 101)} {
		if got, err := integer(text); err == nil {
			t.Errorf("%q is read as %s, want an error", text, got)
		}
	}
	if got, err := integer("-000"); err != nil || got != "0" {
		t.Errorf("-000 is read as %q, %v", got, err)
	}
}
