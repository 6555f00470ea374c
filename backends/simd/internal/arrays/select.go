package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// SelectAndScatter is the transpose of a max (or min) window reduction: from each window over operand it selects
// the element that no later one beats (keep(selected, next) decides that the selected one stays), and adds the
// window's source element there. dst has the operand's dimensions. A window that covers padding only selects
// nothing. Dilations of axes must be 1.
//
// keep is ≥ for a maximum and ≤ for a minimum; as in XLA, ties go to the first and a comparison with a NaN is
// false, so a NaN is left for the element after it.
func SelectAndScatter[T any](p *pool.Pool, dst, operand []T, dims []int, source []T, axes []WindowAxis, zero T,
	keep func(a, b T) bool, add func(a, b T) T) {
	Fill(dst, zero)
	// Windows meet along the axes that have one; leading axes without are independent.
	lead := 0
	for lead < len(dims) && axes[lead].trivial() {
		lead++
	}
	outDims := WindowDims(dims, axes)
	n, m := Size(dims[lead:]), Size(outDims[lead:])
	if n*m == 0 {
		return
	}
	s := newSelection(dims[lead:], outDims[lead:], axes[lead:])
	outer := Size(dims[:lead])
	per := max(1, grain/m)
	p.Run(ceilDiv(outer, per), func(piece int) {
		at := make([]int, len(s.taps))
		for o := piece * per; o < min(outer, (piece+1)*per); o++ {
			from, to := operand[o*n:(o+1)*n], dst[o*n:(o+1)*n]
			for i := range m {
				if k := selectOne(s, from, at, i, keep); k >= 0 {
					to[k] = add(to[k], source[o*m+i])
				}
			}
		}
	})
}

// selection holds, for each axis and window, the elements covered, as offsets into the operand.
type selection struct {
	outDims []int
	taps    [][][]int
}

func newSelection(dims, outDims []int, axes []WindowAxis) *selection {
	s := &selection{outDims: outDims}
	steps := Strides(dims)
	for i, w := range axes {
		taps := w.taps(dims[i])
		for _, t := range taps {
			for k := range t {
				t[k] *= steps[i]
			}
		}
		s.taps = append(s.taps, taps)
	}
	return s
}

// selectOne returns the offset of the element selected in window i (flat), or -1; at is scratch.
func selectOne[T any](s *selection, from []T, at []int, i int, keep func(a, b T) bool) int {
	lists := make([][]int, 0, 8)
	offset := 0
	for k := len(s.taps) - 1; k >= 0; k-- {
		at[k] = i % s.outDims[k]
		i /= s.outDims[k]
	}
	for k, taps := range s.taps {
		t := taps[at[k]]
		if len(t) == 0 {
			return -1
		}
		lists = append(lists, t)
		at[k] = 0
		offset += t[0]
	}
	best := offset
	for {
		k := len(lists) - 1
		for ; k >= 0; k-- {
			t := lists[k]
			offset -= t[at[k]]
			at[k]++
			if at[k] < len(t) {
				offset += t[at[k]]
				break
			}
			at[k] = 0
			offset += t[0]
		}
		if k < 0 {
			return best
		}
		if !keep(from[best], from[offset]) {
			best = offset
		}
	}
}
