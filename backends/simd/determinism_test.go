package simd

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSameBitsForAnyWorkers runs the second derivative of a normalisation, which goes example by example, with sums
// over single examples and over the batch, on one to five workers, and compares it to the same graph run op by op.
func TestSameBitsForAnyWorkers(t *testing.T) {
	for _, dims := range [][]int{{9, 14, 14, 16}, {12, 9, 7, 12}, {3, 9, 7, 12}} {
		run := func(config string) [][]float32 {
			backend, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			defer backend.Finalize()
			exec := MustNewExec(backend, func(x, scale, offset *Node) []*Node {
				dx := Gradient(ReduceAllSum(Square(groupNormSiLU(x, scale, offset))), x)[0]
				return append(Gradient(ReduceAllSum(Square(dx)), x, scale, offset), dx, ReduceSum(dx, 0, 1, 2))
			})
			var flat [][]float32
			c := dims[len(dims)-1]
			for _, o := range exec.MustExec(waves(dims...), waves(c), waves(c)) {
				flat = append(flat, tensors.MustCopyFlatData[float32](o))
			}
			return flat
		}
		want := run("workers=1")
		for workers := 2; workers <= 5; workers++ {
			if diff := cmp.Diff(want, run(fmt.Sprintf("workers=%d", workers))); diff != "" {
				t.Errorf("%v: %d workers differ from one", dims, workers)
			}
		}
		// Sums of a few thousand numbers of order ten, in another order: 1e-6 of them, which cancel in part.
		if diff := cmp.Diff(want, run("fuse=off"), cmpopts.EquateApprox(1e-3, 2e-3)); diff != "" {
			t.Errorf("%v: op by op (+) against fused (-):\n%s", dims, diff)
		}
	}
}

// waves fills an array with numbers in [-1, 1] that look random.
func waves(dims ...int) *tensors.Tensor {
	t := tensors.FromShape(shapes.Make(dtypes.Float32, dims...))
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i := range flat {
			flat[i] = float32(i*7919%10007)/5003 - 1
		}
	})
	return t
}
