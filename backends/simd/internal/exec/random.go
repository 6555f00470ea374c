package exec

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

func init() {
	registerOp(backends.OpTypeRNGBitGenerator, func(r *Run, _ *graph.Node, in, out []*dense.Array) error {
		state := arrays.Philox(dense.Flat[uint64](in[0]))
		next := state.Bytes(r.Pool, out[1].Mem)
		copy(dense.Flat[uint64](out[0]), next[:])
		return nil
	})
}
