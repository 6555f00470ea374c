package terminal

import (
	"strings"
	"testing"
)

// TestPrintable: what is seen stays, the rest is written as in Go, and no more of it than the limit.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"/unet/é ⊗\\":              "/unet/é ⊗\\",
		"\x1b[31m\x9b\u009bred\a":  `\x1b[31m\x9b\u009bred\a`,
		"a\tb\n\u202e\u200b\ufffd": `a\tb\n\u202e\u200b` + "\ufffd",
		strings.Repeat("é", 30):    strings.Repeat("é", 30),
		strings.Repeat("é", 31):    strings.Repeat("é", 30) + "…",
	} {
		if got := Printable(in, 30); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
