package arrays

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// WindowAxis is one axis of a sliding window: its size, the step between windows, the dilations of the base
// (1 is none: base elements lie BaseDilation apart) and of the window, and the padding before and after.
type WindowAxis struct {
	Size, Stride, BaseDilation, WindowDilation, Low, High int
}

// trivial reports whether the axis passes through unchanged.
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
	var todo []int // axes on which anything happens
	for i, w := range axes {
		if !w.trivial() {
			todo = append(todo, i)
		}
	}
	if len(todo) == 0 {
		copy(dst, src)
		return
	}
	for len(todo) > 0 {
		i, count := todo[0], 1
		inner := Size(now[i+1:])
		if len(todo) > 1 && todo[1] == i+1 && inner > now[i+1] { // elements of several values
			count = 2
		}
		out := append([]int(nil), now...)
		for _, j := range todo[:count] {
			out[j] = axes[j].Out(now[j])
		}
		todo = todo[count:]
		to := dst
		if len(todo) > 0 {
			to = make([]T, Size(out))
		}
		if count == 2 {
			reduceWindowPair(p, to, src, Size(now[:i]), now[i], now[i+1], inner/now[i+1], axes[i], axes[i+1], initial,
				add)
		} else {
			reduceWindowAxis(p, to, src, Size(now[:i]), now[i], inner, axes[i], initial, add)
		}
		src, now = to, out
	}
}

// reduceWindowAxis reduces the middle axis of [outer, n, inner].
func reduceWindowAxis[T any](p *pool.Pool, dst, src []T, outer, n, inner int, w WindowAxis, initial T,
	add func(a, b []T)) {
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
			combineRows(dst[i*inner:(i+1)*inner], src[i/m*n*inner:(i/m+1)*n*inner], taps[i%m], initial, add)
		}
	})
}

// reduceWindowPair reduces the two middle axes of [outer, n, m, inner], a row of the result at a time: what the first
// axis leaves of a row stays in the cache for the second.
func reduceWindowPair[T any](p *pool.Pool, dst, src []T, outer, n, m, inner int, first, second WindowAxis, initial T,
	add func(a, b []T)) {
	rows, columns := first.taps(n), second.taps(m)
	size := len(columns) * inner // of a row of the result
	count := outer * len(rows)
	if count*size == 0 {
		return
	}
	lines := sync.Pool{New: func() any { line := make([]T, m*inner); return &line }} // one a worker
	per := max(1, grain/(m*inner))
	p.Run(ceilDiv(count, per), func(piece int) {
		line := lines.Get().(*[]T)
		defer lines.Put(line)
		row := *line
		for i := piece * per; i < min(count, (piece+1)*per); i++ {
			image := i / len(rows)
			combineRows(row, src[image*n*len(row):(image+1)*n*len(row)], rows[i%len(rows)], initial, add)
			to := dst[i*size : (i+1)*size]
			for j, taps := range columns {
				combineRows(to[j*inner:(j+1)*inner], row, taps, initial, add)
			}
		}
	})
}

// combineRows combines some of the rows that from has, each as long as to; of none it makes the neutral element.
func combineRows[T any](to, from []T, rows []int, initial T, add func(a, b []T)) {
	for k, at := range rows {
		row := from[at*len(to) : (at+1)*len(to)]
		if k == 0 {
			copy(to, row)
		} else {
			add(to, row)
		}
	}
	if len(rows) == 0 {
		Fill(to, initial)
	}
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
