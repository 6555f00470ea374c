package cells

import (
	"gonum.org/v1/plot/plotter"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/plane"
)

// plane finds the two axes of a picture, see [plane.OfSnapshots]. Cells of one coordinate have no picture.
func (c *Cells) plane(names []string) (plane.Plane, error) {
	p, err := plane.OfSnapshots(c.snapshots, names)
	if err == nil && p.Line() {
		err = mistake.New("%s has one coordinate, and a picture of cells two; name two columns by {axes}", c.File())
	}
	return p, err
}

// places are where the cells are in a plane.
func (c *Cells) places(in plane.Plane) plotter.XYs {
	measured, learned := c.measured(), c.learned()
	at := func(a plane.Axis, row int) float64 {
		if a.Column >= 0 {
			return measured[row*c.snapshots.Population.Dim+a.Column]
		}
		return learned[row*c.snapshots.Dim+a.Learned]
	}
	points := make(plotter.XYs, c.Len())
	for row := range points {
		points[row] = plotter.XY{X: at(in.X, row), Y: at(in.Y, row)}
	}
	return points
}

// inPlane are the velocities in a plane, per unit of the file's time.
func (v *Velocity) inPlane(in plane.Plane) plotter.XYs {
	c := v.cells
	at := func(a plane.Axis, row int) float64 {
		if a.Column >= 0 {
			return v.V[row*c.snapshots.Population.Dim+a.Column]
		}
		return float64(v.learned[row*c.snapshots.Dim+a.Learned]) / c.span()
	}
	out := make(plotter.XYs, c.Len())
	for row := range out {
		out[row] = plotter.XY{X: at(in.X, row), Y: at(in.Y, row)}
	}
	return out
}
