package science

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/amgen/amgen/flows/science/tables"
	"github.com/amgen/amgen/internal/principal"
)

// Transform takes a file's coordinates to those that a model learns in: y = Scale · Vᵀ (x − Mean)/Deviation.
type Transform struct {
	// Mean and Deviation of each column. Without standardisation, and for a column that is constant, the deviation is
	// 1; with neither standardisation nor principal axes the mean is 0.
	Mean, Deviation []float64

	// Axes are the principal axes V, [dim, components]; nil leaves the columns as they are.
	Axes *mat.Dense
	// Explained is the share of the variance that the principal axes hold, of 1.
	Explained float64
	// Scale makes the mean variance of the principal components 1, all by one factor, so that distances keep their
	// ratios; it is 1 without them.
	Scale float64
}

// leastDeviation is that of a column whose cells differ: the square of less is 0.
const leastDeviation = 1e-150

// fitTransform computes a transform from cells, [n, dim], alone; label names a column for errors.
func fitTransform(cells []float64, dim, components int, raw bool, label func(column int) string) (*Transform, error) {
	n := len(cells) / dim
	t := &Transform{Mean: make([]float64, dim), Deviation: make([]float64, dim), Explained: 1, Scale: 1}
	x := mat.NewDense(n, dim, append([]float64(nil), cells...))
	column := make([]float64, n)
	for j := range dim {
		t.Deviation[j] = 1
		if raw && components == 0 {
			continue
		}
		mean, deviation := stat.MeanStdDev(mat.Col(column, j, x), nil)
		if math.IsNaN(mean) || math.IsInf(mean, 0) || math.IsInf(deviation, 0) || !(deviation > leastDeviation) &&
			slices.Min(column) < slices.Max(column) {
			return nil, fmt.Errorf("science: %s has a mean of %g and a deviation of %g, too large or too small for "+
				"numbers to hold their squares; give it in "+
				"another unit", label(j), mean, deviation)
		}
		if t.Mean[j] = mean; !raw && deviation > 0 {
			t.Deviation[j] = deviation
		}
	}
	if components == 0 {
		return t, nil
	}
	for i := range n {
		for j := range dim {
			x.Set(i, j, (x.At(i, j)-t.Mean[j])/t.Deviation[j])
		}
	}
	return t, t.fitAxes(x, components)
}

// Tables of more columns and of a longer decomposition, in products of numbers, have their axes from package principal,
// in seconds. Others keep the bits that they had.
const (
	manyColumns = 256
	longWork    = 3e7
)

// fitAxes computes the principal axes of rows.
func (t *Transform) fitAxes(x *mat.Dense, components int) error {
	n, dim := x.Dims()
	if dim > manyColumns && float64(n)*float64(dim)*float64(min(n, dim)) > longWork {
		axes, variances, all, err := principal.Axes(x, components)
		if err == nil {
			t.takeAxes(axes, floats.Sum(variances), all)
			return nil
		}
	}
	var pc stat.PC
	if !pc.PrincipalComponents(x, nil) {
		return fmt.Errorf("science: the singular value decomposition for %d principal components failed; look for "+
			"columns "+
			"of very different scales", components)
	}
	var axes mat.Dense
	pc.VectorsTo(&axes)
	variances := pc.VarsTo(nil)
	held, all := 0.0, 0.0
	for k, v := range variances {
		if all += v; k < components {
			held += v
		}
	}
	if !(held > 0) {
		return fmt.Errorf("science: principal components of cells that are all alike; give data that vary")
	}
	t.takeAxes(mat.DenseCopyOf(axes.Slice(0, dim, 0, components)), held, all)
	return nil
}

// takeAxes takes principal axes that hold a part of all variance.
func (t *Transform) takeAxes(axes *mat.Dense, held, all float64) {
	t.Axes = axes
	dim, components := axes.Dims()
	for k := range components { // an axis' sign is arbitrary: its largest coordinate is positive
		largest := 0.0
		for j := range dim {
			if v := t.Axes.At(j, k); math.Abs(v) > math.Abs(largest) {
				largest = v
			}
		}
		if largest < 0 {
			for j := range dim {
				t.Axes.Set(j, k, -t.Axes.At(j, k))
			}
		}
	}
	t.Explained, t.Scale = held/all, math.Sqrt(float64(components)/held)
}

