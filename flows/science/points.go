package science

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
)

// Points are a set of points by themselves, as samples are.
type Points struct {
	Columns []string // names of the dimensions, nil where the file has none
	Dim     int
	X       []float64 // point after point
	// LogWeights are those of the column log_weight, nil where there is none.
	LogWeights []float64
	// Notes say which of the file was taken.
	Notes []string
}

// ReadPoints reads a .csv of points, a row each, as [ReadSnapshots] does: with names of columns or none, a column log_weight where points
// count differently, and a column of times, of which the last are taken.
func ReadPoints(name string) (*Points, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return readPoints(filepath.Base(name), data)
}

func readPoints(name string, data []byte) (*Points, error) {
	g, err := csvGrid(name, data, 1)
	if err != nil {
		return nil, err
	}
	var choice Columns
	time := g.pointsTime()
	weight := slices.Index(g.names, weightColumn)
	if !g.named {
		weight = -1
	} else if weight >= 0 {
		choice.Drop = []string{weightColumn}
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
	if g.rows == 0 || t.dim == 0 {
		return nil, fmt.Errorf("science: %s holds %d points of %d dimensions; give at least one of each", name, g.rows, t.dim)
	}
	for i, v := range t.values {
		if err := CheckCoordinate(v); err != nil {
			return nil, fmt.Errorf("science: %s: %s %w", name, t.where(i/t.dim, i%t.dim), err)
		}
	}
	p := &Points{Columns: t.columns, Dim: t.dim, Notes: t.notes, X: t.values}
	if weight >= 0 {
		if p.LogWeights, err = g.weights(weight); err != nil {
			return nil, err
		}
	}
	return p, p.last(g, time)
}

// pointsTime is the column of times, −1 for none: its name is that of times, and few points have a time of their own. A coordinate may
// have such a name, too.
func (g *grid) pointsTime() int {
	if !g.named {
		return -1
	}
	found := -1
	for c, name := range g.names {
		surely := name == timeColumns[0] || name == shortTime
		few := g.hasNumbers(c) && (surely && g.rows <= leastCount || g.distinct(c, g.rows/2) <= g.rows/2)
		if namesTime(name) && few && (found < 0 || surely) {
			found = c
		}
	}
	return found
}

// weights are those of a column.
func (g *grid) weights(c int) ([]float64, error) {
	value, list := g.column(c), make([]float64, g.rows)
	for i := range list {
		if list[i] = value(i); math.IsNaN(list[i]) || math.IsInf(list[i], 1) {
			return nil, fmt.Errorf("science: %s: %s is %g; give logarithms of weights", g.file, g.at(i, c), list[i])
		}
	}
	if !math.IsInf(slices.Max(list), -1) {
		return list, nil
	}
	return nil, fmt.Errorf("science: %s: %s is -Inf for all points; give some point a mass", g.file, g.label(c))
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
	p.Notes = append(p.Notes, fmt.Sprintf("%d of %d points, those of %s = %v", len(x)/p.Dim, g.rows, g.names[time], greatest))
	return nil
}
