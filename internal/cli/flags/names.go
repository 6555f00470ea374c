package flags

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/run"
)

// namesNoFile are the flags whose text is kept in no file.
var namesNoFile = []string{"output", "config", "store"}

// CheckNames is a usage error for a name that is no UTF-8. What a run, a report or samples keep of it, TOML or JSON,
// would name another file.
func CheckNames(cmd *cobra.Command, args []string) error {
	for _, arg := range args {
		if err := checkName("the name", arg); err != nil {
			return err
		}
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
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
