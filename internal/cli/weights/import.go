package weights

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// importFlags are the settings of a configuration that say what imported weights are.
var importFlags = []string{"preset", "size", "channels", "base", "multipliers", "blocks", "attention", "patch",
	"time_scale", "hidden", "dataset", "objective", "estimator", "weight", "sigma", "anneal", "cost_p", "path",
	"action", "leave_out", "components", "raw_columns", "time_column", "time_order", "columns", "drop",
	"classes"}

type importOptions struct {
	flags   run.Config
	changed []string
	file    string
	out     string
}

func newImport(std term.Streams) *cobra.Command {
	o := &importOptions{}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Create a run directory from a weights file, to sample and evaluate",
		Long: "Create a run directory from one of these files: an export of `amgen weights export`; a safetensors " +
			"file with the same tensor names; a PyTorch state dictionary (.pt, .pth) of the same U-Net in PyTorch, " +
			"which is internal/peers/torch_am_unet.py in the source; a checkpoint (.cpt) of the action network of " +
			"github.com/necludov/action-matching-pytorch. An average beside the parameters (ema, shadow_params, " +
			"AveragedModel, …) becomes the run's average. The log says which tensors became what.\n\n" +
			"A file with a configuration in it needs no flags, except --dataset for snapshots; other files need at " +
			"least --preset. No code in a file is run, and a file can't make amgen open other files. The whole file " +
			"is checked before anything is written.",
		Example: "  amgen weights import cifar.safetensors --out runs/theirs\n" +
			"  amgen weights import twin.pt --preset tiny --dataset mnist --out runs/twin",
		Args:    cobra.ExactArgs(1),
		PreRunE: flags.RefuseZero(flags.NetworkNames...),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			cmd.Flags().Visit(func(f *pflag.Flag) { o.changed = append(o.changed, f.Name) })
			return o.execute(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		f.StringVar(&o.out, "out", "", "`DIR` new run directory (required)")
	})
	flags.BindSettings(f, &o.flags, func(key string) bool { return slices.Contains(importFlags, key) })
	return cmd
}

func (o *importOptions) execute(ctx context.Context, std term.Streams) error {
	if o.out == "" {
		return flags.Usagef("no run directory to make; pass --out DIR")
	}
	if _, err := os.Stat(o.file); err != nil {
		return flags.Usagef("no weights to import: %v", err)
	}
	if entries, err := os.ReadDir(o.out); err == nil && len(entries) > 0 {
		return flags.Usagef("%s is not empty; name another --out", o.out)
	}
	if err := files.CheckLinks("--out", o.out); err != nil {
		return err
	}
	if err := memory.CheckFile(o.file); err != nil {
		return err
	}
	file, err := weights.ReadContents(o.file)
	if err != nil {
		return err
	}
	found, rest := dictionaries(file.Tensors)
	cfg, err := o.config(file.Metadata, found)
	if err != nil {
		return err
	}
	if file.Metadata[models.ConfigKey] == "" && cfg.Augment > 0 {
		fmt.Fprintf(std.Err, "weights: the network was told how images were changed (--augment); the file doesn't say "+
			"how often they were, so config.toml has the usual %g, which samples don't depend on\n", cfg.Augment)
	}
	plan, err := cfg.Resolve(ctx)
	if err != nil {
		return err
	}
	record, err := o.points(plan, models.PointsRecord(file.Metadata), std)
	if err != nil {
		return err
	}
	from := importOrigin{File: filepath.Base(o.file), Format: file.Format}
	state, err := from.state(file, found, rest, plan)
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	if state.EMA == nil {
		cfg.EMA = 0 // nothing is called averaged that isn't
	} else if cfg.EMA == 0 {
		state.EMA = nil
	}
	if from.SHA256, err = fetch.HashFile(o.file); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if state.Meta, err = importMeta(file.Metadata, cfg, plan, from); err != nil {
		return err
	}
	if record != nil {
		state.Meta.Extra[run.RecordKey] = record
	}
	if classes := file.Metadata[models.ClassesKey]; classes != "" && plan.Classes != nil {
		state.Meta.Extra[run.ClassesKey] = json.RawMessage(classes)
		if err := plan.CheckClasses(&weights.Checkpoint{State: state}); err != nil {
			return fmt.Errorf("%s: %w", o.file, err)
		}
	}
	if err := makeRun(o.out, cfg, state); err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "weights: %d parameters of %s (%s, %s), preset %s on %s; `amgen sample --run %s` "+
		"draws from them\n", plan.Params(), o.file, from.Format, from.DType, cfg.Network(),
		terminal.Printable(cfg.Dataset, term.MostOfLine), terminal.Word(o.out))
	if file.Metadata[models.ConfigKey] == "" && plan.Problem == nil {
		tellBare(o.file, cfg, std)
	}
	from.print(std)
	return term.PrintLine(std.Out, o.out)
}

