// Package train is the command `amgen train`.
package train

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/tensorboard"
	"github.com/amgen/amgen/run/train"
)

// options are the flags; resolve makes a Config and a run directory of them.
type options struct {
	flags      run.Config
	changed    []string // names of flags that were given
	configFile string
	out        string
	resume     bool
	overwrite  bool
	force      bool
	maxTime    time.Duration
	dryRun     bool
	json       bool

	tensorboard bool
	log         string
	quiet       bool
}

// Host is what the program around the command knows or provides. The zero value is of a program that handles no
// signals.
type Host struct {
	// OwnReport tells whether a file in a run's folder of reports is one that amgen wrote, nil that none is.
	OwnReport func(path string) bool
	// HandlesSignals is called when training handles signals itself from now on, however long that takes.
	HandlesSignals func()
	// Patience ends training after a signal, nil for defaultPatience.
	Patience *train.Patience
	// Least is what loading and the first step get, however short --max-time is; 0 is the default of [train.Options].
	Least time.Duration
}

// New is the command.
func New(std term.Streams, host Host) *cobra.Command {
	cmd, _ := newCommand(std, host)
	return cmd
}

// newCommand is the command and its flags' values.
func newCommand(std term.Streams, host Host) (*cobra.Command, *options) {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an action model in a run directory",
		Long: "Train an action model s(t, x) on images or points. A preset is a network with its hyperparameters. " +
			"Flags and a --config file change single settings; --dry-run prints all settings and the estimated " +
			"training time.\n\n" +
			"The run directory keeps the configuration, checkpoints, sample grids and the log. A run that was " +
			"stopped is continued by --resume, on a CPU bit for bit as if it had never stopped. `amgen sample` draws " +
			"from a run, `amgen eval` evaluates it.",
		Example: "  amgen train --dataset mnist --preset tiny\n" +
			"  amgen train --dataset cifar10 --steps 200000 --out runs/cifar\n" +
			"  amgen train --resume --out runs/cifar\n" +
			"  amgen train --from mnist --dataset fashion-mnist --steps 1000 --out runs/clothes\n" +
			"  amgen train --dataset moons --steps 3000 --out runs/moons\n" +
			"  amgen train --dataset snapshots:cells.csv --leave-out 2 --objective uam\n" +
			"  amgen train --dataset mnist --dry-run > mnist.toml",
		Args:    cobra.NoArgs,
		PreRunE: flags.RefuseZero(append([]string{"growth-cost", "steps", "ema-warmup"}, flags.NetworkNames...)...),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.see(cmd.Flags())
			return o.run(cmd.Context(), std, host)
		},
	}
	cmd.Flags().SortFlags = false
	o.bind(cmd.Flags())
	return cmd, o
}

// see keeps which flags were given.
func (o *options) see(f *pflag.FlagSet) {
	f.Visit(func(f *pflag.Flag) { o.changed = append(o.changed, f.Name) })
}

// Settle is the configuration that a command line of train stands for, with the mistakes that are seen before data are
// opened.
func Settle(args []string) (run.Config, error) {
	cmd, o := newCommand(term.Streams{}, Host{})
	flags.ReadIntegers(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		return run.Config{}, flags.Usage(err)
	}
	if err := cmd.PreRunE(cmd, nil); err != nil {
		return run.Config{}, err
	}
	o.see(cmd.Flags())
	cfg, _, _, err := o.resolve()
	return cfg, err
}

