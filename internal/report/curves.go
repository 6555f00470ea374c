package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/amgen/amgen/run/curve"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// figure is a figure of the log over the steps.
type figure struct {
	title string
	of    func(train.Stat) *float64
	// alike tells whether the figures of two runs can be compared.
	alike func(a, b summary.Summary) bool
	rough bool // one of single batches: their running median tells more
	few   bool // there is a value for few of the lines
}

// figures are those that have a chart.
var figures = []figure{
	{title: "Loss", of: func(s train.Stat) *float64 { return &s.Loss }, alike: sameLoss, rough: true},
	{title: "Held-out loss", of: func(s train.Stat) *float64 { return s.HeldOutLoss }, alike: sameLoss, few: true},
	{title: "FID of samples", of: func(s train.Stat) *float64 { return s.FID }, alike: sameFID, few: true},
	{title: "Gradient norm", of: func(s train.Stat) *float64 { return &s.GradNorm }, alike: sameLoss, rough: true},
	{title: "Learning rate", of: func(s train.Stat) *float64 { return &s.LR },
		alike: func(a, b summary.Summary) bool { return true }},
}

// sameLoss is false for runs of which one has a configuration that can't be read.
func sameLoss(a, b summary.Summary) bool {
	return a.Config.Dataset != "" && b.Config.Dataset != "" && len(summary.UnlikeLosses(a.Config, b.Config)) == 0
}

func sameFID(a, b summary.Summary) bool {
	return a.Config.Dataset != "" && a.Config.Dataset == b.Config.Dataset &&
		a.Config.Size == b.Config.Size && a.Config.EvalSamples == b.Config.EvalSamples
}

// buckets is into how many parts a curve is divided; each keeps its least and its largest value.
const buckets = 250

// drawn is a figure of a run, with few enough points to draw.
type drawn struct {
	raw, trend plotter.XYs
	low, high  float64 // of an axis that shows it
	outside    int     // points beyond that axis
	count      int     // of all points
}

// draw thins a figure of a log. ok is false where there is no value that can be drawn.
func (f figure) draw(lines []train.Stat) (d drawn, ok bool) {
	var points []curve.Point
	for _, line := range lines {
		if v := f.of(line); v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
			points = append(points, curve.Point{Step: line.Step, Loss: *v})
		}
	}
	if len(points) == 0 {
		return d, false
	}
	d.count = len(points)
	all := make(plotter.XYs, len(points))
	for i, p := range points {
		all[i] = plotter.XY{X: float64(p.Step), Y: p.Loss}
	}
	d.raw, d.trend = thinned(all), thinned(all)
	if f.rough {
		d.trend = thinned(curve.RunningMedian(points))
		d.low, d.high, d.outside = curve.Axis(points, d.trend)
	} else {
		d.low, d.high = curve.Range(all)
	}
	return d, true
}

func thinned(all plotter.XYs) (few plotter.XYs) {
	values := make([]float64, len(all))
	for i, p := range all {
		values[i] = p.Y
	}
	for _, i := range curve.Thin(values, buckets) {
		few = append(few, all[i])
	}
	return few
}

// charts are those of all figures: one for the runs whose figures can be compared, else several.
func charts(runs []*pageRun) (list []*chart) {
	for _, f := range figures {
		var groups [][]*pageRun
		for _, r := range runs {
			if _, has := r.curves[f.title]; !has {
				continue
			}
			k := slices.IndexFunc(groups, func(g []*pageRun) bool { return f.alike(g[0].summary, r.summary) })
			if k < 0 {
				k, groups = len(groups), append(groups, nil)
			}
			groups[k] = append(groups[k], r)
		}
		for _, group := range groups {
			if c := f.chart(group, len(runs) > 1, len(groups) > 1); c != nil {
				list = append(list, c)
			}
		}
	}
	return list
}

// chart draws a figure of runs over each other. many tells whether the page has several runs, apart whether the figure
// has a chart for others of them too.
func (f figure) chart(group []*pageRun, many, apart bool) *chart {
	title, low, high := f.title, math.Inf(1), math.Inf(-1)
	var faint, clear []curveOf
	var names, notes []string
	for _, r := range group {
		d := r.curves[f.title]
		low, high = min(low, d.low), max(high, d.high)
		name := ""
		if names = append(names, r.Name); many {
			name = r.Name + ": "
		}
		if f.rough {
			faint = append(faint, curveOf{class: r.Class + " faint", points: d.raw})
		}
		clear = append(clear, curveOf{class: r.Class, name: name, points: d.trend, marked: f.few && d.count <= 50})
		if d.outside > 0 && len(group) == 1 {
			notes = append(notes, fmt.Sprintf("%s of %s lines of the log lie beyond the axis.", count(int64(d.outside)),
				count(int64(d.count))))
		}
	}
	if apart {
		title += " of " + strings.Join(names, ", ")
	}
	return newChart(title, append(faint, clear...), low, high, notes...)
}
