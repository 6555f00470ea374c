package kernels

import "fmt"

// The vector kernels (vec_*.go) work on float32 tiles: short slices of equal length, resident in the first-level
// cache. The rules they share:
//
//   - dst decides the length; an operand that is shorter panics, one that is longer is read as far as dst goes.
//   - dst may be exactly the same memory as any operand; it must not overlap one in part.
//   - Nothing is allocated, and nothing outside the slices is read or written.
//   - Arithmetic, comparisons, conversions, reductions and moves yield the same bits at every Level (any NaN counts
//     as equal to any other). The transcendental functions yield the same bits at NEON, AVX2 and AVX512; the twins
//     evaluate them in float64 and round once. Each doc comment states the error bound, in units in the last place
//     (ulp) of the exact result, that holds at every level.
//   - What an element becomes depends on that element alone, never on its place in the tile or on its neighbours.

//go:generate go -C ../asmgen run . -kernels vecarith -pkg kernels -out ../kernels/vec_arith_amd64.s -stubs ../kernels/vec_arith_amd64.go
//go:generate go -C ../asmgen run . -kernels vecmath -pkg kernels -out ../kernels/vec_math_amd64.s -stubs ../kernels/vec_math_amd64.go
//go:generate go -C ../asmgen run . -kernels veccompare -pkg kernels -out ../kernels/vec_compare_amd64.s -stubs ../kernels/vec_compare_amd64.go
//go:generate go -C ../asmgen run . -kernels vecreduce -pkg kernels -out ../kernels/vec_reduce_amd64.s -stubs ../kernels/vec_reduce_amd64.go
//go:generate go -C ../asmgen run . -kernels vecconvert -pkg kernels -out ../kernels/vec_convert_amd64.s -stubs ../kernels/vec_convert_amd64.go
//go:generate go -C ../asmgen run . -kernels vecmove -pkg kernels -out ../kernels/vec_move_amd64.s -stubs ../kernels/vec_move_amd64.go
//go:generate go -C ../asmgen run . -kernels vecphilox -pkg kernels -out ../kernels/vec_philox_amd64.s -stubs ../kernels/vec_philox_amd64.go

//go:generate go -C ../asmgen run ./neon -kernels vecarith -out ../kernels/vec_arith_arm64.s -stubs ../kernels/vec_arith_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels vecmath -out ../kernels/vec_math_arm64.s -stubs ../kernels/vec_math_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels veccompare -out ../kernels/vec_compare_arm64.s -stubs ../kernels/vec_compare_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels vecreduce -out ../kernels/vec_reduce_arm64.s -stubs ../kernels/vec_reduce_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels vecconvert -out ../kernels/vec_convert_arm64.s -stubs ../kernels/vec_convert_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels vecmove -out ../kernels/vec_move_arm64.s -stubs ../kernels/vec_move_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels vecphilox -out ../kernels/vec_philox_arm64.s -stubs ../kernels/vec_philox_arm64.go

// vecTable holds the kernels of one Level.
type vecTable struct {
	add, sub, mul, div, max, min func(dst, a, b []float32)

	addScalar, subScalar, mulScalar, divScalar, maxScalar, minScalar func(dst, a []float32, s float32)
	scalarSub, scalarDiv                                             func(dst, a []float32, s float32)

	mulAdd func(dst, a, b, c []float32)

	neg, abs, sqrt, rsqrt, recip, sign, floor, ceil, round   func(dst, a []float32)
	exp, expm1, log, log1p, tanh, logistic, sin, cos, erf    func(dst, a []float32)
	equal, notEqual, less, lessEqual, greater, greaterEqual  func(dst []bool, a, b []float32)
	equalScalar, notEqualScalar, lessScalar, lessEqualScalar func(dst []bool, a []float32, s float32)
	greaterScalar, greaterEqualScalar                        func(dst []bool, a []float32, s float32)
	where                                                    func(dst []float32, cond []bool, a, b []float32)
	sum, reduceMax, reduceMin                                func(a []float32) float32
	uint8ToFloat32                                           func(dst []float32, a []uint8)
	int32ToFloat32                                           func(dst []float32, a []int32)
	uint32ToFloat32                                          func(dst []float32, a []uint32)
	bfloat16ToFloat32, float16ToFloat32                      func(dst []float32, a []uint16)
	float32ToBFloat16, float32ToFloat16                      func(dst []uint16, a []float32)
	fill                                                     func(dst []float32, v float32)
	transpose                                                func(dst []float32, dstStride int, src []float32,
		srcStride, rows, cols int)
	philoxBlocks func(dst []byte, key, low, high uint64)
}

// vecTables holds the kernels of every Level, so that switching levels is an index.
var vecTables = func() (t [levelCount]vecTable) {
	for l := range t {
		t[l] = vecGeneric
	}
	vecAssembly(&t)
	return t
}()

// vec returns the kernels of the active level.
func vec() *vecTable { return &vecTables[active.Load()] }

// upTo returns the first n elements of an operand.
func upTo[T any](a []T, n int) []T {
	if len(a) < n {
		panicShort(len(a), n)
	}
	return a[:n]
}

//go:noinline
func panicShort(got, want int) {
	panic(fmt.Sprintf("kernels: operand of length %d for a dst of length %d; pass operands at least as long as dst",
		got, want))
}
