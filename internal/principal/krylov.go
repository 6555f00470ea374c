package principal

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Sizes of the Krylov space.
const (
	spare      = 10  // vectors of a block beyond those that are wanted and half as many again
	wholeSpace = 400 // dimensions of which all are taken at once
	blocks     = 8   // of a space, fewer where they are wide, three at least
	mostCycles = 300
)

// eigenvectors are those of the count largest eigenvalues, falling, [size, count].
func eigenvectors(g operator, count int) (vectors blas64.General, values []float64, err error) {
	width := count + count/2 + spare
	room := max(wholeSpace, 3*width)
	if room >= g.size {
		return g.inSpace(identity(g.size), count)
	}
	room = max(3, min(blocks, wholeSpace/width)) * width
	rng := rand.New(rand.NewPCG(1, 2)) // any start does
	q := zeros(g.size, width)
	for i := range q.Data {
		q.Data[i] = rng.NormFloat64()
	}
	near := false
	for range mostCycles {
		basis, applied := g.krylov(q, room)
		var next blas64.General
		if vectors, next, values, err = ritz(basis, applied, count, width); err != nil {
			return vectors, values, err
		}
		before := near
		if near = residual(next, vectors, values) <= tolerance*values[0]; near && before {
			return columns(vectors, 0, count), values, nil
		}
		q = vectors
	}
	return vectors, values, ErrUncertain
}

// inSpace are eigenvectors within the space of a basis.
func (g operator) inSpace(basis blas64.General, count int) (blas64.General, []float64, error) {
	vectors, _, values, err := ritz(basis, g.apply(basis), count, count)
	return vectors, values, err
}

func identity(n int) blas64.General {
	m := zeros(n, n)
	for i := range n {
		m.Data[i*n+i] = 1
	}
	return m
}

// krylov is an orthonormal basis of the space of q, Gq, G²q, … with room for so many vectors, and G applied to it.
func (g operator) krylov(q blas64.General, room int) (basis, applied blas64.General) {
	basis, applied = zeros(g.size, room), zeros(g.size, room)
	have := 0
	for next := q; have < room; {
		fresh := columns(basis, have, min(next.Cols, room-have))
		dense(fresh).Copy(dense(next))
		scale := longest(fresh)
		for range 3 { // against rounding
			if have > 0 {
				old := columns(basis, 0, have)
				parallel := product(blas.NoTrans, blas.NoTrans, old, product(blas.Trans, blas.NoTrans, old, fresh))
				d := dense(fresh)
				d.Sub(d, dense(parallel))
			}
		}
		kept := orthonormal(fresh, scale)
		if len(kept) == 0 {
			break
		}
		fresh = columns(basis, have, len(kept))
		next = g.apply(fresh)
		dense(columns(applied, have, len(kept))).Copy(dense(next))
		have += len(kept)
	}
	return columns(basis, 0, have), columns(applied, 0, have)
}

// longest is the greatest norm of a column.
func longest(m blas64.General) (most float64) {
	column := make([]float64, m.Rows)
	for k := range m.Cols {
		take(column, m, k)
		most = max(most, blas64.Nrm2(vector(column)))
	}
	return most
}

// orthonormal makes columns orthonormal, in place, and moves those together that aren't lost in rounding: it returns
// which. Lost is one of which hardly anything of the norm scale is left.
func orthonormal(m blas64.General, scale float64) (kept []int) {
	const lost = 1e-15
	column := make([]float64, m.Rows)
	var done [][]float64
	for k := range m.Cols {
		take(column, m, k)
		for range 2 {
			for _, v := range done {
				blas64.Axpy(-blas64.Dot(vector(v), vector(column)), vector(v), vector(column))
			}
		}
		norm := blas64.Nrm2(vector(column))
		if !(norm > lost*scale) {
			continue
		}
		blas64.Scal(1/norm, vector(column))
		for i, v := range column {
			m.Data[i*m.Stride+len(kept)] = v
		}
		done, kept = append(done, append([]float64(nil), column...)), append(kept, k)
	}
	for k := len(kept); k < m.Cols; k++ {
		for i := range m.Rows {
			m.Data[i*m.Stride+k] = 0
		}
	}
	return kept
}

func vector(data []float64) blas64.Vector { return blas64.Vector{N: len(data), Data: data, Inc: 1} }

func take(column []float64, m blas64.General, k int) {
	for i := range column {
		column[i] = m.Data[i*m.Stride+k]
	}
}

// ritz are the width first of the best approximations within the space of a basis, with G applied to them, and the
// values of the first count.
func ritz(basis, applied blas64.General, count, width int) (vectors, moved blas64.General, values []float64,
	err error) {
	n := basis.Cols
	if n < count {
		return vectors, moved, nil, ErrUncertain
	}
	t := product(blas.Trans, blas.NoTrans, basis, applied)
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			symmetric.SetSym(i, j, (t.Data[i*n+j]+t.Data[j*n+i])/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return vectors, moved, nil, ErrUncertain
	}
	rising := eigen.Values(nil)
	var all mat.Dense
	eigen.VectorsTo(&all)
	width = min(width, n)
	chosen := zeros(n, width)
	for k := range width {
		for i := range n {
			chosen.Data[i*width+k] = all.At(i, n-1-k)
		}
		if k < count {
			values = append(values, rising[n-1-k])
		}
	}
	if !(values[0] > 0) {
		return vectors, moved, nil, ErrUncertain
	}
	vectors = product(blas.NoTrans, blas.NoTrans, basis, chosen)
	return vectors, product(blas.NoTrans, blas.NoTrans, applied, chosen), values, nil
}
