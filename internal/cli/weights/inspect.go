package weights

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// Report is what `amgen weights inspect` says of a file or a checkpoint.
type Report struct {
	Path      string            `json:"path"`
	Format    string            `json:"format"` // checkpoint, safetensors or pytorch
	SHA256    string            `json:"sha256"` // of the file, or of the checkpoint's manifest
	WrittenBy string            `json:"written_by,omitempty"`
	Preset    string            `json:"preset,omitempty"`
	Step      *int64            `json:"step,omitempty"`
	Parent    string            `json:"parent,omitempty"` // hash of the checkpoint before
	Network   json.RawMessage   `json:"network,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Config    string            `json:"config,omitempty"` // TOML
	Imported  *importOrigin     `json:"imported,omitempty"`
	Networks  []string          `json:"networks,omitempty"` // U-Nets' state dictionaries in a file, and their roles
	LeftOut   []weights.LeftOut `json:"left_out,omitempty"` // of a PyTorch file: no tensors, numbers or texts
	Numbers   int               `json:"numbers"`            // in all tensors
	Bytes     int               `json:"bytes"`              // of all tensors
	Tensors   []tensorReport    `json:"tensors"`
}

// tensorReport describes a tensor; Norm and Max are of floats alone.
type tensorReport struct {
	Group  string   `json:"group,omitempty"` // ema or state, of a checkpoint
	Name   string   `json:"name"`
	DType  string   `json:"dtype"`
	Shape  []int    `json:"shape"`
	Norm   *float64 `json:"norm,omitempty"` // Euclidean, over the finite values
	Max    *float64 `json:"max,omitempty"`  // largest magnitude of them
	Broken int      `json:"not_finite,omitempty"`
	SHA256 string   `json:"sha256"`
}

func newInspect(std term.Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE|RUN",
		Short: "Print the tensors of a file or run: shapes, types, norms, hashes",
		Long: "Describe a safetensors file, a state dictionary of PyTorch (.pt, .pth), a checkpoint, or the newest " +
			"intact checkpoint of a run. What the format can verify is verified; nothing in the file is executed. " +
			"Long names and values are cut, and control characters are escaped, as \\n; --json prints them in full.",
		Example: "  amgen weights inspect runs/first\n  amgen weights inspect model.pt --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := inspectWeights(args[0], std)
			if err != nil {
				return err
			}
			if asJSON {
				return term.PrintObject(std.Out, "weights inspect", r)
			}
			return r.print(std)
		},
	}
	flags.BindJSON(cmd.Flags(), &asJSON)
	return cmd
}

func inspectWeights(path string, std term.Streams) (*Report, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, flags.Usagef("no file or run %s", path)
	} else if err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	if st.IsDir() {
		return inspectCheckpoint(path, std)
	}
	if err := memory.CheckFile(path); err != nil {
		return nil, err
	}
	file, err := weights.ReadContents(path)
	if err != nil {
		return nil, err
	}
	r := &Report{Path: path, Format: file.Format, Metadata: file.Metadata, LeftOut: file.LeftOut,
		Networks: networks(file.Tensors)}
	if r.SHA256, err = fetch.HashFile(path); err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	take := func(key string) string {
		value := r.Metadata[key]
		delete(r.Metadata, key)
		return value
	}
	r.Config, r.Preset, r.WrittenBy = take(models.ConfigKey), take(models.PresetKey), take(models.VersionKey)
	if text := take(models.ArchitectureKey); json.Valid([]byte(text)) {
		r.Network = json.RawMessage(text)
	}
	r.add("", file.Tensors)
	return r, nil
}

// inspectCheckpoint reports on a checkpoint, or on the newest intact one of a run.
func inspectCheckpoint(dir string, std term.Streams) (*Report, error) {
	var c *weights.Checkpoint
	of := dir
	if _, _, err := weights.ReadManifest(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		if c, err = weights.Load(dir); err != nil {
			return nil, err
		}
		of = filepath.Dir(filepath.Dir(filepath.Clean(dir)))
	} else {
		if c, err = run.Dir(dir).Checkpoint(run.Latest, true, std.Loading()); err != nil {
			return nil, err
		}
	}
	r := &Report{Path: c.Path, Format: "checkpoint", SHA256: c.Hash, WrittenBy: c.Amgen, Preset: c.Preset,
		Step: &c.Step, Parent: c.Parent, Network: c.Architecture}
	// a checkpoint alone has none
	if text, err := weights.ReadText(run.Dir(of).File(run.ConfigName), models.MostMetadata); err == nil {
		r.Config = string(text)
	}
	if text := c.Extra[run.ImportedKey]; text != nil {
		if err := json.Unmarshal(text, &r.Imported); err != nil {
			return nil, fmt.Errorf("checkpoint %s: %s: %w", c.Path, run.ImportedKey, err)
		}
	}
	r.add("ema", c.EMA)
	r.add("state", c.Tensors)
	return r, nil
}

var roleNames = map[dictRole]string{parametersRole: "parameters", averageRole: "average",
	otherRole: "neither parameters nor average", optimiserRole: "an optimiser's"}

// networks says which state dictionaries of U-Nets are in a file, and what each is to import.
func networks(list []weights.Tensor) (texts []string) {
	found, _ := dictionaries(list)
	for _, d := range found {
		texts = append(texts, fmt.Sprintf("%s (%s)", d, roleNames[d.role]))
	}
	return texts
}

func (r *Report) add(group string, list []weights.Tensor) {
	for _, t := range list {
		report := tensorReport{Group: group, Name: t.Name, DType: t.DType.String(), Shape: t.Shape, SHA256: t.Hash()}
		n := 1
		for _, d := range t.Shape {
			n *= d
		}
		r.Numbers += n
		r.Bytes += len(t.Data)
		if values, err := t.Values(); err == nil { // integers have no norm
			sum, largest := 0.0, 0.0
			for v := range values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					report.Broken++
					continue
				}
				sum += v * v
				largest = max(largest, math.Abs(v))
			}
			if norm := math.Sqrt(sum); !math.IsInf(norm, 0) { // JSON has no infinity
				report.Norm = &norm
			}
			report.Max = &largest
		}
		r.Tensors = append(r.Tensors, report)
	}
}

// line prints a list, if it isn't empty.
func (r *Report) line(std term.Streams, name, list string) {
	if list != "" {
		fmt.Fprintf(std.Out, "%s: %s\n", name, terminal.Printable(list, term.MostOfLine))
	}
}

func (r *Report) print(std term.Streams) error {
	fmt.Fprintf(std.Out, "%s: %s, %d tensors, %s numbers, %s\n", terminal.Printable(r.Path, term.MostOfLine), r.Format,
		len(r.Tensors), humanize.Comma(int64(r.Numbers)), humanize.Bytes(uint64(r.Bytes)))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(std.Out, "%s: %s\n", name, term.Shown(value))
		}
	}
	line("sha256", r.SHA256)
	line("written by amgen", r.WrittenBy)
	line("preset", r.Preset)
	if r.Step != nil {
		line("step", fmt.Sprint(*r.Step))
	}
	line("parent", r.Parent)
	if from := r.Imported; from != nil {
		line("imported from", fmt.Sprintf("%s (%s, %s, sha256 %.12s)", from.File, from.Format, from.DType, from.SHA256))
		if from.Parameters != "" { // older imports don't tell
			line("parameters", from.Parameters)
			line("average", cmp.Or(from.Average, noAverage))
		}
		r.line(std, "left out", few(from.LeftOut))
	}
	r.line(std, "networks", few(r.Networks))
	r.line(std, "left out", few(objects(r.LeftOut)))
	if len(r.Network) > 0 {
		fmt.Fprintf(std.Out, "network: %s\n", terminal.Printable(string(r.Network), term.MostOfLine))
	}
	for _, key := range slices.Sorted(maps.Keys(r.Metadata)) {
		line(term.Shown(key), r.Metadata[key])
	}
	if r.Config != "" {
		fmt.Fprintf(std.Out, "%s:\n", run.ConfigName)
		for text := range strings.Lines(r.Config) {
			if text = strings.TrimSpace(text); text != "" && text[0] != '#' {
				fmt.Fprintf(std.Out, "  %s\n", terminal.Printable(text, term.MostOfLine))
			}
		}
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\nTENSOR\tTYPE\tSHAPE\tNORM\tMAX\tHASH")
	for _, t := range r.Tensors {
		number := func(v *float64) string {
			if v == nil {
				return "-"
			}
			return fmt.Sprintf("%.6g", *v)
		}
		name := term.Shown(t.Name)
		if t.Group != "" {
			name = t.Group + " " + name
		}
		notes := ""
		if t.Broken > 0 {
			notes = fmt.Sprintf("\t%d not finite", t.Broken)
		}
		shape := cmp.Or(strings.Join(strings.Fields(strings.Trim(fmt.Sprint(t.Shape), "[]")), "×"), "scalar")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.12s%s\n", name, t.DType, term.Shown(shape),
			number(t.Norm), number(t.Max), t.SHA256, notes)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
