package flows_test

import (
	"math"
	"testing"

	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Params counts what the network makes, and every parameter but the biases is multiplied once a point.
func TestMLPCost(t *testing.T) {
	const dim, batch = 3, 5
	for _, mlp := range []flows.MLP{{}, {Hidden: []int{7}}, {Hidden: []int{16, 8}}} {
		vars := mlcontext.New()
		x := make([][]float32, batch)
		for i := range x {
			x[i] = make([]float32, dim)
		}
		_, err := mlcontext.ExecOnce(testBackend(t), vars, func(vars *mlcontext.Context, x *Node) *Node {
			return mlp.Action()(vars, ReduceSum(x, 1), x)
		}, x)
		if err != nil {
			t.Fatal(err)
		}
		params, biases := 0, 0
		for v := range vars.In("mlp").IterVariablesInScope() {
			params += v.Shape().Size()
			if v.Shape().Rank() == 1 {
				biases += v.Shape().Size()
			}
		}
		if got := mlp.Params(dim); got != params {
			t.Errorf("%v has %d parameters, told %d", mlp.Hidden, params, got)
		}
		if got, want := mlp.FLOPs(dim, batch), int64(2*batch*(params-biases)); got != want {
			t.Errorf("%v takes %d operations, told %d", mlp.Hidden, want, got)
		}
	}
}

// The signed action is the sum of the perceptron's outputs, from the same parameters, and takes either sign; the other
// is never below 0.
func TestMLPSigned(t *testing.T) {
	mlp := flows.MLP{Hidden: []int{16}}
	x := [][]float64{{3, 1}, {-3, -1}, {0.5, 4}, {-2, 2}}
	vars := mlcontext.New()
	if err := vars.SetRNGStateFromSeed(5); err != nil {
		t.Fatal(err)
	}
	exec, err := mlcontext.NewExec(testBackend(t), vars, func(vars *mlcontext.Context, x *Node) []*Node {
		time := ReduceSum(x, 1)
		again := vars.Checked(false)
		return []*Node{mlp.Signed()(again, time, x), mlp.Field()(again, time, x), mlp.Action()(again, time, x)}
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(x)
	if err != nil {
		t.Fatal(err)
	}
	signed, field, distance := float64s(t, out[0]), float64s(t, out[1]), float64s(t, out[2])
	above := false
	below := false
	for i := range x {
		if want := field[2*i] + field[2*i+1]; !(math.Abs(signed[i]-want) <= 1e-12) {
			t.Errorf("signed action %g, want the sum %g", signed[i], want)
		}
		above, below = above || signed[i] > 0, below || signed[i] < 0
		if !(distance[i] >= 0) {
			t.Errorf("½‖x − h‖² = %g", distance[i])
		}
	}
	if !above || !below {
		t.Errorf("signed actions %v, want some above 0 and some below", signed)
	}
}
