package tile

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/memory"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// TestIdleStateHoldsNothing checks that the state that a program keeps for its next run doesn't point to memory of the
// last one.
func TestIdleStateHoldsNothing(t *testing.T) {
	const size = 3000
	exp, err := element.KernelFor(backends.OpTypeExp, dtypes.Float32, dtypes.Float32)
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Size: size, Cost: 1, Width: []int{4, 4}, Stores: []int{1},
		Inputs: []Input{{Width: 4, Access: linear(size)}},
		Instrs: []Instr{{Tiled: exp, Args: [3]int{0, -1, -1}}},
		Reduces: []Reduce{{Value: 1, Width: 4, Out: Access{dims: []axisStep{{size, 0}}}, OutBytes: 4,
			Combine:  element.Lookup(backends.OpTypeAdd, dtypes.Float32),
			Fold:     element.FoldFor(backends.OpTypeAdd, dtypes.Float32),
			Identity: element.Identity(backends.OpTypeAdd, dtypes.Float32)}},
	}
	p.Finish()
	workers := pool.New(1)
	defer workers.Close()
	var m memory.Memory
	in, out, sum := make([]float32, size), make([]float32, size), make([]float32, 1)
	Run(workers, &m, []*Program{p}, [][][]byte{{dense.Bytes(in)}}, [][][]byte{{dense.Bytes(out), dense.Bytes(sum)}})
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
