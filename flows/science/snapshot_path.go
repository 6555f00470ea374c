package science

import (
	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// SnapshotPath goes through one point at each of its times, ascending from 0 to 1, in straight lines: between t_k and
// t_{k+1}
//
//	x_t = x_k + (t − t_k)/(t_{k+1} − t_k) (x_{k+1} − x_k),   ẋ_t = (x_{k+1} − x_k)/(t_{k+1} − t_k).
//
// An example of the data is a chain of points: [batch, times, dim]; the state is [batch, dim].
type SnapshotPath struct {
	Times []float64
}

// Draw implements [flows.Path].
func (p SnapshotPath) Draw(_ *mlcontext.Context, data *Node) flows.Curves {
	n := len(p.Times)
	if data.Rank() != 3 || data.Shape().Dimensions[1] != n || n < 2 {
		panic(errors.Errorf("science: data of shape %s; snapshots of %d times want chains, [batch, %d, dim], of two "+
			"at least",
			data.Shape(), n, n))
	}
	point := func(k int) *Node { return Squeeze(Slice(data, AxisRange(), AxisElem(k)), 1) } // [batch, dim]
	steps := Sub(Slice(data, AxisRange(), AxisRange(1)), Slice(data, AxisRange(), AxisRange(0, n-1)))
	starts, ends, lengths := p.Times[:n-1], append([]float64(nil), p.Times[1:]...), make([]float64, n-1)
	for k := range lengths {
		lengths[k] = ends[k] - starts[k]
	}
	ends[n-2] = 2 // t = 1 belongs to the last step
	row := func(values []float64) *Node {
		return ConvertDType(Const(data.Graph(), [][]float64{values}), data.DType())
	}
	sum := func(weights *Node) *Node { // Σ_k weights_k (x_{k+1} − x_k)
		return ReduceSum(Mul(ExpandDims(weights, -1), steps), 1)
	}
	return flows.Curves{
		Start: point(0),
		End:   point(n - 1),
		At: func(t *Node) (x, velocity *Node) {
			t = Reshape(t, -1, 1)
			done := ClipScalar(Div(Sub(t, row(starts)), row(lengths)), 0, 1) // [batch, times−1]
			in := ConvertDType(LogicalAnd(GreaterOrEqual(t, row(starts)), LessThan(t, row(ends))), data.DType())
			return Add(point(0), sum(done)), sum(Div(in, row(lengths)))
		},
	}
}

// Name implements [flows.Path].
func (SnapshotPath) Name() string { return "snapshots" }

// KnowsVelocity implements [flows.Path].
func (SnapshotPath) KnowsVelocity() bool { return true }
