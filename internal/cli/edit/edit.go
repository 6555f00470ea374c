// Package edit is the command `amgen edit`: inpaint, colorize, upscale, vary, encode, decode and interpolate.
package edit

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/edit"
)

// New is the command.
func New(std term.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "Fill in, colour, enlarge, vary or interpolate given images",
		Long: "Use a trained run of images, or a model, on given pictures. It has to lead from noise to images " +
			"(--path linear, trig or vp), and needs no training for the task. Pictures are in any format that a " +
			"folder of training images may have, and are brought to the size that the run draws.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newInpaint(std), newColorize(std), newUpscale(std), newVary(std), newEncode(std), newDecode(std),
		newInterpolate(std))
	return cmd
}

// common has the flags of all commands.
type common struct {
	name string
	flags.RunChoice
	flags.Arithmetic
	classes flags.Classes
	n       int
	batch   int
	seed    int64
	output  output
	coded   bool // a code may name the class

	began time.Time
}

// bindRun registers the flags of the run, of the classes and of the noise; n is the help of -n, "" for a command
// without it.
func (c *common) bindRun(f *pflag.FlagSet, n string, standard int) {
	c.BindModel(f, " (default, if there is no run: "+models.Default()+")")
	c.RunChoice.Bind(f, flags.RunHelp)
	c.BindAverage(f)
	if c.n = standard; n != "" {
		f.IntVarP(&c.n, "n", "n", standard, n)
		f.Int64Var(&c.seed, "seed", 0, "seed of the noise (default 0)")
	}
	c.classes.BindTo(f, "`LIST` classes of the images, by number or name, as in 7, 0-9 or cat,dog, which they take "+
		"in turn. For runs with --classes (default: none, any class)")
}

func (c *common) bindCompute(f *pflag.FlagSet) {
	f.IntVar(&c.batch, "batch", 0, "number of images to solve at once (default: 64)")
	c.Arithmetic.Bind(f)
}

// check checks the flags before anything is loaded.
func (c *common) check(std term.Streams) error {
	switch {
	case c.n < 1:
		return flags.Usagef("-n must be at least 1, got %d", c.n)
	case c.n > mostImages:
		return flags.Usagef("-n must be at most %d, got %d", mostImages, c.n)
	}
	if c.batch != 0 {
		if err := flags.CheckBatch(c.batch); err != nil {
			return err
		}
	}
	guidance, err := c.classes.Guidance()
	if err != nil {
		return err
	}
	if guidance.Weight != 0 && c.classes.Given() != "--class" && !c.coded {
		return errNoClass
	}
	if err := c.output.check(std.Out); err != nil {
		return err
	}
	return c.Arithmetic.Check()
}

// errNoClass is the error of guidance without a class.
var errNoClass = flags.Usagef("--guidance is towards a class, and none is given; pass --class, or leave it out")

// mostImages bounds -n.
const mostImages = 10_000

// session is a run that is found.
type session struct {
	*run.Trained
	chosen   flags.Run
	classes  []int32
	guidance flows.Guidance
	size     int // height and width of its images
	channels int
}

// find finds the run, and checks that it can edit images and that the output can be written.
func (c *common) find(ctx context.Context, std term.Streams) (s session, err error) {
	if err := c.check(std); err != nil {
		return s, err
	}
	c.began = time.Now()
	if s.chosen, err = c.ResolveOrDefault(c.name, std); err != nil {
		return s, err
	}
	if s.Trained, err = s.chosen.Find(ctx, s.chosen.Options(c.Arithmetic, std)); err != nil {
		return s, err
	}
	if err := edit.Check(s.Plan); err != nil {
		return s, fmt.Errorf("%s: %w", s.Name(), err)
	}
	s.size, s.channels = s.Plan.ImageOptions().Size, s.Plan.Network.Channels
	if s.classes, err = c.classes.Of(s.Trained); err != nil {
		return s, err
	}
	if s.guidance, err = c.classes.Guidance(); err != nil {
		return s, err
	}
	if err := c.output.checkPlace(s.Plan.Config, c.n, s.size); err != nil {
		return s, err
	}
	bytes := 4 * 8 * float64(s.size*s.size*s.channels) // states, results and pictures
	if err := memory.Check(term.Count(c.n, "image"), c.n, bytes, "pass a smaller -n"); err != nil {
		return s, err
	}
	flags.WarnClasses(c.name, s.Trained, s.classes, c.n, std)
	return s, nil
}

// options are those of package run/edit, with a bar of their progress. Call clear at the end.
func (c *common) options(s session, solver solve.Solver, std term.Streams) (o edit.Options, clear func()) {
	b := term.NewShareBar(std.Err, c.name)
	watch := term.NewWatch(c.name, std)
	return edit.Options{N: c.n, Batch: c.batch, Seed: c.seed, Solver: solver, Classes: s.classes, Guidance: s.guidance,
		Progress: func(done float64) {
			b.Share(min(1, done/float64(c.n)))
			watch.See(b, int(done), int(done), c.n)
		}}, b.Clear
}

// finish writes the images, says what was done and prints the result.
func (c *common) finish(r *run.Run, s session, drawn *draw.Samples, how solve.Solver, out result,
	std term.Streams) error {
	if err := c.output.write(drawn, std); err != nil {
		return err
	}
	return c.tell(r, s, how, drawn.Report.NFE, out, std)
}

// tell says what was done, and prints the result if JSON was asked for.
func (c *common) tell(r *run.Run, s session, how solve.Solver, evaluations int, out result, std term.Streams) error {
	out.Output, out.N, out.Seconds = c.output.path, c.n, time.Since(c.began).Seconds()
	out.Samples = s.chosen.Origin(flags.Checkpoint{Step: r.Step, Hash: r.Hash}, how, c.seed,
		r.Engine.Backend.Name(), c.Arithmetic)
	out.finish(s, evaluations)
	fmt.Fprintf(std.Err, "%s: %s from %s step %d, NFE %d, %s\n", c.name, term.Count(c.n, "image"), r.Name(), r.Step,
		evaluations, duration.Text(out.Seconds))
	if !c.output.json {
		return nil
	}
	return term.PrintObject(std.Out, c.name, out)
}
