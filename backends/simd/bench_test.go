package simd

import (
	"fmt"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// groupNormSiLU is what a U-Net does between two convolutions.
func groupNormSiLU(x, scale, offset *Node) *Node {
	n, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	grouped := Reshape(x, n, h, w, 4, c/4)
	centred := Sub(grouped, ReduceAndKeep(grouped, ReduceMean, 1, 2, 4))
	variance := ReduceAndKeep(Square(centred), ReduceMean, 1, 2, 4)
	y := Reshape(Div(centred, Sqrt(AddScalar(variance, 1e-6))), n, h, w, c)
	y = Add(Mul(y, Reshape(scale, 1, 1, 1, c)), Reshape(offset, 1, 1, 1, c))
	return Mul(y, Sigmoid(y))
}

// BenchmarkGroupNorm measures the forward pass, the gradient, and the gradient of a function of the gradient, and
// reports the traffic of its steps beside that of a copy of memory in the same run.
func BenchmarkGroupNorm(b *testing.B) {
	for _, dims := range [][]int{{32, 28, 28, 16}, {32, 14, 14, 32}} {
		for order, name := range []string{"forward", "gradient", "second"} {
			b.Run(fmt.Sprintf("shape=%v/graph=%s", dims, name), func(b *testing.B) {
				benchmarkGraph(b, dims, func(x, scale, offset, weight *Node) []*Node {
					y := groupNormSiLU(x, scale, offset)
					if order == 0 {
						return []*Node{y}
					}
					dx := Gradient(ReduceAllSum(Mul(y, weight)), x)[0]
					if order == 1 {
						return []*Node{dx}
					}
					return Gradient(ReduceAllSum(Mul(Square(dx), weight)), x, scale, offset)
				})
			})
		}
	}
}

func benchmarkGraph(b *testing.B, dims []int, build func(x, scale, offset, weight *Node) []*Node) {
	engine, err := New("profile=on")
	if err != nil {
		b.Fatal(err)
	}
	defer engine.Finalize()
	backend := engine.(*Backend)
	c := dims[len(dims)-1]
	inputs := []any{waves(dims...), waves(c), waves(c), waves(dims...)}
	exec := MustNewExec(engine, build)
	run := func() {
		for _, out := range exec.MustExec(inputs...) {
			out.FinalizeAll()
		}
	}
	run()
	backend.ResetProfile()
	for b.Loop() {
		run()
	}
	var total time.Duration
	bytes := int64(0)
	for _, e := range backend.Profile() {
		total += e.Time
		bytes += e.Bytes
	}
	b.ReportMetric(float64(bytes)/float64(total.Nanoseconds()), "GB/s")
	b.ReportMetric(copySpeed(), "copy-GB/s")
	b.ReportMetric(float64(bytes)/float64(b.N)/float64(4*shapes.Make(dtypes.Float32, dims...).Size()), "arrays")
	if testing.Verbose() {
		for _, e := range backend.Profile() {
			b.Logf("%d× %v %s %s", e.Count, e.Time/time.Duration(e.Count), e.Kind, e.Shapes)
		}
	}
}

// copySpeed is the bytes read and written a nanosecond by one core's copy of 1.6 MB, the size of the benchmark's
// arrays.
func copySpeed() float64 {
	src, dst := make([]byte, 32*28*28*16*4), make([]byte, 32*28*28*16*4)
	start := time.Now()
	const times = 200
	for range times {
		copy(dst, src)
	}
	return float64(2*times*len(src)) / float64(time.Since(start).Nanoseconds())
}
