package weights

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/internal/version"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// Keys of the metadata of an exported file, next to those that package weights writes.
const (
	metaConfig     = "config"       // config.toml of the run
	metaNetwork    = "architecture" // the network as JSON
	metaPreset     = "preset"
	metaStep       = "step"
	metaVersion    = "written_by"
	metaCheckpoint = "checkpoint" // its hash
	metaClasses    = "classes"    // names and counts, as the checkpoint has them
	metaParameters = "parameters" // averaged or raw
)

// What metaParameters says.
const averagedKind, rawKind = "averaged", "raw"

// exportTypes are the types that weights are exported in.
var exportTypes = map[string]dtypes.DType{"f32": dtypes.Float32, "bf16": dtypes.BFloat16}

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
	f.StringVar(&o.dtype, "dtype", "f32", "`TYPE` data type: f32, or bf16 for half the size")
	return cmd
}

func (o *exportOptions) execute(std term.Streams) error {
	dtype, known := exportTypes[o.dtype]
	if !known {
		return flags.Usagef("unknown --dtype %q; there are f32 and bf16", o.dtype)
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
	cfg, err := chosen.Dir.Config()
	if err != nil {
		return err
	}
	c, err := chosen.Dir.Checkpoint(chosen.Checkpoint, true, std.Loading())
	if err != nil {
		return err
	}
	file, err := exported(c, cfg, dtype, chosen.Raw || cfg.EMA == 0)
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
		file.Metadata[metaParameters], o.dtype, chosen.Dir, c.Step, terminal.Printable(cfg.Network(), term.MostOfLine),
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
	if st, err := os.Stat(o.out); err == nil && st.IsDir() {
		return flags.Usagef("-o %s is a directory; name a file", o.out)
	}
	if st, err := os.Stat(filepath.Dir(o.out)); err != nil || !st.IsDir() {
		return flags.Usagef("-o %s: there is no directory %s; make it first", o.out, filepath.Dir(o.out))
	}
	if kind := filepath.Ext(o.out); !strings.EqualFold(kind, ".safetensors") && !files.IsSpecial(o.out) {
		return flags.Usagef("-o %s: export writes safetensors, and programs expect that ending; name it "+
			"FILE.safetensors",
			o.out)
	}
	if err := files.CheckReplaceable(o.out, run.Config{}); err != nil {
		return err
	}
	return files.CheckLinks("-o", o.out)
}

// Metadata holds a pointsRecord in parts: a text of it is bounded where it is read.
const mostPart = 1 << 19

func pointsPart(i int) string { return fmt.Sprintf("points_%d", i) }

func cut(record []byte) (parts []string) {
	for len(record) > 0 {
		n := min(mostPart, len(record))
		parts, record = append(parts, string(record[:n])), record[n:]
	}
	return parts
}

// mostRecord bounds a record that is read, in bytes.
const mostRecord = 64 << 20

// pointsOf is the record in the metadata, nil for none.
func pointsOf(metadata map[string]string) (record json.RawMessage) {
	for i := 0; metadata[pointsPart(i)] != "" && len(record) < mostRecord; i++ {
		record = append(record, metadata[pointsPart(i)]...)
	}
	return record
}

// exported is the file of a checkpoint's parameters: their averages, or raw.
func exported(c *weights.Checkpoint, cfg run.Config, dtype dtypes.DType, raw bool) (weights.File, error) {
	if err := cfg.CheckTrained(c); err != nil {
		return weights.File{}, err
	}
	list, kind := c.EMA, averagedKind
	if raw {
		list, kind = c.Tensors, rawKind
	}
	text, err := cfg.TOML()
	if err != nil {
		return weights.File{}, err
	}
	file := weights.File{Metadata: map[string]string{
		metaConfig: string(text), metaNetwork: string(c.Architecture), metaPreset: c.Preset,
		metaStep:    strconv.FormatInt(c.Step, 10),
		metaVersion: version.Amgen(), metaCheckpoint: c.Hash, metaParameters: kind,
	}}
	for i, part := range cut(c.Extra[run.RecordKey]) {
		file.Metadata[pointsPart(i)] = part
	}
	if classes := c.Extra[run.ClassesKey]; classes != nil {
		file.Metadata[metaClasses] = string(classes)
	}
	for _, scope := range modelScopes {
		for _, t := range weights.Within(list, scope) {
			if t, err = t.To(dtype); err != nil {
				return weights.File{}, err
			}
			file.Tensors = append(file.Tensors, t)
		}
	}
	if len(file.Tensors) == 0 {
		return weights.File{}, fmt.Errorf("checkpoint %s has no variables in %s: %w", c.Path,
			strings.Join(modelScopes, " or "), weights.ErrArchitecture)
	}
	return file, nil
}
