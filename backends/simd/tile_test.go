package simd

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// TestIdleStateHoldsNothing checks that the state that a program keeps for its next run doesn't point to memory of the
// last one.
func TestIdleStateHoldsNothing(t *testing.T) {
	const size = 3000
	exp, err := kernelFor(backends.OpTypeExp, dtypes.Float32, dtypes.Float32)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{size: size, cost: 1, width: []int{4, 4}, stores: []int{1},
		inputs: []progInput{{width: 4, access: linear(size)}},
		instrs: []instr{{tiled: exp, args: [3]int{0, -1, -1}}},
		reduces: []progReduce{{value: 1, width: 4, out: access{dims: []axisStep{{size, 0}}}, outBytes: 4,
			combine:  lookupKernel(backends.OpTypeAdd, dtypes.Float32),
			fold:     foldFor(backends.OpTypeAdd, dtypes.Float32),
			identity: identityOf(backends.OpTypeAdd, dtypes.Float32)}},
	}
	p.finish()
	workers := pool.New(1)
	defer workers.Close()
	var m memory
	in, out, sum := make([]float32, size), make([]float32, size), make([]float32, 1)
	runPrograms(workers, &m, []*program{p}, [][][]byte{{bytesOf(in)}}, [][][]byte{{bytesOf(out), bytesOf(sum)}})
	if out[size-1] != 1 || sum[0] != size {
		t.Errorf("exp(0) is %v and its sum %v, want 1 and %d", out[size-1], sum[0], size)
	}
	w, ok := p.idle.Get().(*chunkRun)
	if !ok {
		t.Skip("nothing was kept")
	}
	held := append([][]byte{w.scratch}, w.vals...)
	for _, acc := range w.accs {
		held = append(held, acc.out, acc.tile)
	}
	for _, mem := range held {
		if mem != nil {
			t.Errorf("the state still holds %d bytes", len(mem))
		}
	}
	if w.in != nil || w.out != nil {
		t.Error("the state still holds its operands")
	}
}
