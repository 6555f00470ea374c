package simd_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(...any)
}

// execute builds a computation of parameters with the given values and returns its output's values.
func execute[T float32 | float64](t failer, b backends.Backend, args [][]T, dims [][]int,
	build func(builder backends.Builder, in []backends.Op) (backends.Op, error)) []T {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	builder := b.Builder("test")
	var in []backends.Op
	var buffers []backends.Buffer
	for i, arg := range args {
		shape := shapes.Shape{DType: dtypes.FromGenericsType[T](), Dimensions: dims[i]}
		op, err := builder.Parameter(string(rune('a'+i)), shape, nil)
		must(err)
		in = append(in, op)
		buffer, err := b.BufferFromFlatData(0, arg, shape)
		must(err)
		buffers = append(buffers, buffer)
	}
	result, err := build(builder, in)
	must(err)
	exec, err := builder.Compile([]backends.Op{result}, nil)
	must(err)
	out, err := exec.Execute(buffers, nil, 0)
	must(err)
	shape, err := b.BufferShape(out[0])
	must(err)
	values := make([]T, shape.Size())
	must(b.BufferToFlatData(out[0], values))
	return values
}

func randomFlat[T float32 | float64](seed uint64, n int) []T {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.Float32() - 0.5)
	}
	return x
}

// einsumAxis is an axis with its size and its stride in every operand and the result.
type einsumAxis struct {
	size          int
	lhs, rhs, out int
}

// TestDotGeneral compares products over random axes in random orders with a sum over all indices, written down from
// the definition. Sizes may be zero.
func TestDotGeneral(t *testing.T) {
	b := newBackend(t, "simd:workers=2")
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []int {
			size := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 9, 17})
			return rapid.SliceOfN(size, 0, 2).Draw(t, name)
		}
		batch, inner, rows, cols := draw("batch"), draw("inner"), draw("rows"), draw("cols")
		// Axis i of the list of an operand's axes (batch, inner, free) is axis order[i] of the operand.
		lhsSizes, rhsSizes := slices.Concat(batch, inner, rows), slices.Concat(batch, inner, cols)
		lhsOrder := rapid.Permutation(iota(len(lhsSizes))).Draw(t, "lhs")
		rhsOrder := rapid.Permutation(iota(len(rhsSizes))).Draw(t, "rhs")
		// Free axes keep their order in the result.
		slices.Sort(lhsOrder[len(batch)+len(inner):])
		slices.Sort(rhsOrder[len(batch)+len(inner):])
		lhsDims, lhsStrides := permuted(lhsSizes, lhsOrder)
		rhsDims, rhsStrides := permuted(rhsSizes, rhsOrder)
		outDims, outStrides := permuted(slices.Concat(batch, rows, cols), iota(len(batch)+len(rows)+len(cols)))

		var all []einsumAxis
		for i, size := range slices.Concat(batch, inner) {
			x := einsumAxis{size: size, lhs: lhsStrides[i], rhs: rhsStrides[i]}
			if i < len(batch) {
				x.out = outStrides[i]
			}
			all = append(all, x)
		}
		for i, size := range rows {
			all = append(all, einsumAxis{size: size, lhs: lhsStrides[len(batch)+len(inner)+i],
				out: outStrides[len(batch)+i]})
		}
		for i, size := range cols {
			all = append(all, einsumAxis{size: size, rhs: rhsStrides[len(batch)+len(inner)+i],
				out: outStrides[len(batch)+len(rows)+i]})
		}
		lhs, rhs := randomFlat[float64](1, product(lhsDims)), randomFlat[float64](2, product(rhsDims))
		want := make([]float64, product(outDims))
		einsum(all, want, lhs, rhs)

		build := func(builder backends.Builder, in []backends.Op) (backends.Op, error) {
			nb, ni := len(batch), len(batch)+len(inner)
			return builder.DotGeneral(in[0], lhsOrder[nb:ni], lhsOrder[:nb], in[1], rhsOrder[nb:ni], rhsOrder[:nb])
		}
		got := execute(t, b, [][]float64{lhs, rhs}, [][]int{lhsDims, rhsDims}, build)
		got32 := execute(t, b, [][]float32{narrowed(lhs), narrowed(rhs)}, [][]int{lhsDims, rhsDims}, build)
		for i := range want {
			// At most 17² products below 1/4 each, so sums below 73 whose rounding is 1e-14 and 1e-5 at most.
			if math.Abs(got[i]-want[i]) > 1e-13 || math.Abs(float64(got32[i])-want[i]) > 1e-4 {
				t.Fatalf("element %d is %g in float64, %g in float32, want %g", i, got[i], got32[i], want[i])
			}
		}
	})
}

// einsum adds the product of every combination of indices to its element of out.
func einsum(axes []einsumAxis, out, lhs, rhs []float64) {
	if len(axes) == 0 {
		out[0] += lhs[0] * rhs[0]
		return
	}
	x := axes[0]
	for i := range x.size {
		if o, l, r := i*x.out, i*x.lhs, i*x.rhs; o < len(out) && l < len(lhs) && r < len(rhs) {
			einsum(axes[1:], out[o:], lhs[l:], rhs[r:])
		}
	}
}

func iota(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

// permuted returns the dimensions of an array whose axis order[i] has sizes[i], and the stride that i has in it.
func permuted(sizes, order []int) (dims, strides []int) {
	dims, strides = make([]int, len(sizes)), make([]int, len(sizes))
	for i, axis := range order {
		dims[axis] = sizes[i]
	}
	for i, axis := range order {
		strides[i] = product(dims[axis+1:])
	}
	return dims, strides
}

func product(x []int) int {
	p := 1
	for _, v := range x {
		p *= v
	}
	return p
}

func narrowed(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// TestDotRefuses checks that mistakes in the axes are errors and not crashes.
func TestDotRefuses(t *testing.T) {
	b := newBackend(t, "simd").Builder("refuse")
	x, err := b.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, axes := range map[string][4][]int{
		"sizes":    {{1}, nil, {0}, nil},
		"repeated": {{1, 1}, nil, {1, 1}, nil},
		"unpaired": {{1}, nil, nil, nil},
		"range":    {{2}, nil, {1}, nil},
		"batch":    {{1}, {1}, {1}, {1}},
	} {
		if _, err := b.DotGeneral(x, axes[0], axes[1], x, axes[2], axes[3]); err == nil {
			t.Errorf("%s: axes %v were accepted", name, axes)
		}
	}
}
