package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
)

// TestExamples holds every example of every command's help to the flags and arguments that the command takes.
func TestExamples(t *testing.T) {
	found := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, line := range strings.Split(cmd.Example, "\n") {
			line, _, _ = strings.Cut(line, " > ")
			line, _, _ = strings.Cut(line, " # ")
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			found++
			if words[0] != "amgen" {
				t.Errorf("%s: %q is no command", cmd.CommandPath(), line)
				continue
			}
			root := newRoot(term.Streams{Out: io.Discard, Err: io.Discard})
			example, args, err := root.Find(words[1:])
			if err == nil {
				err = example.ParseFlags(args)
			}
			if err == nil {
				err = example.ValidateArgs(example.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %q: %v", cmd.CommandPath(), line, err)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(term.Streams{Out: io.Discard, Err: io.Discard}))
	if found < len(eval.Metrics()) {
		t.Errorf("%d examples, want more than there are metrics", found)
	}
}
