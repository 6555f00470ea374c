package distill

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
)

// states are those of some samples of 2 numbers with n jumps: [samples, n + 1, 2].
func states(samples, n int) []float32 {
	flat := make([]float32, samples*(n+1)*2)
	for i := range flat {
		flat[i] = float32(math.Sin(float64(3 * i * i)))
	}
	return flat
}

// TestEuler: steps of Euler's method along the path's velocities lead through its states, for any number of jumps, and
// in the middle of a jump the path is between both.
func TestEuler(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	exec := mlcontext.MustNewExec(backend, mlcontext.New(),
		func(vars *mlcontext.Context, times, states *Node) []*Node {
			x, velocity := Path{}.Draw(vars, states).At(times)
			return []*Node{x, velocity}
		})
	const samples = 3
	for _, n := range []int{1, 2, 3, 4, 5, 7, 10, 49} {
		all := states(samples, n)
		at := func(i, k, c int) float64 { return float64(all[(i*(n+1)+k)*2+c]) }
		for k := range n {
			for _, part := range []float64{0, 0.5} {
				time := float32((float64(k) + part) / float64(n))
				batch := tensors.FromFlatDataAndDimensions(all, samples, n+1, 2)
				out := exec.MustExec([]float32{time, time, time}, batch)
				x, v := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
				for i := range samples {
					for c := range 2 {
						want := at(i, k, c) + part*(at(i, k+1, c)-at(i, k, c))
						if got := float64(x[2*i+c]); math.Abs(got-want) > 1e-4 {
							t.Errorf("%d jumps, %g after the start of jump %d: x %g, want %g", n, part, k, got, want)
						}
						end := float64(x[2*i+c]) + (1-part)/float64(n)*float64(v[2*i+c])
						if want := at(i, k+1, c); math.Abs(end-want) > 1e-4 {
							t.Errorf("%d jumps, from %g after the start of jump %d: to %g, want %g", n, part, k, end,
								want)
						}
					}
				}
			}
		}
	}
}

// TestTimes: all are starts of jumps, each equally often by Weyl's times.
func TestTimes(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	const n, batch = 5, 1000
	exec := mlcontext.MustNewExec(backend, mlcontext.New(), func(vars *mlcontext.Context, g *Graph) []*Node {
		times, density := Times{Jumps: n, Of: flows.WeylTimes{}}.Draw(vars, g, shapes.Make(dtypes.Float32, batch))
		return []*Node{times, density}
	})
	out := exec.MustExec()
	counts := map[float32]int{}
	for _, time := range tensors.MustCopyFlatData[float32](out[0]) {
		counts[time]++
	}
	for k := range n {
		start := float32(k) / n
		if c := counts[start]; c < batch/n-5 || c > batch/n+5 {
			t.Errorf("t=%g occurs %d times of %d, want %d ± 5", start, c, batch, batch/n)
		}
		delete(counts, start)
	}
	if len(counts) > 0 {
		t.Errorf("times that start no jump: %v", counts)
	}
	for _, p := range tensors.MustCopyFlatData[float32](out[1]) {
		if p != 1 {
			t.Fatalf("density %g, want 1", p)
		}
	}
}

// TestLossAtMinimiser: where each state is the one before moved by c/n, the action ⟨c, x⟩ is exact, and the loss of
// Action Matching is its minimum −½|c|² for every sample.
func TestLossAtMinimiser(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	const samples, n = 5, 4
	c := []float32{1, -2}
	want := -0.5 * float64(c[0]*c[0]+c[1]*c[1])
	flat := states(samples, n)
	for i := range flat {
		if k := i / 2 % (n + 1); k > 0 {
			flat[i] = flat[i-2*k] + c[i%2]*float32(k)/n
		}
	}
	times := Times{Jumps: n, Of: flows.UniformTimes{}}
	action := func(_ *mlcontext.Context, _, x *Node) *Node {
		return ReduceSum(Mul(x, BroadcastToShape(Reshape(Const(x.Graph(), c), 1, 2), x.Shape())), 1)
	}
	exec := mlcontext.MustNewExec(backend, mlcontext.New(), func(vars *mlcontext.Context, batch *Node) *Node {
		return flows.ActionMatching{}.Loss(vars, action, Path{}, times, batch)
	})
	losses := exec.MustExec(tensors.FromFlatDataAndDimensions(flat, samples, n+1, 2))[0]
	for i, got := range tensors.MustCopyFlatData[float32](losses) {
		if math.Abs(float64(got)-want) > 1e-5 {
			t.Errorf("loss of sample %d is %g, want %g", i, got, want)
		}
	}
}
