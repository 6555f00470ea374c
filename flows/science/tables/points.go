package tables

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/weighting"
)

// Points are a set of points by themselves, as samples are.
type Points struct {
	Columns []string // names of the dimensions, nil where the file has none
	Dim     int
	X       []float64 // point after point
	// LogWeights are logarithms of the weights in the column WeightedBy, nil where there is none.
	LogWeights []float64
	WeightedBy string
	// Notes say which of the file was taken.
	Notes []string
}

// ReadPoints reads a .csv of points, a row each, as [ReadSnapshots] does: with names of columns or none, a column of
// weights, see package weighting, where points count differently, and a column of times, of which the last are taken.
func ReadPoints(name string) (*Points, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return ParsePoints(filepath.Base(name), data)
}

// ParsePoints is [ReadPoints] of all of a file.
func ParsePoints(name string, data []byte) (*Points, error) {
	g, err := csvGrid(name, data, 1)
	if err != nil {
		return nil, err
	}
	g.points = true
	var choice Columns
	time, err := g.pointsTime()
	if err != nil {
		return nil, err
	}
	weight, err := g.pointsWeight()
	if err != nil {
		return nil, err
	}
	if weight >= 0 {
		choice.Drop = []string{g.names[weight]}
		if err := g.check(weight, theWeights); err != nil {
			return nil, err
		}
	}
	if time >= 0 {
		if err := g.check(time, theTime); err != nil {
			return nil, err
		}
	}
	use, err := g.coordinates(choice, time)
	if err != nil {
		return nil, err
	}
	t := g.table(use)
	if g.rows == 0 || t.Dim == 0 {
		return nil, fmt.Errorf("science: %s holds %d points of %d dimensions; give at least one of each", name, g.rows,
			t.Dim)
	}
	for i, v := range t.Values {
		if err := CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", name, t.Where(i/t.Dim, i%t.Dim), err)
		}
	}
	p := &Points{Columns: t.Columns, Dim: t.Dim, Notes: t.Notes, X: t.Values}
	if weight >= 0 {
		p.WeightedBy = g.names[weight]
		if p.LogWeights, err = g.weights(weight); err != nil {
			return nil, err
		}
	}
	return p, p.last(g, time)
}

// pointsTime is the column of times, −1 for none: its name is that of times, and few points have a time of their own. A
// coordinate may have such a name, too: but for time and t, a column that isn't as sample writes it is refused.
func (g *grid) pointsTime() (int, error) {
	if !g.named {
		return -1, nil
	}
	found, sure := -1, false
	for c, name := range g.names {
		surely := strings.EqualFold(name, timeColumns[0]) || name == shortTime
		few := g.hasNumbers(c) && (surely && g.rows <= leastCount || g.distinct(c, g.rows/2) <= g.rows/2)
		if NamesTime(name) && few && (found < 0 || surely && !sure) {
			found, sure = c, surely
		}
	}
	if found < 0 || g.check(found, theTime) != nil || g.distinct(found, 1) == 1 {
		return found, nil
	}
	times, last := g.distinct(found, g.rows), g.atLast(found)
	const fewer = 10 // than the mean of all times
	switch {
	case !sure && !g.inBlocks(found):
		return -1, fmt.Errorf("science: %s: %s may be a coordinate or the time of each point; give it another name "+
			"if it is a coordinate, or call it time, and the "+
			"points of the last are taken", g.file, g.label(found))
	case last*fewer < g.rows/times || last == 1 && g.rows > times:
		return -1, fmt.Errorf("science: %s: the last of %s leaves %d of %d points; give it another name if it is a "+
			"coordinate, or save the points that are meant by "+
			"themselves, without it", g.file, g.label(found), last, g.rows)
	}
	return found, nil
}

// atLast counts the rows of the greatest number of a column.
func (g *grid) atLast(c int) int {
	value, greatest, n := g.column(c), math.Inf(-1), 0
	for i := range g.rows {
		if v := value(i); v > greatest {
			greatest, n = v, 0
		}
		if value(i) == greatest {
			n++
		}
	}
	return n
}

// inBlocks tells whether a column is the first and has its numbers in order, each as often as the others: so samples at
// times are written.
func (g *grid) inBlocks(c int) bool {
	value, size := g.column(c), g.atLast(c)
	if c > 0 || size == 0 || g.rows%size != 0 {
		return false
	}
	for i := 1; i < g.rows; i++ {
		if i%size == 0 && !(value(i) > value(i-1)) || i%size != 0 && value(i) != value(i-1) {
			return false
		}
	}
	return true
}

// pointsWeight is the column of weights, −1 for none.
func (g *grid) pointsWeight() (int, error) {
	found := -1
	for c, name := range g.names {
		_, known := weighting.Name(name)
		switch {
		case !g.named || !g.hasNumbers(c):
		case known && found >= 0:
			return -1, fmt.Errorf("science: %s: %s and %s may both be the weights; keep one of them", g.file,
				g.label(found), g.label(c))
		case known:
			found = c
		case weighting.May(name):
			g.notes = append(g.notes, fmt.Sprintf("%s is taken for a coordinate; call it weights, or log_weights, if "+
				"it says what points count", g.label(c)))
		}
	}
	if found >= 0 && strings.EqualFold(g.names[found], bodyWeight) {
		g.notes = append(g.notes, fmt.Sprintf("%s is taken for what points count; give it another name if it is a "+
			"coordinate", g.label(found)))
	}
	return found, nil
}

// weights are the logarithms of those of a column.
func (g *grid) weights(c int) ([]float64, error) {
	value, list := g.column(c), make([]float64, g.rows)
	logs, _ := weighting.Name(g.names[c])
	for i := range list {
		v := value(i)
		switch {
		case logs && (math.IsNaN(v) || math.IsInf(v, 1)):
			return nil, fmt.Errorf("science: %s: %s is %g; give logarithms of weights", g.file, g.at(i, c), v)
		case !logs && !(v >= 0 && v <= math.MaxFloat64):
			return nil, fmt.Errorf("science: %s: %s is %g; give weights that are finite and not negative", g.file,
				g.at(i, c), v)
		case !logs:
			v = math.Log(v)
		}
		list[i] = v
	}
	if !math.IsInf(slices.Max(list), -1) {
		return list, nil
	}
	return nil, fmt.Errorf("science: %s: %s is %g for all points; give some point a mass", g.file, g.label(c), value(0))
}

// last keeps the points of the last time.
func (p *Points) last(g *grid, time int) error {
	if time < 0 {
		return nil
	}
	value := g.column(time)
	greatest := math.Inf(-1)
	for i := range g.rows {
		if err := CheckCoordinate(value(i)); err != nil {
			return fmt.Errorf("science: %s: %s %w", g.file, g.at(i, time), err)
		}
		greatest = max(greatest, value(i))
	}
	var x, logWeights []float64
	for i := range g.rows {
		if value(i) == greatest {
			x = append(x, p.X[i*p.Dim:(i+1)*p.Dim]...)
			if p.LogWeights != nil {
				logWeights = append(logWeights, p.LogWeights[i])
			}
		}
	}
	p.X, p.LogWeights = x, logWeights
	p.Notes = append(p.Notes, fmt.Sprintf("%d of %d points, those of %s = %v", len(x)/p.Dim, g.rows, g.names[time],
		greatest))
	return nil
}
