package lax

import "github.com/amgen/amgen/backends/simd/internal/pool"

// WindowAxis is one axis of a sliding window: its size, the step between windows, the dilations of the base
// (1 is none: base elements lie BaseDilation apart) and of the window, and the padding before and after.
type WindowAxis struct {
	Size, Stride, BaseDilation, WindowDilation, Low, High int
}

// trivial tells whether the axis passes through unchanged.
func (w WindowAxis) trivial() bool {
	return w.Size == 1 && w.Stride == 1 && w.BaseDilation == 1 && w.Low == 0 && w.High == 0
}

// Out is the number of windows over n elements; 0 where no window fits.
func (w WindowAxis) Out(n int) int {
	base := w.Low + w.High
	if n > 0 {
		base += (n-1)*w.BaseDilation + 1
	}
	span := (w.Size-1)*w.WindowDilation + 1
	if base < span {
		return 0
	}
	return (base-span)/w.Stride + 1
}

// WindowDims is the shape of a window reduction over dims.
func WindowDims(dims []int, axes []WindowAxis) []int {
	out := make([]int, len(dims))
	for i, n := range dims {
		out[i] = axes[i].Out(n)
	}
	return out
}

// taps lists, for each window, the base elements that it covers; padding and the gaps of a dilated base are
// left out.
func (w WindowAxis) taps(n int) [][]int {
	all := make([][]int, w.Out(n))
	for o := range all {
		for k := range w.Size {
			at := o*w.Stride + k*w.WindowDilation - w.Low
			if at >= 0 && at%w.BaseDilation == 0 && at/w.BaseDilation < n {
				all[o] = append(all[o], at/w.BaseDilation)
			}
		}
	}
	return all
}

// ReduceWindow combines the elements under each position of a window. initial is the neutral element, which
// padding and gaps count as. combine must be associative and commutative: axes are reduced one after the
// other, the first axis first, which costs the sum of the window's sizes an element rather than the product.
// add is combine over vectors, a[i] = combine(a[i], b[i]).
func ReduceWindow[T any](p *pool.Pool, dst, src []T, dims []int, axes []WindowAxis, initial T, add func(a, b []T)) {
	now := append([]int(nil), dims...)
	last := -1
	for i, w := range axes {
		if !w.trivial() {
			last = i
		}
	}
	if last < 0 {
		copy(dst, src)
		return
	}
	for i, w := range axes[:last+1] {
		if w.trivial() {
			continue
		}
		out := append([]int(nil), now...)
		out[i] = w.Out(now[i])
		to := dst
		if i != last {
			to = make([]T, Size(out))
		}
		reduceWindowAxis(p, to, src, Size(now[:i]), now[i], Size(now[i+1:]), w, initial, add)
		src, now = to, out
	}
}

// reduceWindowAxis reduces the middle axis of [outer, n, inner].
func reduceWindowAxis[T any](p *pool.Pool, dst, src []T, outer, n, inner int, w WindowAxis, initial T, add func(a, b []T)) {
	taps := w.taps(n)
	m := len(taps)
	if outer*m*inner == 0 {
		return
	}
	if inner == 1 { // rows of one: combine lines of windows' k-th taps instead
		reduceWindowLines(p, dst, src, outer, n, taps, initial, add)
		return
	}
	per := max(1, grain/inner)
	p.Run(ceilDiv(outer*m, per), func(piece int) {
		for i := piece * per; i < min(outer*m, (piece+1)*per); i++ {
			to := dst[i*inner : (i+1)*inner]
			from := src[i/m*n*inner : (i/m+1)*n*inner]
			for k, at := range taps[i%m] {
				row := from[at*inner : (at+1)*inner]
				if k == 0 {
					copy(to, row)
				} else {
					add(to, row)
				}
			}
			if len(taps[i%m]) == 0 {
				Fill(to, initial)
			}
		}
	})
}

// reduceWindowLines reduces the last axis of [outer, n].
func reduceWindowLines[T any](p *pool.Pool, dst, src []T, outer, n int, taps [][]int, initial T, add func(a, b []T)) {
	m, deepest := len(taps), 0
	for _, t := range taps {
		deepest = max(deepest, len(t))
	}
	per := max(1, grain/(m*max(1, deepest)))
	p.Run(ceilDiv(outer, per), func(piece int) {
		line := make([]T, m)
		for o := piece * per; o < min(outer, (piece+1)*per); o++ {
			to, from := dst[o*m:(o+1)*m], src[o*n:(o+1)*n]
			Fill(to, initial)
			for k := range deepest {
				for i, t := range taps {
					line[i] = initial
					if k < len(t) {
						line[i] = from[t[k]]
					}
				}
				add(to, line)
			}
		}
	})
}
