package weights

import (
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// exportTypes are the types that weights are exported in.
var exportTypes = map[string]dtypes.DType{"f32": dtypes.Float32, "bf16": dtypes.BFloat16, "f16": dtypes.Float16}

// modelScopes hold the variables of the networks: of images and of points.
var modelScopes = run.ModelScopes()

type exportOptions struct {
	flags.RunChoice
	out, dtype, format string
}

// Formats of exports.
const (
	safetensorsFormat = "safetensors"
	pytorchFormat     = "pytorch"
)

func newExport(std term.Streams) *cobra.Command {
	o := &exportOptions{}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a run's weights and configuration as one safetensors file",
		Long: "Write a run's weights as one file. It has the configuration, too: `weights import` takes it without " +
			"flags, and `train --from` a safetensors file, and python/amgen_torch.py in the source makes a PyTorch " +
			"module of it. --format pytorch writes the state dictionary of that module, which torch.load reads. " +
			"Where PyTorch saves it anew the configuration is gone; the command that imports it then is printed on " +
			"stderr.",
		Example: "  amgen weights export --run runs/cifar -o cifar.safetensors\n" +
			"  amgen weights export --dtype bf16 -o half.safetensors\n" +
			"  amgen weights export --format pytorch -o cifar.pt",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return o.execute(std) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.RunChoice.Bind(f, flags.RunHelp)
	f.StringVarP(&o.out, "output", "o", "", "`FILE` file to write, - for stdout (required)")
	f.StringVar(&o.format, "format", safetensorsFormat, "`NAME` format: safetensors, or pytorch for a state "+
		"dictionary of images' networks (.pt)")
	f.StringVar(&o.dtype, "dtype", "f32", "`TYPE` data type: f32, or bf16 or f16 for half the size, rounded to 8 or "+
		"11 significant bits; f16 has numbers up to 65504")
	return cmd
}

func (o *exportOptions) execute(std term.Streams) error {
	dtype, known := exportTypes[o.dtype]
	if !known {
		return flags.Usagef("unknown --dtype %q; there are f32, bf16 and f16", o.dtype)
	}
	if o.format != safetensorsFormat && o.format != pytorchFormat {
		return flags.Usagef("unknown --format %q; there are %s and %s", o.format, safetensorsFormat, pytorchFormat)
	}
	if o.out == "" {
		return flags.Usagef("no file to write to; pass -o FILE%s", o.extensions()[0])
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
	write := func(w io.Writer) error { _, err := file.WriteTo(w); return err }
	if o.format == pytorchFormat {
		if file.Tensors, err = twinTensors(file.Tensors, p); err != nil {
			return err
		}
		write = func(w io.Writer) error { return weights.WriteStateDict(w, file) }
	}
	if o.out == files.Stdout {
		err = write(std.Out)
	} else {
		err = replace.Output(o.out, write)
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
	if o.format == pytorchFormat {
		if err := tellImport(o.out, p.Config, std); err != nil {
			return err
		}
	}
	if o.out != files.Stdout {
		return term.PrintLine(std.Out, o.out)
	}
	return nil
}

// extensions are the endings of files of the format, the usual one first.
func (o *exportOptions) extensions() []string {
	if o.format == pytorchFormat {
		return []string{".pt", ".pth"}
	}
	return []string{".safetensors"}
}

// checkOutput checks that the file can be written.
func (o *exportOptions) checkOutput(std term.Streams) error {
	if o.out == files.Stdout {
		if term.IsTerminal(std.Out) {
			return flags.Usagef("stdout is a terminal, which shows no weights; redirect it (> FILE%[1]s) or pass "+
				"-o FILE%[1]s", o.extensions()[0])
		}
		return nil
	}
	return files.CheckWeights(o.out, o.extensions()...)
}
