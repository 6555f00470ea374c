package train

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cost"
)

// longRun is the time from which training suggests a smaller preset.
const longRun = 12 * time.Hour

// describe is the line about the cost of training.
func describe(c cost.Cost) string {
	evaluations := ""
	if c.Evaluations > 0 {
		evaluations = fmt.Sprintf(" and %s of %s", english.Plural(c.Evaluations, "evaluation", ""),
			duration.Text(c.Evaluation))
	}
	return fmt.Sprintf("%s parameters, about %s a step, %s for %s %s%s", humanize.Comma(int64(c.Params)),
		duration.Text(c.Step), duration.Text(c.Total()), humanize.Comma(int64(c.Steps)),
		english.PluralWord(c.Steps, "step", ""), evaluations)
}

// commonMemory is that of a machine that a dry run says the largest work for, in bytes.
const commonMemory = 16e9

// describeMemory is the line about the memory of training, "" where there is no estimate.
func describeMemory(plan *run.Plan) string {
	size := func(bytes float64) string { return humanize.SIWithDigits(bytes, 1, "B") }
	need := cost.Memory(plan)
	if need == 0 {
		return ""
	}
	text := fmt.Sprintf("about %s of memory beside the data; ", size(need))
	batch, side := cost.LargestBatch(plan, commonMemory), cost.LargestSide(plan, commonMemory)
	if batch == 0 {
		return text + fmt.Sprintf("%s are too little even for a batch of 1", size(commonMemory))
	}
	text += fmt.Sprintf("%s are enough for a batch of %s", size(commonMemory), humanize.Comma(int64(batch)))
	if side > 0 {
		text += fmt.Sprintf(", or for images of %d×%d in batches of %d", side, side, plan.Config.Batch)
	}
	return text
}

// describeAverage says what the moving average of the parameters spans, "" where there is none.
func describeAverage(c run.Config) string {
	if c.EMA == 0 {
		return ""
	}
	w := float64(cmp.Or(c.EMAWarmup, optimizer.EMAWarmupLength))
	text := fmt.Sprintf("the moving average of the parameters has a decay of %g, so that it is mostly of the last %s "+
		"steps", c.EMA, humanize.Comma(int64(math.Round(1/(1-c.EMA)))))
	if end := math.Ceil((c.EMA*w - 1) / (1 - c.EMA)); w > 1 && end > 0 { // where (1+n)/(w+n) reaches the decay
		text += fmt.Sprintf("; before step %s it is (1+n)/(%g+n) after n steps (--ema-warmup)",
			humanize.Comma(int64(end)), w)
	}
	return text
}

// mostVisits is how often a measured cell is learned, from which training warns: see docs/measurements/snapshots.md.
const mostVisits = 2000

// warnFew writes a line where few cells are learned so often, and without smoothing, that the network may learn each of
// them by heart.
func warnFew(w io.Writer, plan *run.Plan) {
	p := plan.Problem
	if p == nil || p.Snapshots == nil || plan.Config.Smoothing > 0 {
		return
	}
	cells, cfg := 0, plan.Config
	for _, m := range p.Marginals {
		cells += m.Count
	}
	if visits := float64(cfg.Steps) * float64(cfg.Batch) / float64(max(1, cells)); cells > 0 && visits > mostVisits {
		fmt.Fprintf(w, "train: %s cells are few for %s steps of %d without --smoothing: the network may learn them by "+
			"heart, and samples then leave the data\n", humanize.Comma(int64(cells)),
			humanize.Comma(int64(cfg.Steps)), cfg.Batch)
	}
}

// warn writes a line about a warm-up that is most of the run, one about few cells, and one about training that takes
// long: it names the largest smaller preset for the same data whose own run is shorter than longRun.
func warn(w io.Writer, c cost.Cost, plan *run.Plan) error {
	warnFew(w, plan)
	if cfg := plan.Config; 2*cfg.Warmup > cfg.Steps {
		fmt.Fprintf(w, "train: the learning rate rises over %s steps, and the run has %s; --warmup shortens that\n",
			humanize.Comma(int64(cfg.Warmup)), humanize.Comma(int64(cfg.Steps)))
	}
	if c.Total() <= longRun.Seconds() {
		return nil
	}
	smaller, err := plan.Smaller()
	if err != nil {
		return err
	}
	for _, other := range smaller {
		less := c.Of(other)
		if less.Total() < longRun.Seconds() {
			fmt.Fprintf(w, "train: that is long for this machine; --preset %s takes about %s for %s steps\n",
				other.Config.Preset, duration.Text(less.Total()), humanize.Comma(int64(less.Steps)))
			return nil
		}
	}
	fmt.Fprintf(w, "train: that is long for this machine; use fewer --steps, or a GPU (README, Limits)\n")
	return nil
}

// dryRun prints the resolved configuration on stdout, as a config file, and the cost on stderr.
func dryRun(ctx context.Context, plan *run.Plan, std term.Streams) error {
	cfg := plan.Config
	name, _ := imaging.CutSplit(cfg.Dataset)
	if dir, folder := imaging.CutFolder(name); folder {
		if _, err := os.Stat(dir); err != nil {
			return flags.Usagef("image folder, got %w; name a folder that can be read", err)
		}
	}
	text, err := cfg.TOML()
	if err != nil {
		return err
	}
	if _, err := std.Out.Write(text); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	e, err := run.OpenEngine(cfg.Backend, cfg.Devices, std.Loading())
	if err != nil {
		return err
	}
	defer e.Backend.Finalize()
	c, err := cost.Estimate(ctx, e, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "train: %s on %s\n", describe(c), e.Backend.Name())
	for _, text := range []string{describeMemory(plan), describeAverage(cfg)} {
		if text != "" {
			fmt.Fprintf(std.Err, "train: %s\n", text)
		}
	}
	if err := memory.CheckNetwork(plan); err != nil { // another machine may have it
		fmt.Fprintf(std.Err, "train: not on this machine: %s\n", flags.ErrorText(err))
	}
	return warn(std.Err, c, plan)
}
