package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// plainFlag says of a flag's value that cannot be read what the flag takes, rather than which function failed.
func plainFlag(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	f := wrong.GetFlag()
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand
	}
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s takes %s, got %q, which is beyond all that amgen counts", name, wants(f.Value.Type()), wrong.GetValue())
	}
	return fmt.Errorf("%s takes %s, got %q", name, wants(f.Value.Type()), wrong.GetValue())
}

// explainArgs has a command and those below it say of a word that they don't take what may have been meant.
func explainArgs(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || !strings.HasPrefix(err.Error(), "unknown command") { // of a wrong number of arguments
				return err
			}
			return fmt.Errorf("%w; %s", err, meant(cmd, args[0]))
		}
	}
	for _, sub := range cmd.Commands() {
		explainArgs(sub)
	}
}

// meant is what a word that a command doesn't take may stand for.
func meant(cmd *cobra.Command, word string) string {
	near := cmd.SuggestionsFor(word)
	switch {
	case len(near) > 0:
		return fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	case cmd.Flags().Lookup("run") != nil:
		return fmt.Sprintf("to name a run pass --run %s", word)
	}
	return fmt.Sprintf("`%s --help` lists what there is", cmd.CommandPath())
}
