package term

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPrintJSON: what is printed decodes to what was meant, and has nothing unseen in it.
func TestPrintJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text") + "\x7f\u009b\U000e0001"
		text, err := json.Marshal(map[string]string{want: want})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := PrintJSON(&b, text); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil || got[want] != want {
			t.Fatalf("%q became %q (%v)", text, b.String(), err)
		}
		for _, r := range strings.TrimSuffix(b.String(), "\n") {
			if !strconv.IsPrint(r) {
				t.Fatalf("%q is in %q", r, b.String())
			}
		}
	})
}
