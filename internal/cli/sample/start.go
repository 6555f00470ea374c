package sample

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
)

// start says which cells samples begin with, and at what time; the zero value is the run's own first snapshot.
type start struct {
	from, time string
	fileTimes  []string  // instead of --times
	known      []float64 // the times that these are, in the units of the file
}

func (s *start) bind(f *pflag.FlagSet) {
	f.StringVar(&s.from, "from", "", "`FILE` cells that samples begin with at --from-time, for a run on snapshots: "+
		"a .csv, .tsv, .h5ad or .npz with the columns of the run, by name; row k of the output begins with cell k "+
		"(default: the cells of the first snapshot)")
	f.StringVar(&s.time, "from-time", "", "`TIME` time of the cells of --from, in the units of the run's file, or a "+
		"label in its column of times; if FILE has that column, its cells at this time are taken")
}

func (s *start) bindTimes(f *pflag.FlagSet) {
	f.Var(flags.Texts(&s.fileTimes), "file-times", "`TIMES` the same as --times in the units of the snapshots' file, "+
		"as in 24,36,48, or labels in its column of times")
}

// check checks the flags by themselves.
func (s *start) check(times []float64, shard string) error {
	switch {
	case s.fileTimes != nil && times != nil:
		return flags.Usagef("--times and --file-times both say at which times; pass one of them")
	case s.from == "" && s.time != "":
		return flags.Usagef("--from-time is the time of the cells of --from; pass --from FILE, or leave it out")
	case s.from != "" && s.time == "":
		return flags.Usagef("--from %s: no time; pass --from-time TIME, that of the cells in the units of the run's "+
			"file", s.from)
	case s.from != "" && shard != "":
		return flags.Usagef("--shard draws from the run's own cells; leave out --from, or --shard")
	}
	return nil
}

// cells reads the cells to begin with, nil for the run's own.
func (s *start) cells(plan *run.Plan, name string) (*science.Starts, error) {
	if s.from == "" && s.fileTimes == nil {
		return nil, nil
	}
	if plan.Problem == nil || plan.Problem.Snapshots == nil {
		return nil, flags.Usagef("--from and --file-times are for runs on snapshots, and %s was trained on %s; leave "+
			"them out", name, plan.Config.Dataset)
	}
	if s.from == "" {
		return nil, nil
	}
	starts, err := plan.Problem.Snapshots.Population.ReadStarts(s.from, s.time)
	if errors.As(err, new(science.OptionError)) || errors.Is(err, fs.ErrNotExist) {
		return nil, flags.Usagef("--from %s: %w", s.from, err)
	}
	return starts, err
}

// settleStart reads the cells to begin with, and finds the times whose states are drawn.
func (o *options) settleStart(trained *run.Trained, times []float64) (*science.Starts, []float64, error) {
	starts, err := o.start.cells(trained.Plan, trained.Name())
	if err != nil {
		return nil, nil, err
	}
	if starts != nil && !o.hasN {
		o.n = starts.N
	}
	asked := o.times != nil || o.start.fileTimes != nil
	if o.start.fileTimes != nil {
		if o.times, o.start.known, err = o.start.modelTimes(trained.Plan); err != nil {
			return nil, nil, err
		}
		times = o.times
	}
	times, err = begun(times, starts, asked)
	return starts, times, err
}

// modelTimes are the times of --file-times in [0, 1], and as they are in the file.
func (s *start) modelTimes(plan *run.Plan) (times, file []float64, err error) {
	for _, text := range s.fileTimes {
		time, t, err := plan.Problem.Snapshots.Population.ModelTime(text)
		if err != nil {
			return nil, nil, flags.Usagef("--file-times: %w", err)
		}
		if len(file) > 0 && time <= file[len(file)-1] {
			return nil, nil, flags.Usagef("--file-times must rise, got %g after %g", time, file[len(file)-1])
		}
		times, file = append(times, t), append(file, time)
	}
	return times, file, nil
}

// begun checks that no time is before the one that samples begin at. Those of an animation that weren't asked for move
// into what is left.
func begun(times []float64, starts *science.Starts, asked bool) ([]float64, error) {
	if starts == nil || len(times) == 0 {
		return times, nil
	}
	if !asked {
		moved := make([]float64, len(times))
		for i, t := range times {
			moved[i] = min(1, starts.T+t*(1-starts.T))
		}
		return moved, nil
	}
	if times[0] < starts.T {
		return nil, flags.Usagef("the first of the times, t = %.6g, is before that of --from-time, %g (t = %.6g); "+
			"give times from there on", times[0], starts.Time, starts.T)
	}
	return times, nil
}

// warnStarts tells where samples begin, and if there are more of them than cells.
func warnStarts(starts *science.Starts, plan *run.Plan, solver solve.Solver, n int, std term.Streams) {
	if starts == nil {
		flags.WarnStarts("sample", plan, solver, n, std)
		return
	}
	fmt.Fprintf(std.Err, "sample: begins with %s of %s at %s = %s\n", term.Count(min(n, starts.N), "cell"),
		term.Shown(starts.Name), science.Listed([]string{plan.Problem.Snapshots.Population.Time}),
		strconv.FormatFloat(starts.Time, 'g', -1, 64))
	if n > starts.N {
		fmt.Fprintf(std.Err, "sample: warning: %d samples begin with %s, reused in turn\n", n,
			term.Count(starts.N, "cell"))
	}
}
