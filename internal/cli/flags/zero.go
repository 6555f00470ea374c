package flags

import (
	"strconv"

	"github.com/spf13/cobra"
)

// RefuseZero makes a command's PreRunE that refuses flags set to 0, since a 0 in the options stands for the default.
func RefuseZero(names ...string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		for _, name := range names {
			f := cmd.Flags().Lookup(name)
			if f == nil || !f.Changed { // not every metric has a reference
				continue
			}
			if v, err := strconv.ParseFloat(f.Value.String(), 64); err == nil && v == 0 {
				return Usagef("--%s must be more than 0, got %s; leave it out for the default", name, f.Value)
			}
		}
		return nil
	}
}
