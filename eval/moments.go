package eval

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/amgen/amgen/backends/simd/matmul"
	"github.com/amgen/amgen/eval/internal/parallel"
)

// Moments are the count, the mean and the scatter of rows that come in any number of parts, on one machine or several,
// in float64. Parts that are merged have the moments of the whole but for rounding, whatever their sizes and order
// (Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances, 1979).
type Moments struct {
	Count int
	// Mean of the rows, [dim].
	Mean []float64
	// Scatter is Σ (x − mean)(x − mean)ᵀ, [dim, dim]; only the triangle from the diagonal to the right is kept.
	Scatter []float64
}

// NewMoments are those of no rows yet.
func NewMoments(dim int) *Moments {
	return &Moments{Mean: make([]float64, dim), Scatter: make([]float64, dim*dim)}
}

// Dim is the length of a row.
func (m *Moments) Dim() int { return len(m.Mean) }

// Add takes in rows, one after the other. It takes all of them or, where a number isn't finite, none. Part of a row
// is an error, too.
func (m *Moments) Add(rows []float64) error { return addRows(m, rows) }

// AddFloat32 takes in rows of float32, as [Moments.Add] does.
func (m *Moments) AddFloat32(rows []float32) error { return addRows(m, rows) }

// momentRows is how many rows are worked on at a time: their products outweigh the d² of merging them.
const momentRows = 512

func addRows[T float32 | float64](m *Moments, rows []T) error {
	dim := m.Dim()
	if dim == 0 || len(rows)%dim != 0 {
		return fmt.Errorf("eval: %d numbers in rows of %d; give whole rows", len(rows), dim)
	}
	for i, v := range rows {
		if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("eval: row %d has number %d = %g; give finite features", m.Count+i/dim+1, i%dim+1, v)
		}
	}
	block := make([]float64, 0, min(momentRows*dim, len(rows)))
	for len(rows) > 0 {
		n := min(momentRows*dim, len(rows))
		block = block[:n]
		for i, v := range rows[:n] {
			block[i] = float64(v)
		}
		m.addBlock(block)
		rows = rows[n:]
	}
	return nil
}

// addBlock takes in rows, and overwrites them.
func (m *Moments) addBlock(block []float64) {
	dim := m.Dim()
	n := len(block) / dim
	mean := make([]float64, dim)
	for i, v := range block {
		mean[i%dim] += v
	}
	for k := range mean {
		mean[k] /= float64(n)
	}
	for i := range block {
		block[i] -= mean[i%dim]
	}
	m.join(n, mean)                           // before the block's own scatter, which only adds
	parallel.Panels(dim, func(from, to int) { // rows of XᵀX, right of the diagonal
		high, wide := to-from, dim-from
		x := blas64.General{Rows: n, Cols: wide, Stride: dim, Data: block[from:]}
		left := x
		left.Cols = high
		matmul.AddProduct(blas.Trans, blas.NoTrans, left, x,
			blas64.General{Rows: high, Cols: wide, Stride: dim, Data: m.Scatter[from*dim+from:]})
	})
}

// join makes the mean and count those of n more rows with the given mean, and adds what the distance of the two means
// is to the scatter.
func (m *Moments) join(n int, mean []float64) {
	dim, total := m.Dim(), float64(m.Count+n)
	share := float64(n) / total
	weight := float64(m.Count) * share
	apart := make([]float64, dim)
	for k, v := range mean {
		apart[k] = v - m.Mean[k]
		m.Mean[k] += apart[k] * share
	}
	m.Count += n
	if weight == 0 {
		copy(m.Mean, mean)
		return
	}
	for i, a := range apart {
		row := m.Scatter[i*dim : (i+1)*dim]
		for j := i; j < dim; j++ {
			row[j] += weight * a * apart[j]
		}
	}
}

// Merge takes in the rows of other moments. Those of another dimension are an error.
func (m *Moments) Merge(other *Moments) error {
	if m.Dim() != other.Dim() {
		return fmt.Errorf("eval: moments of %d and of %d dimensions; merge shards of one network's features", m.Dim(),
			other.Dim())
	}
	if other.Count == 0 {
		return nil
	}
	m.join(other.Count, other.Mean)
	dim := m.Dim()
	for i := range dim {
		for j := i; j < dim; j++ {
			m.Scatter[i*dim+j] += other.Scatter[i*dim+j]
		}
	}
	return nil
}

// Gaussian is the normal distribution with the mean and the covariance (ddof 1) of the rows, of which there must be
// two at least.
func (m *Moments) Gaussian() (Gaussian, error) {
	if m.Count < 2 {
		return Gaussian{}, fmt.Errorf("eval: %d samples; give at least two, for a covariance", m.Count)
	}
	return Gaussian{Count: m.Count, Mean: append([]float64(nil), m.Mean...), Covariance: m.covariance()}, nil
}

// covariance is the scatter over count − 1, [dim, dim], both triangles; 0 of a single row.
func (m *Moments) covariance() []float64 {
	dim := m.Dim()
	c := make([]float64, dim*dim)
	for i := range dim {
		for j := i; j < dim; j++ {
			c[i*dim+j] = m.Scatter[i*dim+j] / float64(max(1, m.Count-1))
			c[j*dim+i] = c[i*dim+j]
		}
	}
	return c
}

// MomentsOf are the moments of a cloud with equal weights. Weights, and numbers that are not finite, are errors.
func MomentsOf(c Cloud) (*Moments, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Weights != nil {
		return nil, fmt.Errorf("eval: moments of weighted points; give points of equal weights")
	}
	m := NewMoments(c.Dim)
	if c.X != nil {
		return m, m.Add(c.X)
	}
	return m, m.AddFloat32(c.Narrow)
}
