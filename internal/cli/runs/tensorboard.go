package runs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/tensorboard"
)

// followEvery is how often runs are looked at with --follow.
const followEvery = 5 * time.Second

func newTensorBoard(std term.Streams) *cobra.Command {
	var out string
	var follow bool
	cmd := &cobra.Command{
		Use: "tensorboard [DIR…]", Short: "Write the logs of runs for TensorBoard",
		Long: "Write the log, the sample grids and the configuration of each run for TensorBoard. DIR is a run or a " +
			"folder of runs (default: " + flags.RunsDir + "/). `train --tensorboard` does the same while it trains.",
		Example: "  amgen runs tensorboard    # then: tensorboard --logdir runs\n" +
			"  amgen runs tensorboard runs/cifar --follow",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := flags.RunsBelow(args)
			if err != nil {
				return err
			}
			return export(cmd.Context(), list, out, follow, std)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "`DIR` folder with a folder for each run (default: the folder "+
		run.TensorBoardName+"/ in each run)")
	cmd.Flags().BoolVar(&follow, "follow", false, "go on with runs that are training, until Ctrl-C")
	return cmd
}

// export writes runs once, or again and again until the context ends. One that fails doesn't stop the others.
func export(ctx context.Context, list []summary.Summary, out string, follow bool, std term.Streams) error {
	folders, err := foldersOf(list, out)
	if err != nil {
		return err
	}
	var exporters []*tensorboard.Exporter
	var errs []error
	for i, s := range list {
		e := tensorboard.New(s.Dir, folders[i])
		defer e.Close()
		if err := e.Update(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Dir, err))
			continue
		}
		exporters = append(exporters, e)
		fmt.Fprintln(std.Out, folders[i])
	}
	for follow && len(exporters) > 0 && ctx.Err() == nil {
		wait(ctx, followEvery)
		for _, e := range exporters {
			if err := e.Update(); err != nil {
				return err
			}
		}
	}
	for _, e := range exporters {
		errs = append(errs, e.Close())
	}
	return errors.Join(errs...)
}

// foldersOf are the folders that runs are written to, each to one of its own.
func foldersOf(list []summary.Summary, out string) (folders []string, err error) {
	taken := map[string]run.Dir{}
	for _, s := range list {
		folder := s.Dir.File(run.TensorBoardName)
		if out != "" {
			folder = filepath.Join(out, filepath.Base(filepath.Clean(string(s.Dir))))
		}
		if other, ok := taken[folder]; ok {
			return nil, flags.Usagef("%s and %s would both be written to %s; name one at a time, each with a folder "+
				"of its own", other, s.Dir, folder)
		}
		taken[folder] = s.Dir
		folders = append(folders, folder)
	}
	return folders, nil
}
