package pairs

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
)

// TestLossAtMinimiser: where each image is its noise moved by c, the action ⟨c, x⟩ is exact on the straight lines
// between them, and the loss is its minimum −½|c|² for every pair.
func TestLossAtMinimiser(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	c := []float32{1, -2, 0.5, 3} // of a 2×2 image
	var want float64
	for _, v := range c {
		want -= 0.5 * float64(v) * float64(v)
	}
	flat := make([]float32, 5*8)
	for j := range 5 {
		for k := range 4 {
			flat[8*j+k] = float32(math.Sin(float64(7*j + k)))
			flat[8*j+4+k] = flat[8*j+k] + c[k]
		}
	}
	objective, err := flows.ObjectiveByName("am", flows.ObjectiveSettings{Weight: flows.Constant,
		Estimator: flows.Pathwise})
	if err != nil {
		t.Fatal(err)
	}
	times, err := flows.TimesByName("uniform")
	if err != nil {
		t.Fatal(err)
	}
	action := func(_ *mlcontext.Context, _, x *graph.Node) *graph.Node {
		move := graph.Reshape(graph.Const(x.Graph(), c), 1, 2, 2, 1)
		return graph.ReduceSum(graph.Mul(x, graph.BroadcastToShape(move, x.Shape())), 1, 2, 3)
	}
	graphOf := func(vars *mlcontext.Context, batch *graph.Node) *graph.Node {
		return objective.Loss(vars, action, Path{}, times, batch)
	}
	exec := mlcontext.MustNewExec(backend, mlcontext.New(), graphOf)
	losses := exec.MustExec(tensors.FromFlatDataAndDimensions(flat, 5, 2, 2, 2, 1))[0]
	for i, got := range tensors.MustCopyFlatData[float32](losses) {
		if math.Abs(float64(got)-want) > 1e-5 {
			t.Errorf("loss of pair %d is %g, want %g", i, got, want)
		}
	}
}
