package flows_test

import (
	"testing"

	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/ml/context"
)

// Params counts what the network makes, and every parameter but the biases is multiplied once a point.
func TestMLPCost(t *testing.T) {
	const dim, batch = 3, 5
	for _, mlp := range []flows.MLP{{}, {Hidden: []int{7}}, {Hidden: []int{16, 8}}} {
		ctx := context.New()
		x := make([][]float32, batch)
		for i := range x {
			x[i] = make([]float32, dim)
		}
		_, err := context.ExecOnce(testBackend(t), ctx, func(ctx *context.Context, x *Node) *Node {
			return mlp.Action()(ctx, ReduceSum(x, 1), x)
		}, x)
		if err != nil {
			t.Fatal(err)
		}
		params, biases := 0, 0
		for v := range ctx.In("mlp").IterVariablesInScope() {
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
