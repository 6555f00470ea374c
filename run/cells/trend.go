package cells

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/run/draw"
)

// TrendOptions say what of the population is followed. The zero value follows all columns at 21 times.
type TrendOptions struct {
	// Columns are chosen as those of training are, see [science.Columns]; nil are all.
	Columns []string
	// Points is the number of times, evenly spaced from the first to the last; 0 is 21.
	Points int
	// N is the number of samples; 0 is that of the cells of the first snapshot, 5000 at most. Seed is theirs.
	N    int
	Seed int64
	// Solver is by default the one of [draw.Solver].
	Solver solve.Solver
	// Progress is told the share of the samples that are done.
	Progress func(done float64)
}

// mostFollowed is the number of samples of a trend where none is asked for.
const mostFollowed = 5000

// Trend is how columns of the population change with time, in the columns and units of the file.
type Trend struct {
	Times   []float64
	Columns []string
	// Mean and the quantiles of each column at each time, [columns][times]: over the samples that start from the cells
	// of the first snapshot, by weight where they grow.
	Mean, Low, Median, High [][]float64
	// Mass is the mean weight at each time, 1 at the first; nil for a run without growth.
	Mass []float64
	// Runs is how many trends it is the mean of, and MeanLow and MeanHigh are the least and the greatest mean of them;
	// nil for one.
	Runs              int
	MeanLow, MeanHigh [][]float64
	// Measured are the snapshots.
	Measured []Snapshot

	file, timeName string
}

// Snapshot is the measured mean of each column of a trend at one time.
type Snapshot struct {
	Time    float64
	LeftOut bool // of training
	Mean    []float64
}

// Quantiles are those of [Trend.Low], [Trend.Median] and [Trend.High].
var Quantiles = [3]float64{0.05, 0.5, 0.95}

// Trend draws samples that start from the cells of the first snapshot, and says how their columns change. Its error is
// a [run.ConfigError] for options that don't suit the run.
func (c *Cells) Trend(ctx context.Context, o TrendOptions) (*Trend, error) {
	names := c.Columns()
	chosen := make([]int, len(names))
	for j := range chosen {
		chosen[j] = j
	}
	if len(o.Columns) > 0 {
		var err error
		if chosen, err = science.ChooseColumns(c.File(), names, o.Columns); err != nil {
			return nil, asMistake(err)
		}
	}
	n := cmp.Or(o.N, min(c.snapshots.Len(0), mostFollowed))
	points := cmp.Or(o.Points, 21)
	if points < 2 || n < 1 {
		return nil, mistake.New("{points} %d of {n} %d samples; give two times and one sample at least", points, n)
	}
	t := &Trend{file: c.File(), timeName: c.TimeName(), Runs: 1}
	at := make([]float64, points)
	for i := range at {
		at[i] = float64(i) / float64(points-1)
		t.Times = append(t.Times, c.snapshots.Population.TimeAt(at[i]))
	}
	options := draw.Options{N: n, Seed: o.Seed, Solver: o.Solver, Times: at}
	if o.Progress != nil {
		options.Progress = func(done float64) { o.Progress(done / float64(n)) }
	}
	samples, err := draw.Collect(draw.Draw(ctx, c.run, options))
	if err != nil {
		return nil, err
	}
	for _, state := range samples.States {
		if state.LogWeights == nil {
			continue
		}
		mass, err := flows.LogMeanWeight(state.LogWeights)
		if err != nil {
			return nil, err
		}
		t.Mass = append(t.Mass, math.Exp(mass))
	}
	for _, j := range chosen {
		t.follow(names[j], samples.States, func(x []float32) []float64 {
			return c.snapshots.Transform.InvertColumn(x, j)
		})
	}
	t.measure(c, chosen)
	return t, nil
}

// follow adds a column, which column has of points.
func (t *Trend) follow(name string, states []draw.State, column func(points []float32) []float64) {
	t.Columns = append(t.Columns, name)
	var mean []float64
	var quantiles [3][]float64
	for _, state := range states {
		values := column(state.X)
		var weights []float64
		if state.LogWeights != nil {
			top := slices.Max(state.LogWeights)
			for _, log := range state.LogWeights {
				weights = append(weights, math.Exp(log-top))
			}
		}
		mean = append(mean, stat.Mean(values, weights))
		stat.SortWeighted(values, weights)
		for q, p := range Quantiles {
			quantiles[q] = append(quantiles[q], stat.Quantile(p, stat.Empirical, values, weights))
		}
	}
	t.Mean, t.Low = append(t.Mean, mean), append(t.Low, quantiles[0])
	t.Median, t.High = append(t.Median, quantiles[1]), append(t.High, quantiles[2])
}

// measure adds the measured means of the chosen columns.
func (t *Trend) measure(c *Cells, chosen []int) {
	p := c.snapshots.Population
	for k, time := range p.Times {
		s := Snapshot{Time: time, LeftOut: c.run.Plan.Problem.Marginals[k].LeftOut}
		for _, j := range chosen {
			sum := 0.0
			for i := range p.Len(k) {
				sum += p.Cells[k][i*p.Dim+j]
			}
			s.Mean = append(s.Mean, sum/float64(p.Len(k)))
		}
		t.Measured = append(t.Measured, s)
	}
}

