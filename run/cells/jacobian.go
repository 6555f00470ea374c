package cells

import (
	"context"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/internal/mistake"
)

// Jacobian is how the velocity of each column answers to each column: the mean of ∂v/∂x over the cells of each time.
type Jacobian struct {
	// Times are those of the snapshots, in the unit of the file.
	Times   []float64
	Columns []string
	// J has ∂vᵢ/∂xⱼ for each time, [columns, columns] with a row for each i: in the unit of column i, per unit of
	// column j and of the file's time.
	J []*mat.Dense
	// Effects are J in deviations of the columns: by how many of its deviations column i moves more per unit of time
	// where column j is larger by one.
	Effects []*mat.Dense
	// Symmetric tells that J is symmetric but for the columns' scales, as that of a gradient ∇ₓs is: which of two
	// columns drives the other isn't known then.
	Symmetric bool

	timeName string
}

// Bounds of what derivatives are taken of: coordinates that a model learns, and columns of a file.
const (
	mostCoordinates = 256
	mostDerived     = 4096
)

// derivativeStep is the half of a difference, in the coordinates that a model learns. Their deviation is about 1, so
// that rounding in float32 changes a derivative by 4e-6 of the velocity, and curvature by some 1e-4 of it.
const derivativeStep = 1.0 / 64

// Jacobian evaluates central differences of the velocity, in the coordinates that the model learns, and takes them to
// the columns of the file. Of a run with principal components it is ∂v/∂x along these. Its error is a [run.ConfigError]
// for a run with too many coordinates or columns.
func (c *Cells) Jacobian(ctx context.Context) (*Jacobian, error) {
	s := c.snapshots
	if s.Dim > mostCoordinates || s.Population.Dim > mostDerived {
		return nil, mistake.New("%s has learned %d coordinates of %d columns, too many for derivatives by each, which "+
			"are for %d of %d; train with {components} on chosen {columns}", c.run.Name(), s.Dim, s.Population.Dim,
			mostCoordinates, mostDerived)
	}
	learned := make([]*mat.Dense, len(c.Times()))
	for k := range learned {
		learned[k] = mat.NewDense(s.Dim, s.Dim, nil)
	}
	err := c.each(ctx, c.all(), func(b batch) error {
		return c.addDerivatives(ctx, b, learned[b.snapshot])
	})
	if err != nil {
		return nil, err
	}
	j := &Jacobian{Times: c.Times(), Columns: c.Columns(), Symmetric: true, timeName: c.TimeName()}
	deviations := c.deviations()
	for _, y := range learned {
		j.Symmetric = j.Symmetric && symmetric(y)
		x := c.inColumns(y)
		effects := mat.DenseCopyOf(x)
		effects.Apply(func(to, from int, v float64) float64 {
			if deviations[to] == 0 { // a column that is constant
				return 0
			}
			return v * deviations[from] / deviations[to]
		}, effects)
		j.J, j.Effects = append(j.J, x), append(j.Effects, effects)
	}
	return j, nil
}

// symmetric tells whether a matrix is symmetric, but for what differences are off by.
func symmetric(m *mat.Dense) bool {
	const off = 0.01
	var skew mat.Dense
	skew.Sub(m, m.T())
	return mat.Norm(&skew, 2) <= off*mat.Norm(m, 2)
}

// addDerivatives adds to sum the part of a batch in the mean over the snapshot of ∂vᵢ/∂yⱼ, per unit of the model's
// time.
func (c *Cells) addDerivatives(ctx context.Context, b batch, sum *mat.Dense) error {
	dim, cells := c.snapshots.Dim, c.snapshots.Len(b.snapshot)
	at, err := tensors.CopyFlatData[float32](b.x)
	if err != nil {
		return err
	}
	velocity := func(from int, by float32) ([]float32, error) {
		moved := slices.Clone(at)
		for i := from; i < len(moved); i += dim {
			moved[i] += by
		}
		x := tensors.FromFlatDataAndDimensions(moved, b.x.Shape().Dimensions...)
		defer x.MustFinalizeAll()
		v, err := c.run.Sampler.Velocity(b.t, x)
		if err != nil {
			return nil, err
		}
		defer v.MustFinalizeAll()
		return tensors.CopyFlatData[float32](v)
	}
	for from := range dim {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		after, err := velocity(from, derivativeStep)
		if err != nil {
			return err
		}
		before, err := velocity(from, -derivativeStep)
		if err != nil {
			return err
		}
		for i, row := range b.rows {
			for to := range dim {
				d := (float64(after[i*dim+to]) - float64(before[i*dim+to])) / (2 * derivativeStep)
				if err := c.checkFinite("velocity", row, d); err != nil {
					return err
				}
				sum.Set(to, from, sum.At(to, from)+d/float64(cells))
			}
		}
	}
	return nil
}

// inColumns takes derivatives in the coordinates that the model learns, per unit of its time, to those in columns per
// unit of the file's time: D V J Vᵀ D⁻¹ with the deviations D and the principal axes V.
func (c *Cells) inColumns(learned *mat.Dense) *mat.Dense {
	t := c.snapshots.Transform
	out := learned
	if t.Axes != nil {
		var half, all mat.Dense
		half.Mul(t.Axes, learned)
		all.Mul(&half, t.Axes.T())
		out = &all
	}
	out.Apply(func(to, from int, v float64) float64 {
		return v * t.Deviation[to] / t.Deviation[from] / c.span()
	}, out)
	return out
}

// deviations are those of the columns over all cells.
func (c *Cells) deviations() []float64 {
	measured, dim := c.measured(), c.snapshots.Population.Dim
	out := make([]float64, dim)
	values := make([]float64, c.Len())
	for j := range out {
		for row := range values {
			values[row] = measured[row*dim+j]
		}
		out[j] = stat.StdDev(values, nil)
	}
	return out
}
