package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelpWidth: no line of any command's help is wider than a terminal of 80 columns, but for examples, which are typed as they are.
func TestHelpWidth(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		var out bytes.Buffer
		if code := Main(append(path, "--help"), &out, &out); code != exitDone {
			t.Fatalf("%s --help: exit code %d, %s", cmd.CommandPath(), code, &out)
		}
		text := out.String()
		if cmd.Long != "" && !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(cmd.Long), " ")) {
			t.Errorf("%s --help lacks words of its description", cmd.CommandPath())
		}
		for _, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > pipedHelp && !strings.HasPrefix(line, "  amgen ") {
				t.Errorf("%s --help: a line of %d columns: %s", cmd.CommandPath(), utf8.RuneCountInString(line), line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(streams{}))
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one", 1, "one"},
		{"  take --batch\n of it ", 12, "take --batch\nof it"},
		{"take --batch", 11, "take\n--batch"},
		{"∇ₓs(t, x) ≤ σ", 9, "∇ₓs(t, x)\n≤ σ"},
	} {
		if got := wrap(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