// Dim is the number of coordinates that come out.
func (t *Transform) Dim() int {
	if t.Axes == nil {
		return len(t.Mean)
	}
	_, components := t.Axes.Dims()
	return components
}

// Check returns an error unless the transform is sound: it may come from a file.
func (t *Transform) Check() error {
	dim := len(t.Mean)
	if dim == 0 || len(t.Deviation) != dim || t.Axes != nil && t.Axes.RawMatrix().Rows != dim {
		return fmt.Errorf("science: a transform of %d means and %d deviations; give one of each for every column", dim,
			len(t.Deviation))
	}
	for j := range dim {
		if tables.CheckCoordinate(t.Mean[j]) != nil || !(t.Deviation[j] > 0) || math.IsInf(t.Deviation[j], 0) {
			return fmt.Errorf("science: a transform with the mean %g and the deviation %g; give finite ones, "+
				"deviations above 0", t.Mean[j], t.Deviation[j])
		}
	}
	if !(t.Scale > 0) || math.IsInf(t.Scale, 0) {
		return fmt.Errorf("science: a transform with the scale %g; give a finite one above 0", t.Scale)
	}
	if t.Axes != nil {
		for _, v := range t.Axes.RawMatrix().Data {
			if !(math.Abs(v) <= 2) {
				return fmt.Errorf("science: a transform with the axis coordinate %g; axes have the length 1", v)
			}
		}
	}
	return nil
}

// Same tells whether it leaves points as they are.
func (t *Transform) Same() bool {
	for j := range t.Mean {
		if t.Mean[j] != 0 || t.Deviation[j] != 1 {
			return false
		}
	}
	return t.Axes == nil && t.Scale == 1
}

// Invert takes points that a model learns in, point after point, to the file's coordinates: x = Mean + Deviation · V
// y/Scale. Principal components that were left out are 0.
func (t *Transform) Invert(points []float32) []float64 {
	return t.each(points, func(y []float32, j int) float64 { return t.Mean[j] + t.Deviation[j]*t.along(y, j) })
}

// InvertVelocity takes velocities of points that a model learns in, vector after vector, to the file's coordinates:
// Deviation · V v/Scale, by the derivative of [Transform.Invert]. The unit of time stays the model's.
func (t *Transform) InvertVelocity(velocities []float32) []float64 {
	return t.each(velocities, func(v []float32, j int) float64 { return t.Deviation[j] * t.along(v, j) })
}

// InvertColumn is column j, counted from 0, of what [Transform.Invert] makes of points.
func (t *Transform) InvertColumn(points []float32, j int) []float64 {
	from := t.Dim()
	out := make([]float64, 0, len(points)/from)
	for i := 0; i < len(points); i += from {
		out = append(out, t.Mean[j]+t.Deviation[j]*t.along(points[i:i+from], j))
	}
	return out
}

// each has what value makes of each vector of the model's and each column of the file's.
func (t *Transform) each(vectors []float32, value func(y []float32, j int) float64) []float64 {
	dim, from := len(t.Mean), t.Dim()
	out := make([]float64, 0, len(vectors)/from*dim)
	for i := 0; i < len(vectors); i += from {
		for j := range dim {
			out = append(out, value(vectors[i:i+from], j))
		}
	}
	return out
}

// along is coordinate j of V y/Scale, of standardised columns.
func (t *Transform) along(y []float32, j int) float64 {
	if t.Axes == nil {
		return float64(y[j])
	}
	v := 0.0
	for k, c := range y {
		v += t.Axes.At(j, k) * float64(c) / t.Scale
	}
	return v
}

// Apply transforms cells, point after point.
func (t *Transform) Apply(cells []float64) []float64 {
	dim, out := len(t.Mean), make([]float64, 0, len(cells)/len(t.Mean)*t.Dim())
	centred := make([]float64, dim)
	for i := 0; i < len(cells); i += dim {
		for j := range centred {
			centred[j] = (cells[i+j] - t.Mean[j]) / t.Deviation[j]
		}
		if t.Axes == nil {
			out = append(out, centred...)
			continue
		}
		for k := range t.Dim() {
			sum := 0.0
			for j, v := range centred {
				sum += v * t.Axes.At(j, k)
			}
			out = append(out, t.Scale*sum)
		}
	}
	return out
}
