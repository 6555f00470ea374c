package cli

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/version"
)

func newVersion(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the Go release and the backends compiled in",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				return printVersion(std.Out)
			}
			return term.PrintObject(std.Out, "version", struct {
				Go       string   `json:"go"`
				OS       string   `json:"os"`
				Arch     string   `json:"arch"`
				Backends []string `json:"backends"`
			}{runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Described()})
		},
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

func printVersion(out io.Writer) error {
	_, err := fmt.Fprintf(out, "amgen %s %s %s/%s backends: %s\n",
		version.Amgen(), runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(engine.Described(), ", "))
	return err
}
