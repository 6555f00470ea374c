package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/version"
)

func newVersion(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the Go release and the backends compiled in",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(std.out, "amgen %s %s %s/%s backends: %s\n",
				version.Amgen(), runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(engine.Names()[1:], ", "))
			return nil
		},
	}
}
