package science

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amgen/amgen/flows/science/tables"
)

// Population are snapshots of a population of cells: points in Dim dimensions, each seen once, at one time. Nobody
// knows which cell became which.
type Population struct {
	Name    string
	Columns []string // names of the dimensions, nil where the file has none
	Labels  []string // what each dimension is chosen by, see [Columns]
	Time    string   // what the times are named
	Notes   []string // what was done to the file, and what was left out
	// TimeLabels are the labels in the column of times, with the times that they stand for; nil of numbers.
	TimeLabels map[string]float64
	Dim        int
	Times      []float64   // ascending, in the file's own unit
	Cells      [][]float64 // of each time, Dim coordinates after Dim coordinates

	wide string // what holds the dimensions, for errors

	// Rows are, for each time, the places of its cells among those of the file, counted from 0.
	Rows [][]int
}

// population checks a table and groups its cells by time.
//
// Cells of one time need not be neighbours in the file, nor the times in order. Times that differ by rounding alone are
// refused: they are one time, written in two ways.
func population(t *tables.Table) (*Population, error) {
	n := len(t.Times)
	if n == 0 || t.Dim == 0 {
		return nil, fmt.Errorf("science: %s holds %d cells of %d dimensions; give at least two cells and one dimension",
			t.Name, n, t.Dim)
	}
	for i, v := range t.Times {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("science: %s: %s is %g; give each cell a finite time", t.Name, t.WhenAt(i), v)
		}
		if err := tables.CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", t.Name, t.WhenAt(i), err)
		}
	}
	for i, v := range t.Values {
		if err := tables.CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", t.Name, t.Where(i/t.Dim, i%t.Dim), err)
		}
	}
	order := make([]int, n) // rows by time, in the order of the file within one
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.Times[a], t.Times[b]) })
	first, last := t.Times[order[0]], t.Times[order[n-1]]
	if first == last {
		return nil, fmt.Errorf("science: %s: all %d cells have %s = %g; a path needs cells of two times at least",
			t.Name, n, t.WhenAt(-1), first)
	}
	var counts []int
	for k, row := range order {
		if k == 0 || t.Times[row] != t.Times[order[k-1]] {
			counts = append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	if err := t.CheckTimes(counts); err != nil {
		return nil, err
	}
	p := &Population{Name: t.Name, Columns: t.Columns, Labels: t.Labels, Time: t.TimeName, Notes: t.Notes, Dim: t.Dim,
		TimeLabels: t.TimeLabels, wide: t.Wide}
	for k, row := range order {
		time := t.Times[row]
		if k == 0 || time != t.Times[order[k-1]] {
			if k > 0 && time-t.Times[order[k-1]] <= 1e-9*(last-first) {
				return nil, fmt.Errorf("science: %s: %s is %v and %s is %v; write one time in one way", t.Name,
					t.WhenAt(order[k-1]), t.Times[order[k-1]], t.WhenAt(row), time)
			}
			p.Times = append(p.Times, time)
			p.Rows = append(p.Rows, order[k:k+counts[len(p.Cells)]])
			p.Cells = append(p.Cells, make([]float64, 0, counts[len(p.Cells)]*t.Dim))
		}
		at := len(p.Cells) - 1
		p.Cells[at] = append(p.Cells[at], t.Values[row*t.Dim:(row+1)*t.Dim]...)
	}
	return p, nil
}

// Len is the number of cells of time k, counted from 0.
func (p *Population) Len(k int) int { return len(p.Cells[k]) / p.Dim }

// TimeAt is the time in the file's unit that a model calls t, in [0, 1].
func (p *Population) TimeAt(t float64) float64 {
	first, last := p.Times[0], p.Times[len(p.Times)-1]
	if t == 1 {
		return last
	}
	return first + t*(last-first)
}
