package cells

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/timelabel"
	"github.com/amgen/amgen/run/draw"
)

// FateOptions say which cells are followed to where. The zero value follows all cells to the last time.
type FateOptions struct {
	// Backward follows cells to the first time instead, to their ancestors.
	Backward bool
	// From and To are times of the file: From is that of the cells that are followed, nil for all before To (or after
	// it, backward), and To is where they end, nil for the last (or first).
	From, To *float64
	// Neighbours is how many measured cells at To decide about a cell that ends among them; 0 is 10.
	Neighbours int
	// Repeats is how often a cell is followed, each time with other noise, by a run with noise; 0 is 20.
	Repeats int
	Seed    int64 // of the noise
	// Solver is by default the one of [draw.Solver].
	Solver solve.Solver
	// Progress is told the share of the cells that are done.
	Progress func(done float64)
}

// Fates are where cells end.
type Fates struct {
	Rows []int   // of the cells in the file, counted from 0
	To   float64 // when, in the unit of the file
	// Labels are all that there are, in their order.
	Labels []string
	// Now is the label of each cell, as a number of Labels, and Shares, [cells, labels], are those of the labels of the
	// measured cells near its end.
	Now    []int
	Shares []float64
	// End is where each cell ends, [cells, columns]; with noise the mean by weight.
	End []float64
	// LogWeights are log m of each cell at its end, of 1 at its beginning; nil for a run without growth.
	LogWeights []float64

	cells *Cells
}

// mostLabels bounds the labels of cells.
const mostLabels = 200

// unlabelled is the label of cells without one.
const unlabelled = "unlabelled"

