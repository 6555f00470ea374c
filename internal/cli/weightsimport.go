package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// importFlags are the flags of a configuration that say what imported weights are.
var importFlags = []string{"preset", "dataset", "objective", "estimator", "weight", "sigma", "anneal", "cost-p", "path", "action"}

// importedKey is the key in a checkpoint's Extra for where imported weights came from. It is not a run that can be resumed.
const importedKey = "imported"

// origin of imported weights.
type importOrigin struct {
	File   string `json:"file"`
	Format string `json:"format"`
	SHA256 string `json:"sha256"`
	DType  string `json:"dtype"`
}

type importOptions struct {
	flags   Config
	changed []string
	file    string
	out     string
}

func newWeightsImport(std streams) *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a run directory of a weights file, to sample and evaluate",
		Long: "import reads what `amgen weights export` wrote, any safetensors file with the same names, or the state dictionary\n" +
			"(.pt, .pth) of the U-Net's twin in PyTorch, internal/peers/torch_am_unet.py, or a checkpoint (.cpt) of the action network\n" +
			"of github.com/necludov/action-matching-pytorch. A file with a configuration in it needs no flags, but --dataset where it\n" +
			"is of snapshots; others need at least --preset. Nothing in a file is run or chooses what is opened, and all of it is\n" +
			"checked before anything is written.",
		Example: "  amgen weights import cifar.safetensors --out runs/theirs\n" +
			"  amgen weights import twin.pt --preset tiny --dataset mnist --out runs/twin",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			cmd.Flags().Visit(func(f *pflag.Flag) { o.changed = append(o.changed, f.Name) })
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.out, "out", "", "run `DIR` to make")
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.flags.bind(all)
	for _, name := range importFlags {
		f.AddFlag(all.Lookup(name))
	}
	return cmd
}

func (o *importOptions) execute(ctx context.Context, std streams) error {
	if o.out == "" {
		return usagef("no run directory to make; pass --out DIR")
	}
	if _, err := os.Stat(o.file); err != nil {
		return usagef("no weights to import: %v", err)
	}
	if entries, err := os.ReadDir(o.out); err == nil && len(entries) > 0 {
		return usagef("%s is not empty; name another --out", o.out)
	}
	file, format, err := weights.Open(o.file)
	if err != nil {
		return err
	}
	params, averages := stateDicts(file.Tensors)
	cfg, err := o.config(file.Metadata, ofAuthors(params))
	if err != nil {
		return err
	}
	task, err := cfg.task(ctx)
	if err != nil {
		return err
	}
	list, dtype, err := parametersOf(params, task)
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	state := weights.State{Tensors: list}
	if cfg.EMA > 0 {
		state.EMA = list // what is imported is what is sampled, whichever is asked for
		if images, ok := task.(imageTask); ok && cfg.Convention == unet.Authors.String() && len(averages) > 0 {
			if averages, err = averagesByName(averages, images.seen()); err == nil {
				state.EMA, _, err = parametersOf(averages, task)
			}
			if err != nil {
				return fmt.Errorf("%s: averages: %w", o.file, err)
			}
		}
	}
	from := importOrigin{File: filepath.Base(o.file), Format: format, DType: dtype}
	if from.SHA256, err = fetch.HashFile(o.file); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if state.Meta, err = importMeta(file.Metadata, cfg, task, from); err != nil {
		return err
	}
	if err := makeRun(o.out, cfg, state); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "weights: %d parameters of %s (%s, %s), preset %s on %s; `amgen sample --run %s` draws from them\n", task.params(), o.file,
		format, dtype, cfg.Preset, printable(cfg.Dataset, mostOfLine), shellWord(o.out))
	fmt.Fprintln(std.out, o.out)
	return nil
}

// mostMetadata bounds a text in a file's metadata; a configuration takes some 4 kB.
const mostMetadata = 64 << 10

