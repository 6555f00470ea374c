package weights

import (
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
)

// exportTypes are the types that weights are exported in.
var exportTypes = map[string]dtypes.DType{"f32": dtypes.Float32, "bf16": dtypes.BFloat16, "f16": dtypes.Float16}

// modelScopes hold the variables of the networks: of images and of points.
var modelScopes = run.ModelScopes()

type exportOptions struct {
	flags.RunChoice
	out, dtype string
}

func newExport(std term.Streams) *cobra.Command {
	o := &exportOptions{}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a run's weights and configuration as one safetensors file",
		Example: "  amgen weights export --run runs/cifar -o cifar.safetensors\n" +
			"  amgen weights export --dtype bf16 -o half.safetensors",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return o.execute(std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.RunChoice.Bind(f, flags.RunHelp)
	f.StringVarP(&o.out, "output", "o", "", "`FILE` safetensors file to write, - for stdout (required)")
	f.StringVar(&o.dtype, "dtype", "f32", "`TYPE` data type: f32, or bf16 or f16 for half the size, rounded to 8 or "+
		"11 significant bits; f16 has numbers up to 65504")
	return cmd
}

func (o *exportOptions) execute(std term.Streams) error {
	dtype, known := exportTypes[o.dtype]
	if !known {
		return flags.Usagef("unknown --dtype %q; there are f32, bf16 and f16", o.dtype)
	}
	if o.out == "" {
		return flags.Usagef("no file to write to; pass -o FILE.safetensors")
	}
	if err := o.checkOutput(std); err != nil {
		return err
	}
	chosen, err := o.Resolve()
	if err != nil {
		return err
	}
	p, err := chosen.Dir.Pretrained(chosen.Checkpoint, chosen.Raw, std.Loading())
	if err != nil {
		return err
	}
	kind := models.Averaged
	if chosen.Raw || p.Config.EMA == 0 {
		kind = models.Raw
	}
	file, err := models.File(p, kind, dtype)
	if err != nil {
		return err
	}
	if o.out == files.Stdout {
		_, err = file.WriteTo(std.Out)
	} else {
		err = file.WriteFile(o.out)
	}
	if err != nil {
		return err
	}
	total := 0
	for _, t := range file.Tensors {
		total += len(t.Data)
	}
	fmt.Fprintf(std.Err, "weights: %d tensors (%s, %s) of %s step %d, network %s, %s\n", len(file.Tensors),
		kind, o.dtype, chosen.Dir, p.Checkpoint.Step, terminal.Printable(p.Config.Network(), term.MostOfLine),
		humanize.Bytes(uint64(total)))
	if o.out != files.Stdout {
		return term.PrintLine(std.Out, o.out)
	}
	return nil
}

// checkOutput checks that the file can be written.
func (o *exportOptions) checkOutput(std term.Streams) error {
	if o.out == files.Stdout {
		if term.IsTerminal(std.Out) {
			return flags.Usagef("stdout is a terminal, which shows no weights; redirect it (> FILE.safetensors) or " +
				"pass -o FILE.safetensors")
		}
		return nil
	}
	return files.CheckWeights(o.out)
}
