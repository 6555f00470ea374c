package simd_test

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

// TestMovementByHand checks one small case of each movement op that simplego lacks, worked out by hand.
func TestMovementByHand(t *testing.T) {
	exec := MustNewExec(newBackend(t, "simd"), func(x *Node) []*Node {
		g := x.Graph()
		at := func(i int32) *Node { return Const(g, i) }
		return []*Node{
			Pad(x, Const(g, float32(9)), backends.PadAxis{Start: 1}, backends.PadAxis{End: -1, Interior: 1}),
			Reverse(x, 1),
			DynamicSlice(x, []*Node{at(5), at(-1)}, []int{1, 2}),
			DynamicUpdateSlice(x, Const(g, [][]float32{{7, 8}}), []*Node{at(0), at(2)}),
			Bitcast(x, dtypes.Uint32),
			Iota(g, shapes.Make(dtypes.BFloat16, 2, 2), 1),
		}
	})
	out := exec.MustExec([][]float32{{1, 2, 3}, {4, 5, 6}})
	want := []any{
		[][]float32{{9, 9, 9, 9}, {1, 9, 2, 9}, {4, 9, 5, 9}},
		[][]float32{{3, 2, 1}, {6, 5, 4}},
		[][]float32{{4, 5}},
		[][]float32{{1, 7, 8}, {4, 5, 6}},
		[][]uint32{{0x3f800000, 0x40000000, 0x40400000}, {0x40800000, 0x40a00000, 0x40c00000}},
	}
	for i, w := range want {
		if diff := cmp.Diff(w, out[i].Value()); diff != "" {
			t.Errorf("output %d (-want +got):\n%s", i, diff)
		}
	}
}
