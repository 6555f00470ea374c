// Package sweep is the command `amgen sweep`: training runs of all combinations of some settings.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// Host is what the program around the command provides: the command train.
type Host struct {
	// Flags are those of train, new ones.
	Flags func() *pflag.FlagSet
	// Settle is the configuration that arguments of train stand for.
	Settle func(args []string) (run.Config, error)
	// Train trains a run, by arguments of train.
	Train func(ctx context.Context, args []string) error
}

// options are the flags.
type options struct {
	values  []*values // of train's flags, in the order of its help
	out     string
	dryRun  bool
	maxTime time.Duration
}

// New is the command.
func New(std term.Streams, host Host) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Train runs of all combinations of some settings",
		Long: "Train one run after another, of all combinations of the values that flags have. A flag of a number or " +
			"a name takes several with commas between, as in --lr 1e-3,3e-3; any flag may be given several times, " +
			"which is how lists are swept: --multipliers 1,2 --multipliers 1,2,2. The flags are those of `amgen " +
			"train`.\n\n" +
			"Each run has a directory in --out that is named after its values, as lr=0.001,seed=1. The same command " +
			"goes on: it passes over finished runs and continues one that was stopped. A run that fails is reported, " +
			"and the others go on. At the end a table has the losses, as mean ± standard deviation where seeds differ.",
		Example: "  amgen sweep --dataset mnist --preset tiny --steps 1000 --lr 1e-3,3e-3 --seed 1,2,3 --out runs/s\n" +
			"  amgen sweep --dataset moons --objective am,fm --eval-every 1000 --out runs/objectives --dry-run",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), std, host) },
	}
	cmd.Flags().SortFlags = false
	o.bind(cmd.Flags(), host.Flags())
	return cmd
}

// own are the flags of train that a sweep has itself, or does without.
var own = map[string]bool{"out": true, "resume": true, "overwrite": true, "force": true, "dry-run": true,
	"max-time": true, "json": true, "help": true}

// bind registers the flags.
func (o *options) bind(f, training *pflag.FlagSet) {
	flags.Grouped(f, flags.MainGroup, func(f *pflag.FlagSet) {
		f.StringVar(&o.out, "out", "", "`DIR` directory of the runs, one each in it")
		f.BoolVar(&o.dryRun, "dry-run", false, "print the runs and the estimated training time, and train nothing")
	})
	training.VisitAll(func(flag *pflag.Flag) {
		if own[flag.Name] {
			return
		}
		v := &values{name: flag.Name, one: flag.Value}
		o.values = append(o.values, v)
		swept := *flag
		swept.Value = v
		f.AddFlag(&swept)
	})
	flags.Grouped(f, flags.OutputGroup, func(f *pflag.FlagSet) {
		f.DurationVar(&o.maxTime, "max-time", 0, "`DURATION` time limit of this session, as in 11h50m: save the "+
			"state and exit with code 0 shortly before it (default: none)")
	})
}

func (o *options) run(ctx context.Context, std term.Streams, host Host) error {
	if o.maxTime < 0 {
		return flags.Usagef("--max-time must be positive, got %s", o.maxTime)
	}
	if err := o.check(); err != nil {
		return err
	}
	runs, err := o.combinations()
	if err != nil {
		return err
	}
	for i := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := runs[i].checkSame(host); err != nil {
			return err
		}
		if runs[i].config, err = host.Settle(runs[i].args); err != nil && (o.dryRun || mistaken(err)) {
			return fmt.Errorf("%s: %w", runs[i].name, err)
		}
	}
	if o.dryRun {
		return o.price(ctx, runs, std)
	}
	failed, err := o.train(ctx, runs, std, host)
	if err != nil {
		return err
	}
	if err := o.report(runs, std); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d runs failed; the same command tries them again", failed, len(runs))
	}
	return nil
}

// mistaken tells an error in what was typed from one of a run's directory, which the other runs don't share.
func mistaken(err error) bool {
	return errors.As(err, new(flags.UsageError)) || errors.As(err, new(run.ConfigError))
}

// checkSame refuses to count a run that is there and was trained with other settings: it can't be compared with new
// ones. A run that can't be read is left to its training.
func (r combination) checkSame(host Host) error {
	if !run.Dir(r.dir).HoldsRun() {
		return nil
	}
	was, err := run.Dir(r.dir).Config()
	if err == nil {
		was, err = was.Settle()
	}
	if err != nil {
		return nil
	}
	anew := append(slices.DeleteFunc(slices.Clone(r.args), func(arg string) bool { return arg == "--resume" }),
		"--dry-run")
	cfg, err := host.Settle(anew)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	var list []string
	for _, c := range run.Changes(was.Deciding(), cfg) {
		if c.Key == "lr_decay_steps" { // as many as steps, unless given; then resuming compares it
			continue
		}
		list = append(list, fmt.Sprintf("%s is %s there and %s here", flags.SettingFlag(c.Key), c.Was, c.Now))
	}
	if len(list) == 0 {
		return nil
	}
	return flags.Usagef("%s was trained with other settings: %s; pass the same flags again, or another --out", r.dir,
		strings.Join(list, ", "))
}

// check refuses what makes no sweep.
func (o *options) check() error {
	given := func(name string) bool {
		for _, v := range o.values {
			if v.name == name {
				return len(v.list) > 0
			}
		}
		return false
	}
	switch {
	case o.out == "":
		return flags.Usagef("--out is missing: name a directory for the runs, which the same command finds again")
	case run.Dir(o.out).HoldsRun():
		return flags.Usagef("--out %s is a run; name a directory of which runs are to be a part", o.out)
	case !given("dataset") && !given("config"):
		return flags.Usagef("nothing says what to learn; pass --dataset, or --config with a file that does")
	}
	return nil
}

// train trains the runs, one after the other, and counts those that failed. Its error ends the sweep.
func (o *options) train(ctx context.Context, runs []combination, std term.Streams, host Host) (failed int, err error) {
	began := time.Now()
	for i, r := range runs {
		say := func(format string, args ...any) {
			fmt.Fprintf(std.Err, "sweep: run %d of %d, %s: %s\n", i+1, len(runs), r.name, fmt.Sprintf(format, args...))
		}
		if r.done() {
			say("done before")
			continue
		}
		args := r.args
		if o.maxTime > 0 {
			left := o.maxTime - time.Since(began)
			if left < time.Second {
				o.timeUp(std)
				return failed, nil
			}
			args = append(args, "--max-time="+left.Truncate(time.Millisecond).String())
		}
		say("begins")
		err := host.Train(ctx, args)
		if ctx.Err() != nil {
			fmt.Fprintln(std.Err, "sweep: stopped; the same command goes on")
			return failed, errors.Join(err, ctx.Err())
		}
		if err != nil {
			failed++
			say("failed: %s", flags.ErrorText(err))
		} else if o.maxTime > 0 && !r.done() {
			o.timeUp(std)
			return failed, nil
		}
	}
	return failed, nil
}

func (o *options) timeUp(std term.Streams) {
	fmt.Fprintf(std.Err, "sweep: --max-time %s is over; the same command goes on\n", o.maxTime)
}

// done tells whether all steps of a run are, and the evaluation of the last.
func (r combination) done() bool {
	s, err := summary.Of(run.Dir(r.dir))
	if err != nil || s.State != summary.Done || s.Saved < r.config.Steps {
		return false
	}
	last, err := train.LastStats(s.Dir.File(run.StatsName), 1)
	return err != nil || r.config.EvalEvery == 0 || len(last) > 0 && last[0].HeldOutLoss != nil
}
