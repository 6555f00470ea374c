package science

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Population are snapshots of a population of cells: points in Dim dimensions, each seen once, at one time. Nobody
// knows which cell became which.
type Population struct {
	Name    string
	Columns []string // names of the dimensions, nil where the file has none
	Labels  []string // what each dimension is chosen by, see [Columns]
	Time    string   // what the times are named
	Notes   []string // what was done to the file, and what was left out
	Dim     int
	Times   []float64   // ascending, in the file's own unit
	Cells   [][]float64 // of each time, Dim coordinates after Dim coordinates

	wide string // what holds the dimensions, for errors
}

// table is what a file of cells holds, before it is understood.
type table struct {
	name    string
	columns []string // names of the file's own, nil for none
	labels  []string // what columns are chosen by
	notes   []string

	dim      int
	values   []float64 // [cells, dim]
	timeName string
	times    []float64 // [cells]

	// where names the place of a coordinate and whenAt that of a time, for errors. Rows and columns count from 0.
	where  func(row, column int) string
	whenAt func(row int) string
	// wide names what has too many dimensions.
	wide string
	// otherTime is the column that looks more like times, "" for none; nil where there is no choice.
	otherTime func() string
}

// Limits of what is read. They are far above what training can use, and keep a lying file from taking all memory.
const (
	maxFile   = 1 << 30 // bytes, unpacked
	maxValues = 1 << 27 // numbers of a table, 1 GiB
)

// maxCoordinate is the greatest of a coordinate: the square of a difference, a sum of which is the cost of transport,
// stays finite.
const maxCoordinate = 1e150

// CheckCoordinate refuses what is no coordinate: NaN, infinities, and numbers of which the square isn't finite.
func CheckCoordinate(v float64) error {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Errorf("is %g; remove the row, or fill the gap", v)
	case math.Abs(v) > maxCoordinate:
		return fmt.Errorf("is %g, beyond the ±%g of which squares are finite; give it in another unit", v,
			maxCoordinate)
	}
	return nil
}

// population checks the table and groups its cells by time.
//
// Cells of one time need not be neighbours in the file, nor the times in order. Times that differ by rounding alone are
// refused: they are one time, written in two ways.
func (t *table) population() (*Population, error) {
	n := len(t.times)
	if n == 0 || t.dim == 0 {
		return nil, fmt.Errorf("science: %s holds %d cells of %d dimensions; give at least two cells and one dimension",
			t.name, n, t.dim)
	}
	for i, v := range t.times {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("science: %s: %s is %g; give each cell a finite time", t.name, t.whenAt(i), v)
		}
		if err := CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", t.name, t.whenAt(i), err)
		}
	}
	for i, v := range t.values {
		if err := CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", t.name, t.where(i/t.dim, i%t.dim), err)
		}
	}
	order := make([]int, n) // rows by time, in the order of the file within one
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.times[a], t.times[b]) })
	first, last := t.times[order[0]], t.times[order[n-1]]
	if first == last {
		return nil, fmt.Errorf("science: %s: all %d cells have %s = %g; a path needs cells of two times at least",
			t.name, n, t.whenAt(-1), first)
	}
	var counts []int
	for k, row := range order {
		if k == 0 || t.times[row] != t.times[order[k-1]] {
			counts = append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	if err := t.checkTimes(counts); err != nil {
		return nil, err
	}
	p := &Population{Name: t.name, Columns: t.columns, Labels: t.labels, Time: t.timeName, Notes: t.notes, Dim: t.dim,
		wide: t.wide}
	for k, row := range order {
		time := t.times[row]
		if k == 0 || time != t.times[order[k-1]] {
			if k > 0 && time-t.times[order[k-1]] <= 1e-9*(last-first) {
				return nil, fmt.Errorf("science: %s: %s is %v and %s is %v; write one time in one way", t.name,
					t.whenAt(order[k-1]), t.times[order[k-1]], t.whenAt(row), time)
			}
			p.Times = append(p.Times, time)
			p.Cells = append(p.Cells, make([]float64, 0, counts[len(p.Cells)]*t.dim))
		}
		at := len(p.Cells) - 1
		p.Cells[at] = append(p.Cells[at], t.values[row*t.dim:(row+1)*t.dim]...)
	}
	return p, nil
}

// Len is the number of cells of time k, counted from 0.
func (p *Population) Len(k int) int { return len(p.Cells[k]) / p.Dim }
