// Package models is the command `amgen models`: list, show and pack.
package models

import (
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/term"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List, describe and pack models that need no training",
		Long: "Models are trained networks in one file each. Some are part of amgen: `amgen sample --model NAME` " +
			"draws from one, and `amgen train --from NAME` trains it on.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(std), newShow(std), newPack(std))
	return cmd
}
