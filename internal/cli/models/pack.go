package models

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

type packOptions struct {
	dir, out, checkpoint, hardware, licence string
	average                                 float64
}

func newPack(std term.Streams) *cobra.Command {
	o := &packOptions{}
	cmd := &cobra.Command{
		Use:   "pack RUN",
		Short: "Make a model from a run: one file, in float16",
		Long: "Make a model from a run: one safetensors file with the averaged parameters in float16, the " +
			"configuration, and where they come from. The minutes are those of the run's log. FID is that of the " +
			"run's report of `amgen eval fid` with the most samples of this checkpoint and average, without classes " +
			"or guidance.",
		Example: "  amgen models pack runs/digits -o digits.safetensors\n" +
			"  amgen models pack runs/digits --hardware laptop --licence CC0-1.0 -o digits.safetensors",
		Args:    cobra.ExactArgs(1),
		PreRunE: flags.RefuseZero(flags.AverageFlag),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&o.out, "output", "o", "", "`FILE` safetensors file to write")
	f.StringVar(&o.checkpoint, "checkpoint", run.Latest, "`WHICH` checkpoint to use: "+run.Latest+", "+run.Best+
		" (lowest mean loss) or a step number")
	flags.BindAverage(f, &o.average)
	f.StringVar(&o.hardware, "hardware", "", "machine that trained the run (default: the engine that the checkpoint "+
		"names)")
	f.StringVar(&o.licence, "licence", "", "licence of the parameters, as in Apache-2.0 (default: none is named)")
	return cmd
}

func (o *packOptions) execute(ctx context.Context, std term.Streams) error {
	if o.out == "" || o.out == files.Stdout {
		return flags.Usagef("no file to write to; pass -o FILE.safetensors")
	}
	if err := files.CheckWeights(o.out); err != nil {
		return err
	}
	p, err := o.pretrained(ctx, std)
	if err != nil {
		return err
	}
	from, err := o.provenance(p)
	if err != nil {
		return err
	}
	file, err := models.Pack(p, from)
	if err != nil {
		return err
	}
	if err := file.WriteFile(o.out); err != nil {
		return err
	}
	sum := sha256.New()
	size, err := file.WriteTo(sum)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "models: %d tensors of %s step %d, FID %s, %s, SHA-256 %x\n", len(file.Tensors), o.dir,
		p.Checkpoint.Step, distance(from.FID), humanize.Bytes(uint64(size)), sum.Sum(nil))
	return term.PrintLine(std.Out, o.out)
}

// pretrained reads the average of the parameters that was asked for.
func (o *packOptions) pretrained(ctx context.Context, std term.Streams) (run.Pretrained, error) {
	if o.average != 0 {
		return run.Dir(o.dir).PretrainedAverage(ctx, o.checkpoint, o.average, std.Loading())
	}
	return run.Dir(o.dir).Pretrained(o.checkpoint, false, std.Loading())
}

// provenance is what the run tells of the checkpoint, and the flags.
func (o *packOptions) provenance(p run.Pretrained) (from models.Provenance, err error) {
	from = models.Provenance{Hardware: o.hardware, Licence: o.licence, Average: o.average}
	if from.Hardware == "" {
		// older checkpoints don't tell
		if text := p.Checkpoint.Extra[run.DeviceKey]; text != nil && json.Unmarshal(text, &from.Hardware) != nil {
			return from, fmt.Errorf("checkpoint %s: %s is no text", p.Checkpoint.Path, run.DeviceKey)
		}
	}
	stats, _, err := train.ReadStats(run.Dir(o.dir).File(run.StatsName))
	if err != nil {
		return from, err
	}
	for _, s := range stats {
		if int64(s.Step) <= p.Checkpoint.Step {
			from.Minutes = s.Seconds / 60
		}
	}
	info, err := os.Stat(p.Checkpoint.Path)
	if err != nil {
		return from, fmt.Errorf("pack: %w", err)
	}
	from.Date = info.ModTime().UTC().Format(time.DateOnly)
	from.FID, err = measured(run.Dir(o.dir), p.Checkpoint.Hash, o.average)
	return from, err
}
