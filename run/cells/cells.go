// Package cells says what a run on snapshots has learned of the measured cells: how each moves and grows, where it
// ends, and how the columns of the population change with time. All numbers are in the columns and units of the file.
//
//	r, err := run.Open(ctx, "runs/cells", run.Options{})
//	if err != nil { … }
//	defer r.Close()
//	measured, err := cells.Of(ctx, r)
//	if err != nil { … }
//	velocity, err := measured.Velocity(ctx)
//	if err != nil { … }
//	err = velocity.Table().Write("velocity.csv")
package cells

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/plane"
)

// together is how many cells are evaluated or solved at once at most.
const together = 1000

// Cells are the measured cells of a run on snapshots, those left out of training too, in the order of their file.
type Cells struct {
	// Names are those that the file gives the cells, nil where it gives none.
	Names []string
	// Time is when each cell was measured, in the unit of the file.
	Time []float64

	run       *run.Run
	snapshots *science.Snapshots
	files     string
}

// Of reads the names of the cells of a run. The run must stay open while the cells are in use.
//
// It returns a [run.ConfigError] for a run on anything but snapshots.
func Of(ctx context.Context, r *run.Run) (*Cells, error) {
	problem := r.Plan.Problem
	if problem == nil || problem.Snapshots == nil {
		return nil, mistake.New("%s was trained on %s, which has no measured cells; choose a run on snapshots of cells",
			r.Name(), r.Plan.Config.Dataset)
	}
	c := &Cells{run: r, snapshots: problem.Snapshots}
	if files, ok := science.CutSnapshots(r.Plan.Config.Dataset); ok {
		c.files = files
	} else {
		var err error
		if c.files, err = embryo.File(ctx, fetch.Options{}); err != nil {
			return nil, err
		}
	}
	population := c.snapshots.Population
	n := 0
	for _, rows := range population.Rows {
		n += len(rows)
	}
	c.Time = make([]float64, n)
	for k, rows := range population.Rows {
		for _, row := range rows {
			c.Time[row] = population.Times[k]
		}
	}
	names, err := science.ReadNames(c.files, append([]string{population.Time}, population.Labels...))
	if err != nil {
		return nil, err
	}
	c.Names = names
	return c, c.checkRows(len(names), names != nil)
}

// Len is the number of cells.
func (c *Cells) Len() int { return len(c.Time) }

// File is what messages call the file of the cells.
func (c *Cells) File() string { return c.snapshots.Population.Name }

// Columns are the names of the file's columns that the run has learned, x1, x2, … where the file has none.
func (c *Cells) Columns() []string { return plane.Columns(c.snapshots.Population) }

// TimeName is the name of the file's column of times, "time" where it has none.
func (c *Cells) TimeName() string {
	if p := c.snapshots.Population; p.Columns != nil {
		return p.Time
	}
	return "time"
}

// Times are those of the snapshots, in the unit of the file.
func (c *Cells) Times() []float64 { return c.snapshots.Population.Times }

// TimeOf is the time of the snapshot that a text names: in the unit of the file, or a label in its column of times. Its
// error is a [run.ConfigError] where there is none.
func (c *Cells) TimeOf(text string) (float64, error) {
	number, err := c.snapshots.Population.TimePoint(text)
	if err != nil {
		return 0, asMistake(err)
	}
	return c.Times()[number-1], nil
}

// Numbers reads a further column of the run's file, a number for each cell. Its error is a [run.ConfigError] where
// there is no such column, and one that names the row where a cell has no number.
func (c *Cells) Numbers(column string) ([]float64, error) { return c.NumbersIn(c.files, column) }

// NumbersIn is [Cells.Numbers] of another file, which has a row for each cell: in any order where both files name the
// cells alike, else in that of the run's. Files are named as those of snapshots.
func (c *Cells) NumbersIn(files, column string) ([]float64, error) {
	numbers, err := science.ReadNumbers(files, column)
	if err != nil {
		return nil, asMistake(err)
	}
	if err := c.checkRows(len(numbers), true); err != nil || files == c.files || c.Names == nil {
		return numbers, err
	}
	names, err := science.ReadNames(files, []string{column})
	if err != nil || names == nil {
		return numbers, err
	}
	return c.byName(numbers, names, files)
}