// bind registers the flags.
func (o *options) bind(f *pflag.FlagSet) {
	flags.BindSettings(f, &o.flags, func(string) bool { return true })
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		f.StringVar(&o.configFile, "config", "", "`FILE` TOML file of settings, as --dry-run prints them; "+
			"flags override it")
		f.StringVar(&o.out, "out", "", "`DIR` run directory (default: a new one below "+flags.RunsDir+
			"/; with --resume the newest)")
		f.BoolVar(&o.resume, "resume", false, "continue the run in --out from its last checkpoint; if there is no "+
			"run yet and --dataset is given, start it")
		f.BoolVar(&o.dryRun, "dry-run", false, "print the resolved configuration on stdout and the estimated "+
			"training time on stderr, and train nothing")
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		f.BoolVar(&o.overwrite, "overwrite", false, "delete the run in --out first")
		f.BoolVar(&o.tensorboard, "tensorboard", false, "write the log for TensorBoard, too, below the run directory, "+
			"as amgen runs tensorboard does afterwards; a resumed run that has such a file goes on writing it")
		f.BoolVar(&o.force, "force", false, "with --resume, accept changed data or settings (but not another "+
			"network or other classes), or start again if the checkpoints are gone")
		f.DurationVar(&o.maxTime, "max-time", 0, "`DURATION` time limit of this session, as in 11h50m: save the "+
			"state and exit with code 0 shortly before it (default: none)")
		f.StringVar(&o.log, "log", textLog, "form of the log on stderr: text, or json with an object a line, of "+
			"which those with \"event\":\"step\" have the figures of stats.jsonl")
		f.BoolVar(&o.quiet, "quiet", false, "write warnings and errors alone on stderr")
		flags.BindJSON(f, &o.json)
	})
}

func (o *options) run(ctx context.Context, std term.Streams, host Host) error {
	if o.maxTime < 0 {
		return flags.Usagef("--max-time must be positive, got %s", o.maxTime)
	}
	if o.json && o.dryRun {
		return flags.Usagef("--json tells of training, and --dry-run prints TOML; leave one of them out")
	}
	if o.force && !o.resume {
		return flags.Usagef("--force is for --resume, which it lets continue a run with other settings or data; " +
			"leave it out")
	}
	std, loud, objects, err := o.quieted(std)
	if err != nil {
		return err
	}
	cfg, dir, forced, err := o.resolve()
	if err != nil {
		return err
	}
	for _, c := range forced {
		fmt.Fprintf(std.Err, "train: forced: %s\n", becomes(c, dir))
	}
	if o.begins() && o.folderPreset(cfg.From) != "" {
		fmt.Fprintf(std.Err, "train: %s\n", o.sayPreset(cfg))
	}
	options := train.Options{Resume: o.resume, Overwrite: o.overwrite, Force: o.force, Forced: forced,
		OwnReport: host.OwnReport, MaxTime: o.maxTime, Since: time.Now(), Least: host.Least,
		Patience: cmp.Or(host.Patience, &defaultPatience),
		From:     func() (run.Pretrained, error) { return pretrained(cfg.From, std.Loading()) },
		Output:   std.Loading()}
	opening, stop := options.Opening(ctx)
	defer stop()
	plan, err := cfg.Resolve(opening)
	if err != nil && ctx.Err() == nil && opening.Err() != nil {
		return fmt.Errorf("--max-time %s is over, and %s isn't open yet; give more time, or fewer columns or "+
			"--components", o.maxTime, cfg.Dataset)
	} else if err != nil {
		return err
	}
	if o.dryRun {
		if err := o.checkFrom(plan); err != nil {
			return err
		}
		return dryRun(ctx, plan, std)
	}
	if err := memory.CheckNetwork(plan); err != nil {
		return err
	}
	t := &training{ctx: ctx, plan: plan, maxTime: o.maxTime.String(), std: std, json: o.json,
		loud: loud, objects: objects, handlesSignals: host.HandlesSignals}
	if o.tensorboard || o.resume && dir != "" && !o.given("tensorboard") && tensorboard.Written(run.Dir(dir)) {
		t.board = &board{}
	}
	options.Events = t.see
	options.FID = func(ctx context.Context, e *engine.Engine) (train.FID, error) { return openFID(ctx, e, plan, std) }
	return t.end(train.Train(ctx, plan, run.Dir(dir), options))
}

