package terminal

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestShellWord: the shell reads each quoted word as it was.
func TestShellWord(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	words := []string{"runs/first", "my runs/it's", "$HOME", "~/x", "a\nb", "bad\xff", "`id`", "Größe", "a\\b", "*",
		"!",
		"\t", "'", "a b'c\x01"}
	rapid.Check(t, func(t *rapid.T) {
		words = append(words[:14:14],
			rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune("a ~'\"\\$`\n\x7f\x1bé;&|<>(){}[]?*#!%=-"))).Filter(
				func(s string) bool { return s != "" }), 20, 20).Draw(t, "words")...)
		out, err := exec.Command(shell, "-c", `printf '%s\0' `+Words(words)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); strings.Join(got,
			"|") != strings.Join(words, "|") {
			t.Fatalf("%q became %q", words, got)
		}
	})
}
