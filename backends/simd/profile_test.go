package simd

import (
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

// TestProfileCounts checks the work that each kind of op reports against counts by hand, and that a reset forgets it.
func TestProfileCounts(t *testing.T) {
	float := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	tests := []struct {
		name         string
		operands     []shapes.Shape
		build        func(x, y *Node) *Node
		kind         string
		flops, bytes int64 // of one run
	}{
		{"dot", []shapes.Shape{float(3, 5), float(5, 7)}, Dot, "DotGeneral", 2 * 3 * 5 * 7, 4 * (15 + 35 + 21)},
		{"batch of dots", []shapes.Shape{float(4, 3, 5), float(4, 5, 7)},
			func(x, y *Node) *Node { return Einsum("bik,bkj->bij", x, y) },
			"DotGeneral", 2 * 4 * 3 * 5 * 7, 4 * 4 * (15 + 35 + 21)},
		{"convolution", []shapes.Shape{float(2, 6, 6, 3), float(3, 3, 3, 5)},
			func(x, y *Node) *Node { return Convolve(x, y).Strides(2).NoPadding().Done() },
			"ConvGeneral", 2 * 2 * 2 * 2 * 5 * 27, 4 * (2*36*3 + 9*15 + 2*4*5)},
		{"dilated input", []shapes.Shape{float(1, 3, 1), float(3, 1, 1)}, func(x, y *Node) *Node {
			// Outputs 0 1 2 of the input a0b0c meet 2 1 2 of its elements.
			return ConvGeneral(x, y, ConvolveAxesConfig{InputBatch: 0, InputSpatial: []int{1}, InputChannels: 2,
				KernelSpatial: []int{0}, KernelInputChannels: 1, KernelOutputChannels: 2,
				OutputBatch: 0, OutputSpatial: []int{1}, OutputChannels: 2}, []int{1}, nil, []int{2}, nil, 1, 1)
		}, "ConvGeneral", 2 * 5, 4 * (3 + 3 + 3)},
		{"cluster", []shapes.Shape{float(10, 20), float(10, 20)},
			func(x, y *Node) *Node { return ReduceSum(Mul(Add(x, y), x), 0) },
			"cluster", 3 * 200, 4 * (400 + 20)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			engine, err := New("profile=on")
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Finalize()
			exec := MustNewExec(engine, test.build)
			defer exec.Finalize()
			run := func() {
				exec.MustExec(waves(test.operands[0].Dimensions...), waves(test.operands[1].Dimensions...))
			}
			backend := engine.(*Backend)
			run()
			backend.ResetProfile()
			if got := backend.Profile(); got != nil {
				t.Fatalf("after a reset: %+v", got)
			}
			run()
			run()
			list := backend.Profile()
			if len(list) != 1 {
				t.Fatalf("%d entries, want 1: %+v", len(list), list)
			}
			got := list[0]
			if got.Time <= 0 {
				t.Errorf("took %v", got.Time)
			}
			want := ProfileEntry{Kind: test.kind, Shapes: got.Shapes, Count: 2, Time: got.Time, FLOPs: 2 * test.flops,
				Bytes: 2 * test.bytes}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProfileOff checks that nothing is kept without the option.
func TestProfileOff(t *testing.T) {
	engine, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Finalize()
	MustExecOnce(engine, func(x *Node) *Node { return Neg(x) }, []float32{1})
	if got := engine.(*Backend).Profile(); got != nil {
		t.Errorf("got %+v", got)
	}
}
