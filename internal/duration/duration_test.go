package duration

import "testing"

func TestText(t *testing.T) {
	for s, want := range map[float64]string{
		0: "0 ms", 0.0134: "13 ms", 59.96: "60.0 s", 150: "2 minutes", 7300: "2 hours", 3 * 86400: "3 days",
		1e14: "3,168,809 years",
	} {
		if got := Text(s); got != want {
			t.Errorf("%g s is %q, want %q", s, got, want)
		}
	}
	for s, want := range map[float64]string{0: "", 0.0004: "", 0.0006: ", 1 ms left", 150: ", 2 minutes left"} {
		if got := Left(s); got != want {
			t.Errorf("%g s left is %q, want %q", s, got, want)
		}
	}
}
