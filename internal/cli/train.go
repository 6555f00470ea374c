package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// trainOptions are what the user typed; resolve makes a Config and a run directory of them.
type trainOptions struct {
	flags      Config
	changed    []string // names of flags that were given
	configFile string
	out        string
	resume     bool
	overwrite  bool
	force      bool
	maxTime    time.Duration
	dryRun     bool
}

func newTrain(std streams) *cobra.Command {
	o := &trainOptions{}
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an action model; a run directory keeps everything",
		Example: "  amgen train --dataset mnist --preset tiny\n" +
			"  amgen train --dataset cifar10 --steps 200000 --out runs/cifar\n" +
			"  amgen train --resume --out runs/cifar\n" +
			"  amgen train --dataset moons --steps 3000 --out runs/moons\n" +
			"  amgen train --dataset snapshots:cells.csv --leave-out 2 --objective uam\n" +
			"  amgen train --dataset mnist --dry-run > mnist.toml",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.Flags().Visit(func(f *pflag.Flag) { o.changed = append(o.changed, f.Name) })
			return o.run(cmd.Context(), std)
		},
	}
	cmd.Flags().SortFlags = false
	o.flags.bind(cmd.Flags())
	cmd.Flags().StringVar(&o.configFile, "config", "", "TOML `FILE` of the keys that --dry-run prints; flags override it")
	cmd.Flags().StringVar(&o.out, "out", "", "run `DIR` (default: a new one below runs/; with --resume the newest)")
	cmd.Flags().BoolVar(&o.resume, "resume", false, "continue the run in --out from its last checkpoint; with --dataset, begin it where there is none")
	cmd.Flags().BoolVar(&o.overwrite, "overwrite", false, "delete the run in --out first")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --resume, let flags and data change that make other bits of the run")
	cmd.Flags().DurationVar(&o.maxTime, "max-time", 0, "save and leave with exit code 0 before `DURATION` is over, as in 11h50m")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the resolved configuration and what it costs, train nothing")
	return cmd
}

func (o *trainOptions) run(ctx context.Context, std streams) error {
	if o.maxTime < 0 {
		return usagef("--max-time must be positive, got %s", o.maxTime)
	}
	if o.force && !o.resume {
		return usagef("--force is for --resume: it lets a run go on that differs from what it was")
	}
	cfg, dir, forced, err := o.resolve()
	if err != nil {
		return err
	}
	for _, c := range forced {
		fmt.Fprintf(std.err, "train: forced: %s\n", c.done(dir))
	}
	how := sitting{o.resume, o.overwrite, o.force, forced, o.maxTime, time.Now()}
	opening, stop := how.opening(ctx)
	defer stop()
	task, err := cfg.task(opening)
	if err != nil && ctx.Err() == nil && opening.Err() != nil {
		return fmt.Errorf("--max-time %s is over, and %s isn't open yet; give more time, or fewer columns or --components", o.maxTime, cfg.Dataset)
	} else if err != nil {
		return err
	}
	if o.dryRun {
		return dryRun(ctx, cfg, task, std)
	}
	return train(ctx, cfg, task, dir, how, std)
}

