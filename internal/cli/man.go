package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/version"
)

func newMan(std term.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write a man page for each command",
		Long: "Write a man page for each command, such as amgen-eval-fid.1, into a directory, which is made if it " +
			"isn't there. Pages have the date of SOURCE_DATE_EPOCH, if that is set.",
		Example: "  amgen man share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("man: %w", err)
			}
			n, err := writeMan(cmd.Root(), args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(std.Err, "man: wrote %d pages to %s\n", n, args[0])
			return nil
		},
	}
}

// named is a flag's value of which a page shows the name.
type named struct{ pflag.Value }

// Type is none of those that pages quote.
func (named) Type() string { return "name" }

// nameValue has the page show a flag as --lr-decay=NAME, with its default at the end of its help.
func nameValue(f *pflag.Flag) {
	if value, text := flags.ValueAndText(f); value != "" {
		f.Usage = text + flags.DefaultText(f)
		f.DefValue, f.Value = value, named{f.Value}
	}
}

// writeMan writes the pages of a command and of all below it that help lists. It returns their number.
func writeMan(cmd *cobra.Command, dir string) (n int, err error) {
	cmd.DisableAutoGenTag = true
	cmd.InitDefaultHelpFlag()
	cmd.LocalNonPersistentFlags().VisitAll(nameValue)
	var page bytes.Buffer
	header := doc.GenManHeader{Section: "1", Source: "amgen " + version.Amgen(), Manual: "amgen"}
	if err := doc.GenMan(cmd, &header, &page); err != nil {
		return 0, fmt.Errorf("man page of %s: %w", cmd.CommandPath(), err)
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
	if err := replace.Text(filepath.Join(dir, name), page.Bytes()); err != nil {
		return 0, err
	}
	n = 1
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			continue
		}
		below, err := writeMan(sub, dir)
		if err != nil {
			return 0, err
		}
		n += below
	}
	return n, nil
}
