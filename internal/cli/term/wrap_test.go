package term

import "testing"

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one", 1, "one"},
		{"  take --batch\n of it ", 12, "take --batch\nof it"},
		{"one\ntwo\n\nthree", 10, "one two\n\nthree"},
		{"take --batch", 11, "take\n--batch"},
		{"∇ₓs(t, x) ≤ σ", 9, "∇ₓs(t, x)\n≤ σ"},
	} {
		if got := Wrap(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
