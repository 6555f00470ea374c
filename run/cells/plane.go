package cells

import (
	"fmt"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
)

// axis is a coordinate of a picture of cells: a column of the file, or a principal component that the model learns.
type axis struct {
	name      string
	column    int // −1 of a component
	component int // −1 of a column
}

// plane finds the two axes of a picture: columns of the file by their names, or for a run with principal components
// PC1, PC2, …. Without names they are the first two components of such a run, else the first two columns.
func (c *Cells) plane(names []string) (axes [2]axis, err error) {
	components := c.snapshots.Dim
	if c.snapshots.Transform.Axes == nil {
		components = 0
	}
	columns := c.Columns()
	switch {
	case len(names) == 0 && components > 1:
		return [2]axis{componentAxis(0), componentAxis(1)}, nil
	case len(names) == 0 && components == 0 && len(columns) > 1:
		return [2]axis{{printed(columns[0]), 0, -1}, {printed(columns[1]), 1, -1}}, nil
	case len(names) == 0:
		return axes, mistake.New("%s has one coordinate, and a picture of cells two; name two columns by {axes}",
			c.File())
	case len(names) != 2:
		return axes, mistake.New("{axes} takes two names with a comma between, got %d: %.80q", len(names),
			strings.Join(names, ","))
	}
	for i, name := range names {
		if axes[i], err = c.axis(strings.TrimSpace(name), columns, components); err != nil {
			return axes, err
		}
	}
	if axes[0] == axes[1] {
		return axes, mistake.New("{axes} names %s twice; give two coordinates", axes[0].name)
	}
	return axes, nil
}

// componentAxis is that of principal component k, counted from 0.
func componentAxis(k int) axis { return axis{fmt.Sprintf("principal component %d", k+1), -1, k} }

// axis is that of a name. A column called PC1 comes before the component.
func (c *Cells) axis(name string, columns []string, components int) (axis, error) {
	for j, column := range columns {
		if column == name {
			return axis{printed(name), j, -1}, nil
		}
	}
	number, isComponent := strings.CutPrefix(strings.ToUpper(name), "PC")
	if k, err := strconv.Atoi(number); isComponent && err == nil && k >= 1 && k <= components {
		return componentAxis(k - 1), nil
	}
	also := ""
	if components > 0 {
		also = fmt.Sprintf(", and the principal components %s to %s", componentName(0), componentName(components-1))
	}
	return axis{}, mistake.New("{axes}: %s has no column %.60q; it has %s%s", c.File(), name, science.Listed(columns),
		also)
}

// places are where the cells are in a plane.
func (c *Cells) places(axes [2]axis) plotter.XYs {
	measured, learned := c.measured(), c.learned()
	at := func(a axis, row int) float64 {
		if a.column >= 0 {
			return measured[row*c.snapshots.Population.Dim+a.column]
		}
		return learned[row*c.snapshots.Dim+a.component]
	}
	points := make(plotter.XYs, c.Len())
	for row := range points {
		points[row] = plotter.XY{X: at(axes[0], row), Y: at(axes[1], row)}
	}
	return points
}

// inPlane are the velocities in a plane, per unit of the file's time.
func (v *Velocity) inPlane(axes [2]axis) plotter.XYs {
	c := v.cells
	at := func(a axis, row int) float64 {
		if a.column >= 0 {
			return v.V[row*c.snapshots.Population.Dim+a.column]
		}
		return float64(v.learned[row*c.snapshots.Dim+a.component]) / c.span()
	}
	out := make(plotter.XYs, c.Len())
	for row := range out {
		out[row] = plotter.XY{X: at(axes[0], row), Y: at(axes[1], row)}
	}
	return out
}
