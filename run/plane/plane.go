// Package plane chooses the two coordinates of points that a picture shows: columns of a file or coordinates that a
// model learns, by their names.
package plane

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
)

// Axis is a coordinate: a column of the file, or one that the model learns.
type Axis struct {
	Name    string // as a picture has it
	Column  int    // −1 for a learned coordinate
	Learned int    // −1 for a column
}

// Plane is the two axes of a picture. Y has no name where points have one coordinate alone.
type Plane struct {
	X, Y Axis

	own *science.Snapshots // nil for points that are no snapshots
	dim int                // of what is learned
}

// mostOfName bounds the name of an axis, in runes.
const mostOfName = 40

// absent is the second axis of points with one coordinate.
var absent = Axis{Column: -1, Learned: -1}

// Line tells whether points have one coordinate alone.
func (p Plane) Line() bool { return p.Y == absent }

// Of finds the plane of a problem: by two names or, without names, the first two coordinates. Names are those of the
// columns of the file or, for a run with principal components, also PC1, PC2, …; of points that are no snapshots x1,
// x2, …. Wrong names are a mistake in the setting axes.
func Of(p *science.Problem, names []string) (Plane, error) {
	if p.Snapshots != nil {
		return OfSnapshots(p.Snapshots, names)
	}
	columns := numbered(p.Dim)
	return choose(names, p.Dim, func(k int) Axis { return Axis{columns[k], -1, k} },
		func(name string) (Axis, error) { return find(name, p.Name, columns, 0, true) })
}

// OfSnapshots finds the plane of snapshots, as [Of] does.
func OfSnapshots(s *science.Snapshots, names []string) (Plane, error) {
	columns, components := Columns(s.Population), 0
	at := func(k int) Axis { return Axis{printed(columns[k]), k, -1} }
	if s.Transform.Axes != nil {
		components, at = s.Dim, component
	}
	p, err := choose(names, s.Dim, at, func(name string) (Axis, error) {
		return find(name, s.Population.Name, columns, components, false)
	})
	p.own = s
	return p, err
}

// Columns are the names of the columns of a population, x1, x2, … where its file has none.
func Columns(p *science.Population) []string {
	if p.Columns != nil {
		return p.Columns
	}
	return numbered(p.Dim)
}

func numbered(n int) []string {
	names := make([]string, n)
	for j := range names {
		names[j] = fmt.Sprintf("x%d", j+1)
	}
	return names
}

// choose makes a plane of two names, or of the first of dim coordinates.
func choose(names []string, dim int, at func(k int) Axis, find func(name string) (Axis, error)) (p Plane, err error) {
	p.dim = dim
	switch len(names) {
	case 0:
		if p.X, p.Y = at(0), absent; dim > 1 {
			p.Y = at(1)
		}
		return p, nil
	case 2:
	default:
		return p, mistake.New("{axes} takes two names with a comma between, got %d: %.80q", len(names),
			strings.Join(names, ","))
	}
	for i, axis := range []*Axis{&p.X, &p.Y} {
		if *axis, err = find(strings.TrimSpace(names[i])); err != nil {
			return p, err
		}
	}
	if p.X == p.Y {
		return p, mistake.New("{axes} names %s twice; give two coordinates", p.X.Name)
	}
	return p, nil
}

// ComponentName is the name of principal component k, counted from 0, in tables and settings.
func ComponentName(k int) string { return fmt.Sprintf("PC%d", k+1) }

// component is the axis of principal component k, counted from 0.
func component(k int) Axis { return Axis{fmt.Sprintf("principal component %d", k+1), -1, k} }

// find is the axis of a name. A column called PC1 comes before the component.
func find(name, file string, columns []string, components int, learned bool) (Axis, error) {
	for j, column := range columns {
		switch {
		case column == name && learned:
			return Axis{printed(name), -1, j}, nil
		case column == name:
			return Axis{printed(name), j, -1}, nil
		}
	}
	number, isComponent := strings.CutPrefix(strings.ToUpper(name), "PC")
	if k, err := strconv.Atoi(number); isComponent && err == nil && k >= 1 && k <= components {
		return component(k - 1), nil
	}
	also := ""
	if components > 0 {
		also = fmt.Sprintf(", and the principal components %s to %s", ComponentName(0), ComponentName(components-1))
	}
	return Axis{}, mistake.New("{axes}: %s has no column %.60q; it has %s%s", file, name, science.Listed(columns), also)
}

func printed(name string) string { return terminal.Printable(name, mostOfName) }

// Points are points of the coordinates that the model learns, [n, dim], in the plane: columns in the units of the file.
// Those of one coordinate are spread out evenly in the second.
func (p Plane) Points(learned []float32) [][2]float64 {
	n := len(learned) / p.dim
	out := make([][2]float64, n)
	var measured []float64 // [n, columns]
	columns := p.dim
	if p.own != nil && (p.X.Column >= 0 || p.Y.Column >= 0) {
		measured, columns = p.own.Transform.Invert(learned), p.own.Population.Dim
	}
	at := func(a Axis, row int) float64 {
		if a.Column >= 0 {
			return measured[row*columns+a.Column]
		}
		return float64(learned[row*p.dim+a.Learned])
	}
	for row := range out {
		out[row] = [2]float64{at(p.X, row), (float64(row) + 0.5) / float64(n)}
		if !p.Line() {
			out[row][1] = at(p.Y, row)
		}
	}
	return out
}
