package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/term"
)

// TestMan: every command that help lists has a page with all its flags; the same date gives the same pages.
func TestMan(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	dir := filepath.Join(t.TempDir(), "share", "man1")
	mustRun(t, exitDone, "man", dir)
	pages := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if !cmd.IsAvailableCommand() {
			return
		}
		pages++
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			return
		}
		if !strings.Contains(string(text), `"Jan 1970"`) {
			t.Errorf("%s isn't of the date in SOURCE_DATE_EPOCH", name)
		}
		if cmd.CommandPath() == "amgen train" && !strings.Contains(string(text), `\fB--lr-decay\fP=NAME
	learning-rate schedule`) {
			t.Errorf("%s doesn't call the value of --lr-decay NAME", name)
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(string(text), `--`+f.Name+`\fP`) {
				t.Errorf("%s lacks --%s", name, f.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(term.Streams{}))
	if files, err := os.ReadDir(dir); err != nil || len(files) != pages || pages < 40 {
		t.Errorf("%d pages of %d commands (%v)", len(files), pages, err)
	}
}