// points is the pointsRecord of the run to make: the file's, where it has one, and then the data have to be those that
// it is of.
func (o *importOptions) points(plan *run.Plan, record json.RawMessage, std term.Streams) (json.RawMessage, error) {
	if plan.Problem == nil || plan.Problem.Snapshots == nil {
		return nil, nil
	}
	if record != nil {
		return record, plan.Adopt(record, o.file)
	}
	fmt.Fprintf(std.Err, "weights: warning: %s doesn't tell what data its model learned from; the units of its "+
		"points are taken from %s as it is now\n", o.file, plan.Problem.Snapshots.Population.Name)
	return plan.Record()
}

// config is that of the run to make: the file's own or the preset's, then what flags say. A file has no say in what is
// opened or fetched: snapshots, of which the network's shape is known from their cells alone, are those of --dataset.
func (o *importOptions) config(metadata map[string]string, found []*dictionary) (cfg run.Config, err error) {
	if err := models.CheckMetadata(metadata); err != nil {
		return cfg, fmt.Errorf("%s: %w; take it out and pass --preset", o.file, err)
	}
	if text := metadata[models.ConfigKey]; text != "" {
		if cfg, err = run.DecodeKept([]byte(text)); err != nil {
			return cfg, fmt.Errorf("configuration in %s: %w; export it again, or take the metadata out and "+
				"pass --preset", o.file, err)
		}
	} else {
		preset := cmp.Or(o.flags.Preset, metadata[models.PresetKey])
		if preset == "" {
			return cfg, flags.Usagef("%s doesn't say what network it is of; pass --preset with one of %s", o.file,
				strings.Join(run.ImagePresets(), ", "))
		}
		if cfg, err = bareConfig(o.flags.Dataset, preset); err != nil {
			return cfg, err
		}
		if told(found) {
			cfg.Augment = usualAugment
		}
		if ofAuthors(found) {
			cfg.Convention, cfg.Action = unet.Authors.String(), unet.Quadratic.String()
		}
	}
	flags.Overlay(&cfg, o.flags, o.changed)
	if science.HasSnapshots(cfg.Dataset) && !slices.Contains(o.changed, "dataset") {
		wants := science.SnapshotsName("FILE")
		if cfg.Dataset == science.EmbryoName {
			wants = cfg.Dataset
		}
		return cfg, flags.Usagef("%s is of %s, and no file chooses what is opened or fetched; pass --dataset %s",
			o.file, cfg.Dataset, wants)
	}
	// What they were trained on says nothing about weights, and may not be here.
	cfg.Backend, cfg.Precision, cfg.Accumulate, cfg.Devices = engine.Auto, run.Float32, 1, 1
	return cfg.Settle()
}

// importMeta says what the checkpoint of imported weights is: a file that tells its network must tell the same one.
func importMeta(metadata map[string]string, cfg run.Config, plan *run.Plan, from importOrigin) (meta weights.Meta,
	err error) {
	if meta.Architecture, err = json.Marshal(plan.Architecture()); err != nil {
		return meta, fmt.Errorf("encode architecture: %w", err)
	}
	if text := metadata[models.ArchitectureKey]; text != "" {
		differences, err := weights.Differences(json.RawMessage(text), meta.Architecture)
		if err == nil && len(differences) > 0 {
			err = fmt.Errorf("%s: %w", strings.Join(differences, ", "), weights.ErrArchitecture)
		}
		if err != nil {
			return meta, fmt.Errorf("%s is of another network than its configuration and the flags: %w", from.File, err)
		}
	}
	meta.Preset, meta.Parent = cfg.Preset, metadata[models.CheckpointKey]
	if n, err := strconv.ParseInt(metadata[models.StepKey], 10, 64); err == nil && n > 0 { // others don't count steps
		meta.Step, meta.Position = n, n
	}
	origin, err := json.Marshal(from)
	if err != nil {
		return meta, fmt.Errorf("encode origin: %w", err)
	}
	settings, err := json.Marshal(cfg.Deciding())
	meta.Extra = map[string]json.RawMessage{run.ImportedKey: origin, run.SettingsKey: settings}
	return meta, err
}

// makeRun makes the run directory in one rename: an interruption leaves none, and what is there when it returns is on
// the disk.
func makeRun(dir string, cfg run.Config, state weights.State) (err error) {
	text, err := cfg.TOML()
	if err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	clearImports(parent)
	tmp, err := os.MkdirTemp(parent, importPrefix+"*")
	if err != nil {
		return fmt.Errorf("make run directory: %w", err)
	}
	// The lock tells a later import that this one is at work. Where there are none, the folder's age has to.
	lock, locked := lock.Take(tmp)
	if locked == nil {
		defer func() { err = errors.Join(err, lock.Unlock()) }()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if _, _, err := weights.Save(run.Dir(tmp).Checkpoints(), state); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(tmp, lockName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make run directory: %w", err)
	}
	if err := errors.Join(replace.Text(filepath.Join(tmp, run.ConfigName), text),
		os.Mkdir(filepath.Join(tmp, run.SamplesName), 0o755), os.Chmod(tmp, 0o755), syncDir(tmp)); err != nil {
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
