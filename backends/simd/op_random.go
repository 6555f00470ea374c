package simd

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

func init() {
	registerOp(backends.OpTypeRNGBitGenerator, func(r *run, _ *node, in, out []*array) error {
		state := arrays.Philox(flat[uint64](in[0]))
		next := state.Bytes(r.pool, out[1].mem)
		copy(flat[uint64](out[0]), next[:])
		return nil
	})
}