// defaultPatience ends training within five seconds of a signal. Steps may take longer: then they are given up.
var defaultPatience = train.Patience{Step: 2500 * time.Millisecond, Last: 1500 * time.Millisecond,
	Slow: 1500 * time.Millisecond}

// resolve finds the configuration (the run's own when resuming, else preset, then file, then flags), the run directory,
// "" for a new one, and what --force changes of a resumed run.
func (o *options) resolve() (cfg run.Config, dir string, forced []run.Change, err error) {
	if o.resume && o.overwrite {
		return run.Config{}, "", nil, flags.Usagef("--resume continues a run and --overwrite deletes it; " +
			"pass one of them")
	}
	if o.overwrite && o.out == "" {
		return run.Config{}, "", nil, flags.Usagef("--overwrite needs --out: a new directory has nothing to replace")
	}
	typed, err := readTyped(o.configFile)
	if err != nil {
		return run.Config{}, "", nil, err
	}
	if !o.begins() {
		return o.resolveResume(typed)
	}
	if cfg, err = o.preset(typed); err != nil {
		return run.Config{}, "", nil, err
	}
	if cfg, err = cfg.Settle(); err != nil {
		return run.Config{}, "", nil, err
	}
	if o.out != "" && !o.dryRun {
		if err := run.Dir(o.out).Check(run.Begin{Resume: o.resume, Overwrite: o.overwrite}); err != nil {
			return run.Config{}, "", nil, err
		}
	}
	return cfg, o.out, nil, nil
}

// begins tells whether the command begins a run. With --resume it does if there is none yet: a queue gives the same
// command for every session.
func (o *options) begins() bool {
	return !o.resume || (o.given("dataset") || o.configFile != "") && o.out != "" && !run.Dir(o.out).HoldsRun()
}

func (o *options) resolveResume(typed run.ConfigFile) (cfg run.Config, dir string, forced []run.Change,
	err error) {
	dir = o.out
	if dir == "" {
		newest, err := flags.NewestRun()
		if err != nil {
			return run.Config{}, "", nil, err
		}
		dir = string(newest)
	}
	if err := run.Dir(dir).CheckLayout(); err != nil {
		return run.Config{}, "", nil, err
	}
	cfg, err = run.Dir(dir).Config()
	if err != nil {
		return run.Config{}, "", nil, err
	}
	was, _ := cfg.Settle() // it may be of an older amgen, or not go here; then what is changed has to
	if err := cfg.Overlay(typed, o.flags.Preset); err != nil {
		return run.Config{}, "", nil, err
	}
	if cfg.EvalEvery == 0 {
		cfg.EvalSamples = run.DefaultEvalSamples
	}
	flags.Overlay(&cfg, o.flags, o.changed)
	if cfg.LeaveOutTime != "" && !o.force {
		cfg.LeaveOut = was.LeaveOut // whose time is compared once the data are there
	}
	if cfg.From, err = absoluteModel(cfg.From); err != nil {
		return run.Config{}, "", nil, err
	}
	if cfg, err = cfg.Settle(); err != nil {
		return run.Config{}, "", nil, err
	}
	forced = run.Changes(was.Deciding(), cfg)
	if len(forced) > 0 && !o.force {
		return run.Config{}, "", nil, run.Refuse(forced, dir)
	}
	return cfg, dir, forced, nil
}

// readTyped reads the file of --config; without that flag it is empty.
func readTyped(name string) (run.ConfigFile, error) {
	if name == "" {
		return run.ConfigFile{}, nil
	}
	return run.ReadConfigFile(name)
}

func (o *options) given(flag string) bool { return slices.Contains(o.changed, flag) }

// becomes tells of a change that was forced; where names what has the former value.
func becomes(c run.Change, where string) string {
	return fmt.Sprintf("%s is %s in %s and becomes %s", flags.SettingFlag(c.Key), c.Was, where, c.Now)
}