// byName brings the numbers of named rows into the order of the cells. Rows whose names are all others are in it
// already; where some are the cells', all have to be.
func (c *Cells) byName(numbers []float64, names []string, file string) ([]float64, error) {
	at := make(map[string]int, len(names))
	for row, name := range names {
		at[name] = row
	}
	ordered := make([]float64, 0, len(numbers))
	var lacks string
	for _, name := range c.Names {
		if row, ok := at[name]; ok {
			ordered = append(ordered, numbers[row])
		} else if lacks == "" {
			lacks = name
		}
	}
	switch {
	case len(ordered) == 0 || slices.Equal(names, c.Names):
		return numbers, nil
	case lacks != "":
		return nil, fmt.Errorf("cells: %s names some cells of %s, and not %.60q; name each of them, or none", file,
			c.File(), lacks)
	case len(at) < len(names):
		return nil, fmt.Errorf("cells: %s names cells of %s more than once; name each once, or none", file, c.File())
	}
	return ordered, nil
}

// Labels reads a further column of the run's file, a text for each cell, "" where there is none. Its error is a
// [run.ConfigError] where there is no such column.
func (c *Cells) Labels(column string) ([]string, error) {
	labels, err := science.ReadLabels(c.files, column)
	if err != nil {
		return nil, asMistake(err)
	}
	return labels, c.checkRows(len(labels), true)
}

// checkRows refuses a number of rows that isn't that of the cells.
func (c *Cells) checkRows(rows int, there bool) error {
	if there && rows != c.Len() {
		return fmt.Errorf("cells: %d rows for the %d cells of %s; give a row for each cell, in the order of that file",
			rows, c.Len(), c.File())
	}
	return nil
}

// span is the length of the model's unit of time in that of the file.
func (c *Cells) span() float64 {
	times := c.Times()
	return times[len(times)-1] - times[0]
}

// point is the number of the snapshot at a time of the file, and a [run.ConfigError] where there is none. setting names
// what asks for it.
func (c *Cells) point(time float64, setting string) (int, error) {
	for k, measured := range c.Times() {
		if measured == time {
			return k, nil
		}
	}
	var times []string
	for _, measured := range c.Times() {
		times = append(times, formatted(measured))
	}
	return 0, mistake.New("{"+setting+"} %v is none of the times of %s, which are %s; give one of them", time, c.File(),
		science.Listed(times))
}

// measured are the values of the file, [cells, columns] in its order.
func (c *Cells) measured() []float64 {
	p := c.snapshots.Population
	out := make([]float64, c.Len()*p.Dim)
	for k, rows := range p.Rows {
		for i, row := range rows {
			copy(out[row*p.Dim:(row+1)*p.Dim], p.Cells[k][i*p.Dim:])
		}
	}
	return out
}

// learned are the cells in the coordinates that the model learns, [cells, dim] in the order of the file.
func (c *Cells) learned() []float64 {
	s := c.snapshots
	out := make([]float64, c.Len()*s.Dim)
	for k, rows := range s.Population.Rows {
		for i, row := range rows {
			copy(out[row*s.Dim:(row+1)*s.Dim], s.Cells[k][i*s.Dim:])
		}
	}
	return out
}

// batch is some cells of one snapshot: x has those of rows, in the coordinates that the model learns, and after them
// copies of the last.
type batch struct {
	snapshot int
	t        float64 // of the model
	rows     []int   // in the file
	number   int     // of the first among all cells that are visited
	x        *tensors.Tensor
}

// each visits the cells of some snapshots. All batches have one shape, for which the network is compiled once.
func (c *Cells) each(ctx context.Context, snapshots []int, visit func(b batch) error) error {
	s, largest, number := c.snapshots, 0, 0
	for _, k := range snapshots {
		largest = max(largest, s.Len(k))
	}
	size := min(largest, together)
	for _, k := range snapshots {
		rows := s.Population.Rows[k]
		for first := 0; first < len(rows); first += size {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			count := min(size, len(rows)-first)
			flat := make([]float32, 0, size*s.Dim)
			for i := range size {
				at := first + min(i, count-1)
				for _, v := range s.Cells[k][at*s.Dim : (at+1)*s.Dim] {
					flat = append(flat, float32(v))
				}
			}
			x := tensors.FromFlatDataAndDimensions(flat, size, s.Dim)
			err := visit(batch{k, s.Times[k], rows[first : first+count], number, x})
			x.MustFinalizeAll()
			number += count
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// all are the numbers of all snapshots.
func (c *Cells) all() []int {
	all := make([]int, len(c.Times()))
	for k := range all {
		all[k] = k
	}
	return all
}

// name is what a message calls the cell in a row of the file.
func (c *Cells) name(row int) string {
	if c.Names != nil {
		return fmt.Sprintf("cell %.60q", c.Names[row])
	}
	return fmt.Sprintf("cell %d", row+1)
}

// checkFinite refuses a number of a cell, what, that isn't finite.
func (c *Cells) checkFinite(what string, row int, numbers ...float64) error {
	for _, v := range numbers {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("cells: the %s of %s is %g: training has diverged; take an earlier checkpoint, or train "+
				"again", what, c.name(row), v)
		}
	}
	return nil
}
