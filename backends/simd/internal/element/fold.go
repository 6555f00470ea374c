package element

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// Fold combines a run of elements into the single element acc.
type Fold func(acc, run []byte)

// FoldFor finds the way to fold a run into one element.
func FoldFor(combiner backends.OpType, dtype dtypes.DType) Fold {
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
	combine := Lookup(combiner, dtype)
	width := dtype.Size()
	return func(acc, run []byte) { foldByHalves(combine, width, acc, run) }
}

func foldSum(acc, run []byte) {
	a, x := dense.Floats(acc), dense.Floats(run)
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
func foldWith(fold func([]float32) float32, both func(a, b float32) float32) Fold {
	return func(acc, run []byte) {
		a, x := dense.Floats(acc), dense.Floats(run)
		a[0] = both(a[0], fold(x))
	}
}

// foldByHalves folds any dtype with its element-wise kernel, in a tree by the run's length alone.
func foldByHalves(combine Kernel, width int, acc, run []byte) {
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
