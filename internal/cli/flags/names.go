package flags

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/run"
)

// namesNoFile are the flags whose text is kept in no file.
var namesNoFile = []string{"output", "config", "store"}

// CheckNames is a usage error for an empty text, as of a shell's variable that isn't set, and for a name that is no
// UTF-8: what a run, a report or samples keep of it, TOML or JSON, would name another file.
func CheckNames(cmd *cobra.Command, args []string) error {
	for _, arg := range args {
		if err := checkName("the name", arg); err != nil {
			return err
		}
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Value.Type() == "string" && f.Value.String() == "" && !mayBeEmpty(f.Name) {
			err = Usagef("--%s is empty; give it a value, or leave it out for the default", f.Name)
		}
		if err == nil && !slices.Contains(namesNoFile, f.Name) {
			err = checkName("--"+f.Name, f.Value.String())
		}
	})
	return err
}

// checkName is a usage error unless a name, of what, is UTF-8.
func checkName(what, name string) error {
	if err := run.CheckName(what, name); err != nil {
		return Usage(err)
	}
	return nil
}

// mayBeEmpty tells whether an empty flag is one of a setting, which says itself what it takes: some of them clear what
// a configuration has.
func mayBeEmpty(name string) bool {
	return !slices.Contains([]string{"preset", "backend", "precision"}, name) &&
		slices.ContainsFunc(run.Settings(), func(s run.Setting) bool { return flagName(s.Key) == name })
}
