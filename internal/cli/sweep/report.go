package sweep

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cost"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// price prints the runs and what they take.
func (o *options) price(ctx context.Context, runs []combination, std term.Streams) error {
	steps, seconds := 0, 0.0
	err := table(std.Out, func(row func(...string)) error {
		row("RUN", "STEPS", "A STEP", "TIME")
		for _, r := range runs {
			c, err := estimate(ctx, r.config, std)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			if s, err := summary.Of(run.Dir(r.dir)); err == nil {
				c.Steps = max(0, c.Steps-s.Saved)
			}
			steps, seconds = steps+c.Steps, seconds+c.Total()
			row(term.Shown(r.name), humanize.Comma(int64(c.Steps)), duration.Text(c.Step), duration.Text(c.Total()))
		}
		return nil
	})
	if err == nil {
		_, err = fmt.Fprintf(std.Out, "%d runs, %s steps to do, about %s\n", len(runs), humanize.Comma(int64(steps)),
			duration.Text(seconds))
	}
	return err
}

// estimate is what a run costs.
func estimate(ctx context.Context, cfg run.Config, std term.Streams) (cost.Cost, error) {
	plan, err := cfg.Resolve(ctx)
	if err != nil {
		return cost.Cost{}, err
	}
	e, err := run.OpenEngine(cfg.Backend, cfg.Devices, run.Output{Progress: std.Fetching()})
	if err != nil {
		return cost.Cost{}, err
	}
	defer e.Backend.Finalize()
	return cost.Estimate(ctx, e, plan)
}

// seedFlag is the flag over whose values the table takes means.
const seedFlag = "seed"

// group are the runs that differ in their seeds alone.
type group struct {
	values             map[string]string
	runs, done         int
	loss, heldOut, fid []float64 // of those that are done
}

// groups gathers the runs, in their order.
func groups(runs []combination, keys []string) (list []*group) {
	byKey := map[string]*group{}
	for _, r := range runs {
		var key strings.Builder
		for _, name := range keys {
			fmt.Fprintf(&key, "%q", r.values[name])
		}
		g := byKey[key.String()]
		if g == nil {
			g = &group{values: r.values}
			byKey[key.String()] = g
			list = append(list, g)
		}
		g.runs++
		if r.done() {
			g.done++
			g.add(run.Dir(r.dir))
		}
	}
	return list
}

// add takes in the end of a run's log.
func (g *group) add(dir run.Dir) {
	lines, err := train.LastStats(dir.File(run.StatsName), summary.LossLines)
	mean, logged := summary.MeanLoss(lines)
	if err != nil || !logged {
		return
	}
	g.loss = append(g.loss, mean)
	last := lines[len(lines)-1]
	if last.HeldOutLoss != nil {
		g.heldOut = append(g.heldOut, *last.HeldOutLoss)
	}
	if last.FID != nil {
		g.fid = append(g.fid, *last.FID)
	}
}

// report prints a table of the runs that are done: a row for those that differ in their seeds alone.
func (o *options) report(runs []combination, std term.Streams) error {
	var keys, head []string
	for _, v := range o.swept() {
		if v.name != seedFlag {
			keys, head = append(keys, v.name), append(head, strings.ToUpper(v.name))
		}
	}
	list := groups(runs, keys)
	heldOut, fid := false, false
	for _, g := range list {
		heldOut, fid = heldOut || len(g.heldOut) > 0, fid || len(g.fid) > 0
	}
	head = append(head, "DONE", "LOSS")
	if heldOut {
		head = append(head, "HELD-OUT LOSS")
	}
	if fid {
		head = append(head, "FID")
	}
	err := table(std.Out, func(row func(...string)) error {
		row(head...)
		for _, g := range list {
			var cells []string
			for _, name := range keys {
				cells = append(cells, term.Shown(g.values[name]))
			}
			cells = append(cells, fmt.Sprintf("%d/%d", g.done, g.runs), band(g.loss))
			if heldOut {
				cells = append(cells, band(g.heldOut))
			}
			if fid {
				cells = append(cells, band(g.fid))
			}
			row(cells...)
		}
		return nil
	})
	if err == nil {
		fmt.Fprintf(std.Err, "sweep: `amgen runs list %s` lists the runs\n", terminal.Word(o.out))
	}
	return err
}

// band is the mean of some values, with their standard deviation where there are several.
func band(list []float64) string {
	n := float64(len(list))
	mean, squares := 0.0, 0.0
	for _, v := range list {
		mean += v / n
	}
	for _, v := range list {
		squares += (v - mean) * (v - mean)
	}
	switch {
	case n == 0:
		return "-"
	case n == 1:
		return fmt.Sprintf("%.5g", mean)
	}
	return fmt.Sprintf("%.5g ± %.2g", mean, math.Sqrt(squares/(n-1)))
}

// table prints rows in columns.
func table(w io.Writer, fill func(row func(cells ...string)) error) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	if err := fill(func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }); err != nil {
		return err
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}
