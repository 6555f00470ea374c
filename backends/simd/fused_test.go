package simd_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"pgregory.net/rapid"
)

// fusedForms are what the compiler makes one pass, or one pass an example, of: x and y have the full shape, row that of
// the last axis. Without sums the order of operations is the same and so are the bits; the others add in another order.
var fusedForms = []struct {
	name  string
	sums  bool
	build func(x, y, row *Node, axes []int) *Node
}{
	{"element-wise chain", false, func(x, y, row *Node, _ []int) *Node {
		return Where(GreaterThan(x, y), Tanh(Mul(Exp(Neg(Abs(x))), row)),
			Sqrt(AddScalar(Square(Div(y, AddScalar(Abs(row), 1))), 1)))
	}},
	{"dtypes of other widths", false, func(x, y, row *Node, _ []int) *Node {
		n := ConvertDType(ClipScalar(MulScalar(x, 10), -100, 100), dtypes.Int8)
		wide := ConvertDType(Add(y, row), dtypes.Float64)
		return Add(ConvertDType(Mul(ConvertDType(n, dtypes.Float64), wide), dtypes.Float32), x)
	}},
	{"transposed operand", false, func(x, y, _ *Node, _ []int) *Node {
		perm := make([]int, x.Rank())
		for i := range perm {
			perm[i] = x.Rank() - 1 - i
		}
		return Add(TransposeAllAxes(Mul(x, y), perm...), Sin(TransposeAllAxes(y, perm...)))
	}},
	{"maximum", false, func(x, y, _ *Node, axes []int) *Node { // of any order
		return Sub(x, ReduceAndKeep(Mul(x, y), ReduceMax, axes...))
	}},
	{"sum", true, func(x, y, row *Node, axes []int) *Node { return ReduceSum(Mul(Mul(x, y), row), axes...) }},
	{"softmax", true, func(x, y, _ *Node, axes []int) *Node { return Mul(Softmax(x, axes...), y) }},
	{"normalisation", true, normalised},
	{"gradient of a normalisation", true, func(x, y, row *Node, axes []int) *Node {
		return Gradient(ReduceAllSum(Mul(normalised(x, y, row, axes), Cos(y))), x)[0]
	}},
	{"gradient of a gradient", true, func(x, y, row *Node, axes []int) *Node {
		dx := Gradient(ReduceAllSum(Square(normalised(x, y, row, axes))), x)[0]
		return Gradient(ReduceAllSum(Mul(dx, Sin(y))), x)[0]
	}},
	{"gradient of a softmax", true, func(x, y, row *Node, axes []int) *Node {
		return Gradient(ReduceAllSum(Mul(Softmax(Add(x, row), axes...), y)), row)[0]
	}},
}

// normalised is x less its mean over axes, divided by its deviation, scaled, offset and passed through SiLU.
func normalised(x, y, row *Node, axes []int) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, axes...))
	variance := ReduceAndKeep(Square(centred), ReduceMean, axes...)
	z := Add(Mul(Mul(centred, Rsqrt(AddScalar(variance, 0.01))), AddScalar(row, 1)), y)
	return Mul(z, Sigmoid(z))
}

// TestFusedForms compares each form, on random shapes and axes, with the same ops run one by one.
func TestFusedForms(t *testing.T) {
	fused, plain := newBackend(t, "simd:workers=2"), newBackend(t, "simd:workers=1,fuse=off")
	for _, form := range fusedForms {
		t.Run(form.name, rapid.MakeCheck(func(rt *rapid.T) {
			dims := make([]int, rapid.IntRange(1, 4).Draw(rt, "rank"))
			size := 1
			for i := range dims { // up to several tiles, chunks and bands
				dims[i] = rapid.IntRange(1, max(1, min(200, 60_000/size))).Draw(rt, fmt.Sprintf("dimension %d", i))
				size *= dims[i]
			}
			axes := drawSubset(rt, "axes", len(dims))
			if len(axes) == 0 {
				axes = []int{len(dims) - 1}
			}
			seed := rapid.Uint64().Draw(rt, "seed")
			rowDims := append(slices.Repeat([]int{1}, len(dims)-1), dims[len(dims)-1])
			var results [][]float32
			for _, exec := range []*Exec{
				MustNewExec(fused, func(x, y, row *Node) *Node { return form.build(x, y, row, axes) }),
				MustNewExec(plain, func(x, y, row *Node) *Node { return form.build(x, y, row, axes) }),
			} {
				out := exec.MustExec(noise(seed, dims...), noise(seed+1, dims...), noise(seed+2, rowDims...))[0]
				results = append(results, tensors.MustCopyFlatData[float32](out))
				out.MustFinalizeAll()
				exec.Finalize()
			}
			if !form.sums {
				if !slices.Equal(bits(results[0]), bits(results[1])) {
					rt.Fatal("fused and unfused results have other bits")
				}
				return
			}
			// A sum of n terms in another order differs by √n roundings of its largest terms, 250·2⁻²⁴ for 60 000;
			// derivatives multiply that by what they divide by, up to 10 here, once each.
			want := largest(results[1])
			if err := differ([][]float32{results[0]}, [][]float32{results[1]}, 2e-4*max(1, want)); err != nil {
				rt.Fatalf("%s over %v: %v", shapes.Make(dtypes.Float32, dims...), axes, err)
			}
		}))
	}
}

// largest is the largest magnitude.
func largest(x []float32) (m float64) {
	for _, v := range x {
		m = max(m, float64(v), -float64(v))
	}
	return m
}
