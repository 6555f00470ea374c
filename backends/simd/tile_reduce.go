package simd

import (
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// accRun is a reduction in progress over one chunk.
type accRun struct {
	red  *progReduce
	out  []byte
	tile []byte // the vertical accumulator, nil without one
	used int    // bytes of tile that hold sums; the rest is stale
	at   int    // where the stretch that tile sums up begins
}

// add takes a tile of n elements from the given position of the space.
func (a *accRun) add(tile []byte, start, n int) {
	red := a.red
	if a.tile == nil {
		a.addRuns(tile, start)
		return
	}
	if base := start - start%red.stretch; a.used > 0 && base != a.at {
		a.flush()
	}
	if a.used == 0 {
		a.at = start - start%red.stretch
	}
	size := n * red.width
	if both := min(size, a.used); both > 0 {
		red.combine(a.tile[:both], a.tile[:both], tile[:both], nil)
	}
	if size > a.used {
		copy(a.tile[a.used:size], tile[a.used:size])
		a.used = size
	}
}

// expect readies the accumulator for a tile that a chain adds to it.
func (a *accRun) expect(start, n int) {
	red := a.red
	base := start - start%red.stretch
	if a.used > 0 && base != a.at {
		a.flush()
	}
	if a.used == 0 {
		a.at = base
		fillTile(a.tile, red.identity)
	}
	a.used = max(a.used, n*red.width)
}

// flush folds the accumulator to one period and adds it to the output.
func (a *accRun) flush() {
	if a.used == 0 {
		return
	}
	red := a.red
	period := red.vertical * red.width
	for a.used > period {
		keep := (a.used/period + 1) / 2 * period // of an odd number of periods, the middle one waits
		upper := a.tile[keep:a.used]
		red.combine(a.tile[:len(upper)], a.tile[:len(upper)], upper, nil)
		a.used = keep
	}
	a.addRuns(a.tile[:a.used], a.at)
	a.used = 0
}

// addRuns adds a tile to the output, run by run of the innermost dim.
func (a *accRun) addRuns(tile []byte, start int) {
	red := a.red
	w := red.width
	if len(red.out.dims) == 0 {
		red.fold(a.out[:w], tile)
		return
	}
	var o odometer
	within := o.seek(red.out, start)
	inner := red.out.dims[len(red.out.dims)-1]
	for len(tile) > 0 {
		n := min(len(tile), (inner.n-within)*w)
		if inner.stride == 0 {
			red.fold(a.out[o.at*w:][:w], tile[:n])
		} else { // the kept dims of an output are dense, so the innermost has stride 1
			out := a.out[(o.at+within)*w:][:n]
			red.combine(out, out, tile[:n], nil)
		}
		tile = tile[n:]
		within = 0
		o.next()
	}
}

// foldFor finds the way to fold a run into one element.
func foldFor(combiner backends.OpType, dtype dtypes.DType) foldFunc {
	if dtype == dtypes.Float32 {
		switch combiner {
		case backends.OpTypeAdd:
			return foldSum
		case backends.OpTypeMax:
			return foldWith(kernels.ReduceMax, laterMax)
		case backends.OpTypeMin:
			return foldWith(kernels.ReduceMin, laterMin)
		}
	}
	combine := lookupKernel(combiner, dtype)
	width := dtype.Size()
	return func(acc, run []byte) { foldByHalves(combine, width, acc, run) }
}

func foldSum(acc, run []byte) {
	a, x := floats(acc), floats(run)
	if len(x) > 16 {
		a[0] += kernels.Sum(x)
		return
	}
	var sum float32
	for _, v := range x {
		sum += v
	}
	a[0] += sum
}

// foldWith folds a run by a kernel, and its result into acc by the same op on two numbers.
func foldWith(fold func([]float32) float32, both func(a, b float32) float32) foldFunc {
	return func(acc, run []byte) {
		a, x := floats(acc), floats(run)
		a[0] = both(a[0], fold(x))
	}
}

// foldByHalves folds any dtype with its element-wise kernel, in a tree by the run's length alone.
func foldByHalves(combine tileFunc, width int, acc, run []byte) {
	if len(run) > width {
		var small [256]byte
		half := (len(run)/width + 1) / 2 * width
		tmp := small[:]
		if half > len(tmp) {
			tmp = make([]byte, half)
		}
		copy(tmp, run[:half])
		for n := len(run); n > width; {
			keep := (n/width + 1) / 2 * width
			if n == len(run) {
				combine(tmp[:n-keep], tmp[:n-keep], run[keep:], nil)
			} else {
				combine(tmp[:n-keep], tmp[:n-keep], tmp[keep:n], nil)
			}
			n = keep
		}
		run = tmp[:width]
	}
	combine(acc, acc, run, nil)
}