// config is that of the run to make: the file's own or the preset's, then what flags say. A file has no say in what is opened
// or fetched: snapshots, of which the network's shape is known from their cells alone, are those of --dataset.
func (o *importOptions) config(metadata map[string]string, theirs bool) (cfg Config, err error) {
	for _, key := range []string{metaConfig, metaNetwork, metaPreset, metaStep, metaCheckpoint} {
		if n := len(metadata[key]); n > mostMetadata {
			return cfg, fmt.Errorf("metadata %q of %s: %d bytes, beyond the %d that are read; take them out and pass --preset", key, o.file, n, mostMetadata)
		}
	}
	if text := metadata[metaConfig]; text != "" {
		if err = decodeTOML([]byte(text), &cfg); err != nil {
			return cfg, fmt.Errorf("configuration in %s: %w; export it again, or take the metadata out and pass --preset", o.file, err)
		}
	} else {
		preset := cmp.Or(o.flags.Preset, metadata[metaPreset])
		if preset == "" {
			return cfg, usagef("%s doesn't say what network it is of; pass --preset with one of %s", o.file, strings.Join(presetNames(), ", "))
		}
		dataset := o.flags.Dataset
		if net, ok := unet.Presets[preset]; ok && dataset == "" { // the usual images of that kind
			dataset = map[int]string{1: "mnist", 3: "cifar10"}[net.Channels]
		}
		if cfg, err = presetConfig(dataset, preset); err != nil {
			return cfg, err
		}
		if theirs {
			cfg.Convention, cfg.Action = unet.Authors.String(), unet.Quadratic.String()
		}
	}
	given := trainOptions{flags: o.flags, changed: o.changed}
	given.overlayFlags(&cfg)
	if cfg.snapshots() && !given.given("dataset") {
		wants := snapshotsPrefix + "FILE"
		if cfg.Dataset == science.EmbryoName {
			wants = cfg.Dataset
		}
		return cfg, usagef("%s is of %s, and no file chooses what is opened or fetched; pass --dataset %s", o.file, cfg.Dataset, wants)
	}
	// What they were trained on says nothing about weights, and may not be here.
	cfg.Backend, cfg.Precision, cfg.Accumulate, cfg.Devices = defaultBackend, float32Precision, 1, 1
	return cfg, cfg.settle()
}

// parametersOf are the tensors as the network's variables, in float32, and the type that they came in.
func parametersOf(list []weights.Tensor, t task) (out []weights.Tensor, dtype string, err error) {
	if images, ok := t.(imageTask); ok {
		if out, err = networkVariables(list, images.seen()); err != nil {
			return nil, "", err
		}
	} else if out, err = weights.Within(list, modelScopes[1]), nil; len(out) != len(list) {
		return nil, "", fmt.Errorf("%d of %d tensors are in %s: %w; points need all of them there", len(out), len(list), modelScopes[1], weights.ErrArchitecture)
	}
	total := 0
	for _, t := range out {
		dtype = t.DType.String()
		n := 1
		for _, d := range t.Shape {
			n *= d
		}
		total += n
	}
	if total != t.params() {
		return nil, "", fmt.Errorf("%d parameters, where the network has %d: %w; name its --preset", total, t.params(), weights.ErrArchitecture)
	}
	for i := range out {
		if out[i], err = out[i].To(parameterType); err != nil {
			return nil, "", err
		}
	}
	return out, dtype, finite(out)
}

// finite refuses parameters of which some aren't, or not in the type that networks compute in.
func finite(list []weights.Tensor) error {
	first, broken := "", 0
	for _, t := range list {
		n, err := t.Broken()
		if err != nil {
			return err
		}
		if broken += n; n == broken && n > 0 {
			first = t.Name
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d values that aren't finite in float32, the first in %s; `amgen weights inspect` lists them: import an earlier state", broken, first)
	}
	return nil
}

// parameterType is what networks compute in.
var parameterType = exportTypes["f32"]

// importMeta says what the checkpoint of imported weights is: a file that tells its network must tell the same one.
func importMeta(metadata map[string]string, cfg Config, t task, from importOrigin) (meta weights.Meta, err error) {
	if meta.Architecture, err = json.Marshal(t.architecture()); err != nil {
		return meta, fmt.Errorf("encode architecture: %w", err)
	}
	if text := metadata[metaNetwork]; text != "" {
		differences, err := weights.Differences(json.RawMessage(text), meta.Architecture)
		if err == nil && len(differences) > 0 {
			err = fmt.Errorf("%s: %w", strings.Join(differences, ", "), weights.ErrArchitecture)
		}
		if err != nil {
			return meta, fmt.Errorf("%s is of another network than its configuration and the flags: %w", from.File, err)
		}
	}
	meta.Preset, meta.Parent = cfg.Preset, metadata[metaCheckpoint]
	if n, err := strconv.ParseInt(metadata[metaStep], 10, 64); err == nil && n > 0 { // others don't count steps
		meta.Step, meta.Position = n, n
	}
	origin, err := json.Marshal(from)
	meta.Extra = map[string]json.RawMessage{importedKey: origin}
	return meta, err
}

// makeRun makes the run directory in one rename: an interruption leaves none, and what is there when it returns is on the disk.
func makeRun(dir string, cfg Config, state weights.State) (err error) {
	text, err := cfg.encode()
	if err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	tmp, err := os.MkdirTemp(parent, ".import-*")
	if err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if _, _, err := weights.Save(weights.CheckpointDir(tmp), state); err != nil {
		return err
	}
	if err := errors.Join(replaceText(filepath.Join(tmp, configName), text), os.Mkdir(filepath.Join(tmp, samplesDir), 0o755), os.Chmod(tmp, 0o755),
		syncDir(tmp)); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := syncDir(parent); err != nil {
		return fmt.Errorf("run directory %s: %w; check the disk", dir, err)
	}
	return nil
}

// syncDir is replaced by tests, which want to know what was synced.
var syncDir = replace.SyncDir