// resolve finds the configuration (the run's own when resuming, else preset, then file, then flags), the run directory, ""
// for a new one, and what --force changes of a resumed run.
func (o *trainOptions) resolve() (cfg Config, dir string, forced []change, err error) {
	if o.resume && o.overwrite {
		return Config{}, "", nil, usagef("--resume continues a run and --overwrite deletes it; pass one of them")
	}
	if o.overwrite && o.out == "" {
		return Config{}, "", nil, usagef("--overwrite needs --out: a new directory has nothing to replace")
	}
	typed, err := openConfigFile(o.configFile)
	if err != nil {
		return Config{}, "", nil, err
	}
	begins := (o.given("dataset") || o.configFile != "") && o.out != "" && !holdsRun(o.out) // a queue gives the same command for every sitting
	if o.resume && !begins {
		return o.resolveResume(typed)
	}
	file := Config{Dataset: o.flags.Dataset, Preset: o.flags.Preset}
	if o.configFile != "" { // a first look, for the data set and the preset that the rest builds on
		if err := file.overlay(typed); err != nil {
			return Config{}, "", nil, err
		}
		if o.given("dataset") {
			file.Dataset = o.flags.Dataset
		}
		if o.given("preset") {
			file.Preset = o.flags.Preset
		}
	}
	cfg, err = presetConfig(file.Dataset, file.Preset)
	if err != nil {
		return Config{}, "", nil, err
	}
	if err := cfg.overlay(typed); err != nil {
		return Config{}, "", nil, err
	}
	o.overlayFlags(&cfg)
	cfg.Preset = cmp.Or(cfg.Preset, file.Preset, defaultPreset(cfg.Dataset))
	if err := cfg.settle(); err != nil {
		return Config{}, "", nil, err
	}
	if o.out != "" && !o.dryRun {
		if err := checkRun(o.out, sitting{resume: o.resume, overwrite: o.overwrite}); err != nil {
			return Config{}, "", nil, err
		}
	}
	return cfg, o.out, nil, nil
}

func (o *trainOptions) resolveResume(typed configFile) (cfg Config, dir string, forced []change, err error) {
	dir = o.out
	if dir == "" {
		newest, err := newestRun()
		if err != nil {
			return Config{}, "", nil, err
		}
		dir = newest
	}
	if err := checkLayout(dir); err != nil {
		return Config{}, "", nil, err
	}
	cfg, err = readRunConfig(dir)
	if err != nil {
		return Config{}, "", nil, err
	}
	was := cfg
	_ = was.settle() // it may be of an older amgen, or not go here; then what is changed has to
	if err := cfg.overlay(typed); err != nil {
		return Config{}, "", nil, err
	}
	o.overlayFlags(&cfg)
	if err := cfg.settle(); err != nil {
		return Config{}, "", nil, err
	}
	forced = changes(was.settings(), cfg.settings())
	if len(forced) > 0 && !o.force {
		return Config{}, "", nil, refuse(forced, dir)
	}
	return cfg, dir, forced, nil
}

func (o *trainOptions) given(flag string) bool { return slices.Contains(o.changed, flag) }

// overlayFlags copies to cfg the value of every flag that was given.
func (o *trainOptions) overlayFlags(cfg *Config) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	cfg.bind(set)
	for _, name := range o.changed {
		if f := set.Lookup(name); f != nil {
			_ = f.Value.Set(flagText(o.flags, name)) // it was parsed once already
		}
	}
}

// configFlags are the names of the flags that are part of a run's configuration.
func configFlags() (names []string) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(Config).bind(set)
	set.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// flagText is the value in cfg that the flag of that name stands for.
func flagText(cfg Config, name string) string {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	cfg.bind(set)
	return set.Lookup(name).Value.String()
}

// readRunConfig reads the configuration of the run in dir.
func readRunConfig(dir string) (Config, error) {
	path := filepath.Join(dir, configName)
	text, err := readConfigFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if holdsRun(dir) {
			return Config{}, usagef("the run in %s has lost its %s; bring that back, or begin again by --overwrite", dir, configName)
		}
		return Config{}, usagef("no run in %s: it has no %s; `amgen train --out %s` starts one", dir, configName, shellWord(dir))
	} else if err != nil {
		return Config{}, fmt.Errorf("read run: %w; it has to be a file that can be read", err)
	}
	cfg := Config{LRDecay: decayNames()[0], Precision: float32Precision, Accumulate: 1, Devices: 1} // which runs from before there was a choice don't tell
	if err := decodeTOML(text, &cfg); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if cfg.Dataset == "" {
		return Config{}, fmt.Errorf("%s of %d bytes names no dataset: it is damaged; bring back a copy, or move it away and begin again by --overwrite", path, len(text))
	}
	cfg.kept = kept{path, cfg.Dataset}
	if cfg.points() {
		cfg.Action = cmp.Or(cfg.Action, distanceAction) // likewise
	}
	return cfg, nil
}
