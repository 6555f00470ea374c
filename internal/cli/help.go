package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// wrapHelp sets the help of root and of all commands below it: lines end between words, at the width of the output. It
// is written in Go and not as cobra's templates, which would keep each method of each type in the program: 6 MB of it.
func wrapHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		out := cmd.OutOrStdout()
		width := term.HelpWidth(out)
		about := cmd.Long
		if about == "" {
			about = cmd.Short
		}
		fmt.Fprintf(out, "%s\n\n%s", term.Wrap(about, width), usage(cmd, width))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		out := cmd.OutOrStderr()
		_, err := io.WriteString(out, usage(cmd, term.HelpWidth(out)))
		return err
	})
}

// describeHelp says what cobra's own command help does.
func describeHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, sub := range root.Commands() {
		if sub.Name() == "help" {
			sub.Short = "Print the help of a command"
			sub.Long = sub.Short + ", as in `amgen help eval fid`."
			sub.Run, sub.RunE = nil, func(_ *cobra.Command, args []string) error {
				cmd, rest, err := root.Find(args)
				if err != nil {
					return flags.Usage(err)
				} else if len(rest) > 0 {
					return unknownTopic(cmd, rest)
				}
				cmd.InitDefaultHelpFlag()
				return cmd.Help()
			}
		}
	}
}

// describeCompletion has cobra's own command completion refuse unknown shells, and its help end as others' does.
func describeCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, sub := range root.Commands() {
		if sub.Name() == "completion" {
			for _, cmd := range append(sub.Commands(), sub) {
				cmd.Long = strings.TrimSpace(cmd.Long)
			}
			sub.Args = cobra.ArbitraryArgs
			sub.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 {
					return unknownTopic(cmd, args)
				}
				return cmd.Help()
			}
		}
	}
}

// unknownTopic is the error of help for a command that there isn't: cmd is the last one that there is.
func unknownTopic(cmd *cobra.Command, rest []string) error {
	return flags.Usagef("unknown command %q for %q; %s", rest[0], cmd.CommandPath(), meant(cmd, rest[0]))
}

// usage is a command's help without its description.
func usage(cmd *cobra.Command, width int) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s [command]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		b.WriteString(flags.Tables(cmd.LocalFlags(), width))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(&b, "\nGlobal flags:\n%s", flags.Table(flags.Listed(cmd.InheritedFlags()), width))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nUse \"%s [command] --help\" for more information about a command.\n", cmd.CommandPath())
	}
	return b.String()
}
