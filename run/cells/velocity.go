package cells

import (
	"context"
	"math"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/run/plane"
)

// Velocity is how each cell moves at its own time.
type Velocity struct {
	// V has the velocities, [cells, columns], in the units of the file's columns per its unit of time. For a run with
	// noise it is the drift of dx = V dt + σ dW.
	V []float64
	// Speed is the length of each velocity.
	Speed []float64

	cells   *Cells
	learned []float32 // [cells, dim] in the coordinates and the unit of time of the model
}

// Velocity evaluates the velocity of each cell: ∇ₓs at the cell and its time, by the chain rule from the
// standardised columns or principal components of the model to the columns of the file.
func (c *Cells) Velocity(ctx context.Context) (*Velocity, error) {
	dim := c.snapshots.Dim
	v := &Velocity{cells: c, learned: make([]float32, c.Len()*dim)}
	err := c.each(ctx, c.all(), func(b batch) error {
		drift, err := c.run.Sampler.Velocity(b.t, b.x)
		if err != nil {
			return err
		}
		defer drift.MustFinalizeAll()
		flat, err := tensors.CopyFlatData[float32](drift)
		if err != nil {
			return err
		}
		for i, row := range b.rows {
			copy(v.learned[row*dim:(row+1)*dim], flat[i*dim:])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.V = c.snapshots.Transform.InvertVelocity(v.learned)
	columns := c.snapshots.Population.Dim
	for row := range c.Len() {
		square := 0.0
		for j, per := range v.V[row*columns : (row+1)*columns] {
			per /= c.span()
			v.V[row*columns+j] = per
			square += per * per
		}
		v.Speed = append(v.Speed, math.Sqrt(square))
		if err := c.checkFinite("velocity", row, v.Speed[row]); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Table has the cells, their velocities and their speeds: for AnnData X, layer velocity, and of a run with principal
// components these and the velocities in them.
func (v *Velocity) Table() *Table {
	c := v.cells
	t := c.table(nil)
	t.Columns = append(t.Columns, Column{Name: "speed", Numbers: v.Speed})
	t.Matrices = append(t.Matrices, Matrix{Name: nameX, Columns: c.Columns(), Values: c.measured()},
		Matrix{Name: "velocity", Prefix: "velocity_", Columns: c.Columns(), Values: v.V})
	if c.snapshots.Transform.Axes != nil {
		names := make([]string, c.snapshots.Dim)
		for k := range names {
			names[k] = plane.ComponentName(k)
		}
		velocity := make([]float64, len(v.learned))
		for i, x := range v.learned {
			velocity[i] = float64(x) / c.span()
		}
		t.Matrices = append(t.Matrices,
			Matrix{Name: "components", Columns: names, Values: c.learned(), Embedding: true},
			Matrix{Name: "velocity_components", Prefix: "velocity_", Columns: names, Values: velocity, Embedding: true})
	}
	return t
}