// Fates follows cells to another time, and takes there the labels of the measured cells nearest to them, in the
// coordinates that the model learns. labels are those of all cells in the order of the file, see [Cells.Labels].
//
// Its error is a [run.ConfigError] for options that don't suit the run: noise can't be followed backward.
func (c *Cells) Fates(ctx context.Context, labels []string, o FateOptions) (*Fates, error) {
	f, err := c.newFates(labels)
	if err != nil {
		return nil, err
	}
	to, from, err := c.waysOf(o)
	if err != nil {
		return nil, err
	}
	noisy := c.run.Plan.Model.Objective.Motion().Diffusion != nil
	if o.Backward && noisy {
		return nil, mistake.New("%s was trained with noise, by {objective} %s, whose cells can't be followed "+
			"backward; leave {backward} out, or train without noise", c.run.Name(), c.run.Plan.Config.Objective)
	}
	if o.Solver == nil {
		if o.Solver, err = draw.Solver(c.run.Plan, "", solve.Settings{}); err != nil {
			return nil, err
		}
	}
	repeats := 1
	if noisy {
		repeats = cmp.Or(o.Repeats, 20)
	}
	f.To = c.Times()[to]
	near := newNearest(c, to, cmp.Or(o.Neighbours, 10), f)
	for _, k := range from {
		f.Rows = append(f.Rows, c.snapshots.Population.Rows[k]...)
	}
	slices.Sort(f.Rows)
	ends := newEnds(c, len(f.Labels))
	all, done := float64(len(f.Rows)*repeats), 0
	err = c.each(ctx, from, func(b batch) error {
		for r := range repeats {
			first := r*len(f.Rows) + b.number // so that no two have the same noise
			end, err := c.run.Sampler.Follow(ctx, o.Solver, b.x, b.t, c.snapshots.Times[to],
				flows.FollowOptions{Seed: o.Seed, First: first})
			if err != nil {
				return err
			}
			err = ends.add(b.rows, end, near)
			end.Finalize()
			if err != nil {
				return err
			}
			if done += len(b.rows); o.Progress != nil {
				o.Progress(float64(done) / all)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.take(ends)
	return f, nil
}

// newFates has the labels, sorted, and which each cell of the file has.
func (c *Cells) newFates(labels []string) (*Fates, error) {
	if err := c.checkRows(len(labels), true); err != nil {
		return nil, err
	}
	f := &Fates{cells: c}
	all := slices.Clone(labels)
	for i, label := range all {
		all[i] = cmp.Or(label, unlabelled)
	}
	f.Labels = slices.Clone(all)
	slices.Sort(f.Labels)
	f.Labels = slices.Compact(f.Labels)
	if len(f.Labels) > mostLabels {
		return nil, mistake.New("%d labels of %d cells, more than %d; choose a column with fewer by {label}",
			len(f.Labels), c.Len(), mostLabels)
	}
	sortByNumber(f.Labels)
	number := make(map[string]int, len(f.Labels))
	for k, label := range f.Labels {
		number[label] = k
	}
	for _, label := range all {
		f.Now = append(f.Now, number[label])
	}
	return f, nil
}

// sortByNumber sorts labels that are alike but for a number by it, as Day 0, Day 3 and Day 12, and [unlabelled] after
// them. Others stay as they are.
func sortByNumber(labels []string) {
	named := slices.DeleteFunc(slices.Clone(labels), func(s string) bool { return s == unlabelled })
	numbers, _, err := timelabel.Times(named, nil, nil)
	if err != nil {
		return
	}
	of := map[string]float64{unlabelled: math.Inf(1)}
	for k, label := range named {
		of[label] = numbers[k]
	}
	slices.SortStableFunc(labels, func(a, b string) int { return cmp.Compare(of[a], of[b]) })
}

// waysOf are the snapshots where cells end and where they begin.
func (c *Cells) waysOf(o FateOptions) (to int, from []int, err error) {
	if to = len(c.Times()) - 1; o.Backward {
		to = 0
	}
	if o.To != nil {
		if to, err = c.point(*o.To, "to"); err != nil {
			return 0, nil, err
		}
	}
	for k := range c.Times() {
		if k < to && !o.Backward || k > to && o.Backward {
			from = append(from, k)
		}
	}
	direction := "before"
	if o.Backward {
		direction = "after"
	}
	if from == nil {
		return 0, nil, mistake.New("no cells of %s are %s %v, where they would end; choose another time by {to}",
			c.File(), direction, c.Times()[to])
	}
	if o.From == nil {
		return to, from, nil
	}
	k, err := c.point(*o.From, "from_time")
	if err == nil && !slices.Contains(from, k) {
		err = mistake.New("{from_time} %v isn't %s %v, where the cells end; choose other times, or {backward}", *o.From,
			direction, c.Times()[to])
	}
	return to, []int{k}, err
}

// ends gathers where cells of the file end, over repeats.
type ends struct {
	cells  *Cells
	labels int
	// sums over repeats by weight relative to exp(top), by the cell's row: of shares, ends and weights
	shares, x   map[int][]float64
	weight, top map[int]float64
	count       map[int]int
	grows       bool
}

func newEnds(c *Cells, labels int) *ends {
	return &ends{cells: c, labels: labels, shares: map[int][]float64{}, x: map[int][]float64{},
		weight: map[int]float64{}, top: map[int]float64{}, count: map[int]int{}}
}

// add takes the ends of the cells in some rows.
func (e *ends) add(rows []int, end flows.Particles, near *nearest) error {
	flat, err := tensors.CopyFlatData[float32](end.X)
	if err != nil {
		return err
	}
	dim := e.cells.snapshots.Dim
	shares := near.shares(flat[:len(rows)*dim])
	x := e.cells.snapshots.Transform.Invert(flat[:len(rows)*dim])
	columns := e.cells.snapshots.Population.Dim
	for i, row := range rows {
		at := x[i*columns : (i+1)*columns]
		if err := e.cells.checkFinite("end", row, at...); err != nil {
			return err
		}
		log := 0.0
		if end.LogWeights != nil {
			log, e.grows = end.LogWeights[i], true
			if err := e.cells.checkFinite("weight", row, log); err != nil {
				return err
			}
		}
		e.addOne(row, log, shares[i*e.labels:(i+1)*e.labels], at)
	}
	return nil
}

// addOne adds an end with the logarithm of its weight.
func (e *ends) addOne(row int, log float64, shares, x []float64) {
	if e.count[row] == 0 {
		e.shares[row], e.x[row], e.top[row] = make([]float64, len(shares)), make([]float64, len(x)), log
	}
	if log > e.top[row] { // sums are kept relative to the greatest weight
		scale := math.Exp(e.top[row] - log)
		for _, sum := range [][]float64{e.shares[row], e.x[row]} {
			for j := range sum {
				sum[j] *= scale
			}
		}
		e.weight[row] *= scale
		e.top[row] = log
	}
	w := math.Exp(log - e.top[row])
	for j, v := range shares {
		e.shares[row][j] += w * v
	}
	for j, v := range x {
		e.x[row][j] += w * v
	}
	e.weight[row] += w
	e.count[row]++
}

// take makes means of the ends.
func (f *Fates) take(e *ends) {
	now := make([]int, 0, len(f.Rows))
	for _, row := range f.Rows {
		w := e.weight[row]
		for _, v := range e.shares[row] {
			f.Shares = append(f.Shares, v/w)
		}
		for _, v := range e.x[row] {
			f.End = append(f.End, v/w)
		}
		if e.grows {
			f.LogWeights = append(f.LogWeights, e.top[row]+math.Log(w/float64(e.count[row])))
		}
		now = append(now, f.Now[row])
	}
	f.Now = now
}

// Table has the label of each cell now, its fate (the first label of the greatest share), the shares, the logarithm of
// its weight and its end. But for texts it has the columns of the cells, too.
func (f *Fates) Table() *Table {
	c, n := f.cells, len(f.Labels)
	t := c.table(f.Rows)
	now, fate := Column{Name: "label"}, Column{Name: "fate"}
	for i, label := range f.Now {
		shares := f.Shares[i*n : (i+1)*n]
		now.Texts = append(now.Texts, f.Labels[label])
		fate.Texts = append(fate.Texts, f.Labels[slices.Index(shares, slices.Max(shares))])
	}
	t.Columns = append(t.Columns, now, fate)
	if f.LogWeights != nil {
		t.Columns = append(t.Columns, Column{Name: "log_weight", Numbers: f.LogWeights})
	}
	measured, columns := c.measured(), len(c.Columns())
	x := make([]float64, 0, len(f.Rows)*columns)
	for _, row := range f.Rows {
		x = append(x, measured[row*columns:(row+1)*columns]...)
	}
	t.Matrices = append(t.Matrices,
		Matrix{Name: nameX, Columns: c.Columns(), Values: x, NotInText: true},
		Matrix{Name: "shares", Prefix: "share_", Columns: f.Labels, Axis: "labels", Values: f.Shares},
		Matrix{Name: "end", Prefix: "end_", Columns: c.Columns(), Values: f.End})
	return t
}

// Summary has for each label, of the cells that have it now, the share of each label among their ends, by weight:
// [labels, labels]. cells are how many have the label now; where there are none the shares are NaN.
func (f *Fates) Summary() (shares []float64, cells []int) {
	n := len(f.Labels)
	shares, cells = make([]float64, n*n), make([]int, n)
	sums := make([]float64, n)
	top := math.Inf(-1)
	for _, log := range f.LogWeights {
		top = max(top, log)
	}
	for i, now := range f.Now {
		w := 1.0
		if f.LogWeights != nil {
			w = math.Exp(f.LogWeights[i] - top)
		}
		for j, share := range f.Shares[i*n : (i+1)*n] {
			shares[now*n+j] += w * share
		}
		sums[now] += w
		cells[now]++
	}
	for now, sum := range sums {
		for j := range n {
			shares[now*n+j] /= sum
		}
	}
	return shares, cells
}
