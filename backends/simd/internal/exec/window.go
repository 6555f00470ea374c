package exec

import (
	"math"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

type windowKey struct {
	reduction backends.ReduceOpType
	dtype     dtypes.DType
}

// windowReducers and windowSelectors hold the window ops of each real dtype; the 16-bit floats go through float32.
var (
	windowReducers  = map[windowKey]moveFunc{}
	windowSelectors = map[windowKey]moveFunc{}
)

func init() {
	registerWindows[int8](dtypes.Int8, math.MinInt8, math.MaxInt8)
	registerWindows[int16](dtypes.Int16, math.MinInt16, math.MaxInt16)
	registerWindows[int32](dtypes.Int32, math.MinInt32, math.MaxInt32)
	registerWindows[int64](dtypes.Int64, math.MinInt64, math.MaxInt64)
	registerWindows[uint8](dtypes.Uint8, 0, math.MaxUint8)
	registerWindows[uint16](dtypes.Uint16, 0, math.MaxUint16)
	registerWindows[uint32](dtypes.Uint32, 0, math.MaxUint32)
	registerWindows[uint64](dtypes.Uint64, 0, math.MaxUint64)
	registerWindows(dtypes.Float32, float32(math.Inf(-1)), float32(math.Inf(1)))
	registerWindows(dtypes.Float64, math.Inf(-1), math.Inf(1))
	registerSums[complex64](dtypes.Complex64)
	registerSums[complex128](dtypes.Complex128)
	registerBoolWindows()
	// The vector kernels take the place of the loops.
	registerReducer(backends.ReduceOpSum, dtypes.Float32, 0, kernels.AddTo)
	registerReducer(backends.ReduceOpProduct, dtypes.Float32, 1, func(a, b []float32) { kernels.Mul(a, a, b) })
	registerReducer(backends.ReduceOpMax, dtypes.Float32, float32(math.Inf(-1)),
		func(a, b []float32) { kernels.Max(a, a, b) })
	registerReducer(backends.ReduceOpMin, dtypes.Float32, float32(math.Inf(1)),
		func(a, b []float32) { kernels.Min(a, a, b) })
	registerOp(backends.OpTypeReduceWindow, func(r *Run, n *graph.Node, in, out []*dense.Array) error {
		return inFloat32(r, n, windowReducers[windowKey{n.Attrs.(graph.WindowAttrs).Reduction,
			wideDType(n.Shape.DType)}], in,
			out)
	})
	for _, op := range []backends.OpType{backends.OpTypeSelectAndScatterMax, backends.OpTypeSelectAndScatterMin} {
		registerOp(op, func(r *Run, n *graph.Node, in, out []*dense.Array) error {
			return inFloat32(r, n, windowSelectors[windowKey{n.Attrs.(graph.WindowAttrs).Reduction,
				wideDType(n.Shape.DType)}], in, out)
		})
	}
}

// HasWindows reports whether ReduceWindow is defined on a dtype.
func HasWindows(reduction backends.ReduceOpType, dtype dtypes.DType) bool {
	return windowReducers[windowKey{reduction, wideDType(dtype)}] != nil
}

// HasSelection reports whether SelectAndScatter is defined on a dtype.
func HasSelection(reduction backends.ReduceOpType, dtype dtypes.DType) bool {
	return windowSelectors[windowKey{reduction, wideDType(dtype)}] != nil
}

// inFloat32 runs f, on float32 copies of its operands and result if they are 16-bit floats.
func inFloat32(r *Run, n *graph.Node, f moveFunc, in, out []*dense.Array) error {
	if !n.Shape.DType.IsFloat16() {
		f(r, n, in, out)
		return nil
	}
	wide := make([]*dense.Array, len(in))
	for i, buf := range in {
		w, done, err := widen(r, buf)
		if err != nil {
			return err
		}
		defer done()
		wide[i] = w
	}
	mem, done := r.Scratch(4 * out[0].Size())
	defer done()
	result := &dense.Array{Shape: withDType(out[0], dtypes.Float32), Mem: mem}
	f(r, n, wide, []*dense.Array{result})
	return convert(r, out[0], result)
}

// registerReducer makes add, over vectors, the reduction of a dtype.
func registerReducer[T dense.Element](reduction backends.ReduceOpType, dtype dtypes.DType, initial T,
	add func(a, b []T)) {
	windowReducers[windowKey{reduction, dtype}] = func(r *Run, n *graph.Node, in, out []*dense.Array) {
		arrays.ReduceWindow(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), in[0].Shape.Dimensions,
			n.Attrs.(graph.WindowAttrs).Axes,
			initial, add)
	}
}

// registerBoolWindows enters the reductions of Bool, which are those of 0 and 1: a sum, like a maximum, is whether any
// element of the window is true, and a product, like a minimum, whether all are.
func registerBoolWindows() {
	for _, reduction := range []backends.ReduceOpType{backends.ReduceOpSum, backends.ReduceOpMax} {
		registerReducer(reduction, dtypes.Bool, false, func(a, b []bool) {
			for i, v := range b {
				a[i] = a[i] || v
			}
		})
	}
	for _, reduction := range []backends.ReduceOpType{backends.ReduceOpProduct, backends.ReduceOpMin} {
		registerReducer(reduction, dtypes.Bool, true, func(a, b []bool) {
			for i, v := range b {
				a[i] = a[i] && v
			}
		})
	}
}

// registerSums enters sums and products.
func registerSums[T interface {
	dense.Number | dense.Complex
	dense.Element
}](dtype dtypes.DType) {
	registerReducer(backends.ReduceOpSum, dtype, 0, func(a, b []T) {
		for i, v := range b {
			a[i] += v
		}
	})
	registerReducer(backends.ReduceOpProduct, dtype, 1, func(a, b []T) {
		for i, v := range b {
			a[i] *= v
		}
	})
}

func registerWindows[T interface {
	dense.Number
	dense.Element
}](dtype dtypes.DType, lowest, highest T) {
	registerSums[T](dtype)
	registerReducer(backends.ReduceOpMax, dtype, lowest, func(a, b []T) {
		for i, v := range b {
			a[i] = max(a[i], v)
		}
	})
	registerReducer(backends.ReduceOpMin, dtype, highest, func(a, b []T) {
		for i, v := range b {
			a[i] = min(a[i], v)
		}
	})
	pick := func(reduction backends.ReduceOpType, keep func(a, b T) bool) {
		windowSelectors[windowKey{reduction, dtype}] = func(r *Run, n *graph.Node, in, out []*dense.Array) {
			arrays.SelectAndScatter(r.Pool, dense.Flat[T](out[0]), dense.Flat[T](in[0]), n.Shape.Dimensions,
				dense.Flat[T](in[1]),
				n.Attrs.(graph.WindowAttrs).Axes, 0, keep, func(a, b T) T { return a + b })
		}
	}
	pick(backends.ReduceOpMax, func(a, b T) bool { return a >= b })
	pick(backends.ReduceOpMin, func(a, b T) bool { return a <= b })
}
