package simd

import (
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestBandsJoinWhatShares counts the steps of clusters that could all go band by band: those that share an array
// become one, those that share only a scalar stay apart.
func TestBandsJoinWhatShares(t *testing.T) {
	normalised := func(x *Node) *Node { // two clusters, the second of which reads the first's sums
		return Sub(x, BroadcastToShape(ReduceAndKeep(x, ReduceSum, -1), x.Shape()))
	}
	array := shapes.Make(dtypes.Float32, 16, 64)
	other := shapes.Make(dtypes.Float32, 16, 32)
	third := shapes.Make(dtypes.Float32, 32, 64)
	tests := []struct {
		name  string
		build func(in []*Node) []*Node
		parts []int // of each step
	}{
		{"one array", func(in []*Node) []*Node { return []*Node{normalised(in[0])} }, []int{2}},
		{"a scalar", func(in []*Node) []*Node {
			return []*Node{Mul(in[0], in[3]), Mul(in[1], in[3]), Mul(in[2], in[3])}
		}, []int{1, 1, 1}},
		{"arrays of their own", func(in []*Node) []*Node {
			return []*Node{normalised(in[0]), Exp(in[1]), normalised(in[2])}
		}, []int{2, 1, 2}},
		{"an array in the end", func(in []*Node) []*Node {
			x, y := normalised(in[0]), normalised(in[1])
			return []*Node{x, y, Concatenate([]*Node{x, y}, 1)}
		}, []int{2, 2, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := compiled(t, []shapes.Shape{array, other, third, shapes.Make(dtypes.Float32)}, test.build)
			var parts []int
			for _, s := range e.plan.Steps {
				parts = append(parts, len(s.Parts))
			}
			if !sameCounts(parts, test.parts) {
				t.Errorf("steps of %v clusters, want %v", parts, test.parts)
			}
		})
	}
}

// sameCounts compares lists whatever their order.
func sameCounts(a, b []int) bool {
	times := map[int]int{}
	for _, x := range a {
		times[x]++
	}
	for _, x := range b {
		times[x]--
	}
	for _, n := range times {
		if n != 0 {
			return false
		}
	}
	return true
}
