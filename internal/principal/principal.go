// Package principal finds the first principal axes of wide tables: those of thousands of columns, of which a singular
// value decomposition takes minutes.
//
// Axes are the eigenvectors of XᵀX, and those of the smaller XXᵀ times Xᵀ. The first few come from a block Krylov space
// that is restarted until their residuals are at the level of rounding: [Musco and Musco 2015], [Golub and Underwood
// 1977]. Nothing is left to chance: the start has a fixed seed, and what doesn't converge is an error.
//
// [Musco and Musco 2015]: https://arxiv.org/abs/1504.05477
// [Golub and Underwood 1977]: https://doi.org/10.1016/B978-0-12-587260-7.50018-2
package principal

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// ErrUncertain is the error where the axes can't be known to 1e-8: those of hardly any variance beside the first, and
// what doesn't converge. A singular value decomposition finds them.
var ErrUncertain = errors.New("principal: axes that are lost in rounding")

// tolerance is that of the residuals, as part of the largest eigenvalue. One more cycle then takes them to the level of
// rounding.
const tolerance = 1e-12

// leastVariance is that of an axis as part of the first: XᵀX holds squares, and less would be lost in its rounding.
const leastVariance = 1e-7

// Axes returns the first principal axes of rows, [n, dim], of which the columns have the mean 0: orthonormal columns
// [dim, count] with falling variances, Σ(x·v)²/(n−1), and the variance of all axes together. The signs are arbitrary.
func Axes(x *mat.Dense, count int) (axes *mat.Dense, variances []float64, all float64, err error) {
	raw := x.RawMatrix()
	rows, values := raw.Rows, 0.0
	for i := range rows {
		for _, v := range raw.Data[i*raw.Stride:][:raw.Cols] {
			values += v * v
		}
	}
	all = values / float64(rows-1)
	small := min(raw.Rows, raw.Cols)
	if count < 1 || count > small {
		return nil, nil, all, ErrUncertain
	}
	own := blas.NoTrans // G = XXᵀ
	if raw.Cols < raw.Rows {
		own = blas.Trans // G = XᵀX
	}
	vectors, squares, err := eigenvectors(gram(raw, own), count)
	if err != nil {
		return nil, nil, all, err
	}
	if !(squares[count-1] > leastVariance*squares[0]) {
		return nil, nil, all, ErrUncertain
	}
	if own == blas.NoTrans {
		vectors = product(blas.Trans, blas.NoTrans, raw, vectors)
	}
	if len(orthonormal(vectors, longest(vectors))) < count || !exact(raw, vectors, squares) {
		return nil, nil, all, ErrUncertain
	}
	for _, s := range squares {
		variances = append(variances, s/float64(rows-1))
	}
	axes = mat.NewDense(vectors.Rows, vectors.Cols, nil)
	axes.Copy(dense(vectors))
	return axes, variances, all, nil
}

// exact tells whether XᵀXv = λv for all v.
func exact(x, vectors blas64.General, squares []float64) bool {
	const most = 1e-11
	back := product(blas.Trans, blas.NoTrans, x, product(blas.NoTrans, blas.NoTrans, x, vectors))
	return residual(back, vectors, squares) <= most*squares[0]
}

// residual is the greatest norm of Gv − λv.
func residual(applied, vectors blas64.General, values []float64) float64 {
	sums := make([]float64, len(values))
	for i := range vectors.Rows {
		for k, value := range values {
			d := applied.Data[i*applied.Stride+k] - value*vectors.Data[i*vectors.Stride+k]
			sums[k] += d * d
		}
	}
	most := 0.0
	for _, sum := range sums {
		most = max(most, math.Sqrt(sum))
	}
	return most
}
