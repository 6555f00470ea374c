package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// ScatterSpec says how updates map to the operand; the fields are XLA's
// (https://openxla.org/xla/operation_semantics#scatter).
type ScatterSpec struct {
	UpdateWindowAxes   []int // axes of updates that hold a window, ascending
	InsertedWindowAxes []int // operand axes that windows lack (their window dimension is 1)
	OperandAxes        []int // operand axis of each coordinate of an index vector
	UniqueIndices      bool  // promised by the caller: no two windows overlap
}

// Scatter combines windows of updates into dst, which holds the operand already:
// dst[start + w] = combine(dst[start + w], updates[batch, w]) for each index vector in row-major order.
// A window that doesn't lie wholly inside the operand is skipped, as XLA does.
//
// With UniqueIndices windows run in parallel. Without, a worker owns a part of the window's elements and applies
// all updates to it in order, where windows can only coincide or miss each other; else one worker does it all.
// Either way results don't depend on the workers.
func Scatter[T any](p *pool.Pool, dst []T, dims []int, updates []T, updateDims []int, ix Indices, spec ScatterSpec,
	combine func(a, b T) T) {
	s := newScatter(dims, updateDims, ix, spec)
	if s.n == 0 || s.windowSize == 0 {
		return
	}
	if spec.UniqueIndices {
		per := max(1, grain/s.windowSize)
		p.Run(ceilDiv(s.n, per), func(piece int) {
			for i := piece * per; i < min(s.n, (piece+1)*per); i++ {
				if at, ok := s.start(i); ok {
					scatterWindow(s.window, dst, at, updates, s.batch.offset(i), s.window.inner, combine)
				}
			}
		})
		return
	}
	inner := s.window.inner
	per := inner.n
	if s.aligned && s.n*s.windowSize > 2*grain { // cut the innermost loop of the window
		per = max(16, ceilDiv(inner.n, 64))
	}
	p.Run(ceilDiv(inner.n, per), func(piece int) {
		from := piece * per
		part := loop{min(per, inner.n-from), inner.d, inner.s}
		for i := range s.n {
			if at, ok := s.start(i); ok {
				scatterWindow(s.window, dst, at+from*inner.d, updates, s.batch.offset(i)+from*inner.s, part, combine)
			}
		}
	})
}

// scatter is a resolved ScatterSpec.
type scatter struct {
	n, windowSize int
	window        *plan // d: steps in the operand, s: in updates
	batch         counter
	ix            Indices
	run, skip     int
	limits, steps []int // of each coordinate of an index vector
	aligned       bool  // an operand element belongs to one and the same element of every window that covers it
}

func newScatter(dims, updateDims []int, ix Indices, spec ScatterSpec) *scatter {
	operandSteps, updateSteps := Strides(dims), Strides(updateDims)
	windowDims := pick(updateDims, spec.UpdateWindowAxes)
	kept := others(len(dims), spec.InsertedWindowAxes)
	s := &scatter{
		windowSize: Size(windowDims),
		window:     newPlan(windowDims, pick(operandSteps, kept), pick(updateSteps, spec.UpdateWindowAxes)),
		ix:         ix,
	}
	full := make([]int, len(dims)) // window dimensions, an operand axis each
	Fill(full, 1)
	for i, axis := range kept {
		full[axis] = windowDims[i]
	}
	batchDims := ix.BatchDims()
	s.n = Size(batchDims)
	s.batch = newCounter(batchDims, pick(updateSteps, others(len(updateDims), spec.UpdateWindowAxes)))
	s.run, s.skip = ix.vectors()
	for axis, d := range dims {
		if full[axis] > d { // an inserted axis without elements: no window lies inside
			s.n = 0
		}
	}
	s.aligned = true
	for _, axis := range spec.OperandAxes {
		s.limits = append(s.limits, dims[axis]-full[axis])
		s.steps = append(s.steps, operandSteps[axis])
		s.aligned = s.aligned && (full[axis] == 1 || full[axis] == dims[axis])
	}
	return s
}

// start is where in the operand window i begins, and whether the window lies inside.
func (s *scatter) start(i int) (offset int, ok bool) {
	first := i/s.run*s.skip + i%s.run
	for k, limit := range s.limits {
		at := s.ix.Flat[first+k*s.run]
		if at < 0 || at > limit {
			return 0, false
		}
		offset += at * s.steps[k]
	}
	return offset, true
}

// scatterWindow combines one window, its innermost loop replaced by inner.
func scatterWindow[T any](window *plan, dst []T, do int, src []T, so int, inner loop, combine func(a, b T) T) {
	var store [8]int
	c := window.seek(store[:], 0)
	for range window.count {
		d, s := do+c.d, so+c.s
		for range window.rows.n {
			to, from := d, s
			for range inner.n {
				dst[to] = combine(dst[to], src[from])
				to += inner.d
				from += inner.s
			}
			d += window.rows.d
			s += window.rows.s
		}
		window.next(&c)
	}
}