// Band is the mean of trends of several runs, such as those of several seeds, with the least and the greatest mean of
// them. All must be of the same columns, times and file; others are a [run.ConfigError].
func Band(trends []*Trend) (*Trend, error) {
	if len(trends) == 0 {
		return nil, mistake.New("no trends; give one at least")
	}
	first := trends[0]
	if len(trends) == 1 {
		return first, nil
	}
	band := &Trend{Times: first.Times, Columns: first.Columns, Measured: slices.Clone(first.Measured),
		Runs: len(trends), file: first.file, timeName: first.timeName}
	for _, t := range trends[1:] {
		if t.timeName != first.timeName || !slices.Equal(t.Times, first.Times) ||
			!slices.Equal(t.Columns, first.Columns) {
			return nil, mistake.New("{runs} of other columns or times, %s and %s; give runs on the same snapshots",
				first.file, t.file)
		}
		for k := range band.Measured {
			if k < len(t.Measured) {
				band.Measured[k].LeftOut = band.Measured[k].LeftOut || t.Measured[k].LeftOut
			}
		}
	}
	means := func(of func(t *Trend) [][]float64) (mean, low, high [][]float64) {
		for j := range first.Columns {
			m := make([]float64, len(first.Times))
			l, h := slices.Clone(of(first)[j]), slices.Clone(of(first)[j])
			for _, t := range trends {
				floats.AddScaled(m, 1/float64(len(trends)), of(t)[j])
				for i, v := range of(t)[j] {
					l[i], h[i] = min(l[i], v), max(h[i], v)
				}
			}
			mean, low, high = append(mean, m), append(low, l), append(high, h)
		}
		return mean, low, high
	}
	band.Mean, band.MeanLow, band.MeanHigh = means(func(t *Trend) [][]float64 { return t.Mean })
	band.Low, _, _ = means(func(t *Trend) [][]float64 { return t.Low })
	band.Median, _, _ = means(func(t *Trend) [][]float64 { return t.Median })
	band.High, _, _ = means(func(t *Trend) [][]float64 { return t.High })
	if slices.ContainsFunc(trends, func(t *Trend) bool { return t.Mass == nil }) {
		return band, nil
	}
	mass, _, _ := means(func(t *Trend) [][]float64 { return slices.Repeat([][]float64{t.Mass}, len(t.Columns)) })
	band.Mass = mass[0]
	return band, nil
}

// Write writes the trend into a file by its ending: .csv, .tsv or .npz. A text has a row for each column at each time;
// a .npz the arrays times, columns, mean, q05, q50, q95 and, of several runs, mean_min and mean_max, [columns, times],
// and of a run with growth mass, [times].
func (t *Trend) Write(path string) error { return write(path, t, anyFormats[*Trend]()) }

// WriteCSV writes the trend as the text that [Trend.Write] makes a .csv of.
func (t *Trend) WriteCSV(w io.Writer) error { return writeText(w, ',', t.flat()) }

// parts are the matrices of the trend by their names, [columns][times].
func (t *Trend) parts() (names []string, parts [][][]float64) {
	names, parts = []string{"mean", "q05", "q50", "q95"}, [][][]float64{t.Mean, t.Low, t.Median, t.High}
	if t.MeanLow != nil {
		names, parts = append(names, "mean_min", "mean_max"), append(parts, t.MeanLow, t.MeanHigh)
	}
	return names, parts
}

func (t *Trend) flat() []Column {
	time, column, mass := Column{Name: t.timeName}, Column{Name: "column"}, Column{Name: "mass"}
	for _, name := range t.Columns {
		for i, at := range t.Times {
			time.Numbers, column.Texts = append(time.Numbers, at), append(column.Texts, name)
			if t.Mass != nil {
				mass.Numbers = append(mass.Numbers, t.Mass[i])
			}
		}
	}
	list := []Column{time, column}
	names, parts := t.parts()
	for k, name := range names {
		list = append(list, Column{Name: name, Numbers: slices.Concat(parts[k]...)})
	}
	if t.Mass != nil {
		list = append(list, mass)
	}
	for i := range list[1:] {
		if list[i+1].Name == t.timeName {
			list[i+1].Name += "_"
		}
	}
	return list
}

func (t *Trend) arrays() []npy.Array {
	list := []npy.Array{{Name: "times", Shape: []int{len(t.Times)}, Values: t.Times},
		{Name: "columns", Shape: []int{len(t.Columns)}, Values: t.Columns}}
	names, parts := t.parts()
	for k, name := range names {
		list = append(list, npy.Array{Name: name, Shape: []int{len(t.Columns), len(t.Times)},
			Values: slices.Concat(parts[k]...)})
	}
	if t.Mass != nil {
		list = append(list, npy.Array{Name: "mass", Shape: []int{len(t.Times)}, Values: t.Mass})
	}
	return list
}

// String is a line for each column: its mean at the first and the last time.
func (t *Trend) String() string {
	text := ""
	last := len(t.Times) - 1
	for j, name := range t.Columns {
		text += fmt.Sprintf("%s: mean %.4g at %v, %.4g at %v\n", printed(name), t.Mean[j][0], t.Times[0],
			t.Mean[j][last], t.Times[last])
	}
	return text
}
