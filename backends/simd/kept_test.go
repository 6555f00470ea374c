package simd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

const keptChannels = 64

var keptShapes = []shapes.Shape{shapes.Make(dtypes.Float32, 4, 16, 16, keptChannels),
	shapes.Make(dtypes.Float32, 3, 3, keptChannels, keptChannels)}

// convolveBothWays is a convolution and its gradient by the images: both keep transformed weights.
func convolveBothWays(in []*Node) []*Node {
	y := Convolve(in[0], in[1]).PadSame().Done()
	return []*Node{y, Gradient(ReduceAllSum(Square(y)), in[0])[0]}
}

// execute returns the results as numbers.
func (e *Executable) execute(t *testing.T, donate []bool, in ...backends.Buffer) (flat []float32) {
	t.Helper()
	out, err := e.Execute(in, donate, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		flat = append(flat, dense.Cast[float32](o.(*Buffer).mem)...)
		if err := e.backend.BufferFinalize(o); err != nil {
			t.Fatal(err)
		}
	}
	return flat
}

// TestKeptWeights changes the weights of a convolution in every way that there is, each after so many runs that their
// transform is kept, and wants the bits of an executable that has never run before.
func TestKeptWeights(t *testing.T) {
	if kernels.Active() == kernels.Generic {
		t.Skip("without vector kernels there is no Winograd's algorithm")
	}
	e := compiled(t, keptShapes, convolveBothWays)
	b := e.backend
	r := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		return x
	}
	buffer := func(values []float32, shape shapes.Shape) backends.Buffer {
		buf, err := b.BufferFromFlatData(0, values, shape)
		if err != nil {
			t.Fatal(err)
		}
		return buf
	}
	images := buffer(numbers(keptShapes[0].Size()), keptShapes[0])
	values := numbers(keptShapes[1].Size())
	weights := buffer(values, keptShapes[1])
	var before int64
	check := func(what string) {
		t.Helper()
		fresh := compiledOn(t, b, keptShapes, convolveBothWays)
		want := fresh.execute(t, nil, images, weights)
		fresh.Finalize()
		for run := range 8 {
			if got := e.execute(t, nil, images, weights); !slices.Equal(got, want) {
				t.Fatalf("%s: other bits at run %d", what, run)
			}
			if run == 1 && before == 0 {
				before = b.memory.Held()
			}
		}
	}
	check("first weights")
	if kept := b.memory.Held() - before; kept < 2*4*36*keptChannels*keptChannels {
		t.Errorf("%d bytes more after many runs, less than the transformed weights of two convolutions", kept)
	}
	values = numbers(len(values))
	weights = buffer(values, keptShapes[1])
	check("a new buffer")
	shared, data, err := b.NewSharedBuffer(0, keptShapes[1])
	if err != nil {
		t.Fatal(err)
	}
	copy(data.([]float32), values)
	weights = shared
	check("a shared buffer of the same weights")
	data.([]float32)[len(values)/2+1]++ // a single element, which isn't one of the sampled
	check("a write to a shared buffer")
	flat, err := b.BufferData(weights)
	if err != nil {
		t.Fatal(err)
	}
	flat.([]float32)[7] = -flat.([]float32)[7]
	check("a write by BufferData")
	e.execute(t, []bool{false, true}, images, weights)
	weights = buffer(numbers(len(values)), keptShapes[1]) // in the memory of the donated
	check("a donated buffer and its memory")
}

// TestKeptWeightsOfTensors changes them as programs on GoMLX do.
func TestKeptWeightsOfTensors(t *testing.T) {
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	run := func(exec *Exec, images, weights *tensors.Tensor) []float32 {
		return tensors.MustCopyFlatData[float32](exec.MustExec(images, weights)[0])
	}
	network := func(x, kernel *Node) *Node { return Convolve(x, kernel).PadSame().Done() }
	exec := MustNewExec(backend, network)
	images, weights := tensors.FromShape(keptShapes[0]), tensors.FromShape(keptShapes[1])
	write := func(x *tensors.Tensor, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 3))
		tensors.MustMutableFlatData(x, func(flat []float32) {
			for i := range flat {
				flat[i] = r.Float32() - 0.5
			}
		})
	}
	write(images, 1)
	for seed := range uint64(4) {
		write(weights, seed+2)
		want := run(MustNewExec(backend, network), images, weights)
		for range 6 {
			if !slices.Equal(run(exec, images, weights), want) {
				t.Fatalf("the results of weights %d depend on what ran before", seed)
			}
		}
	}
}

// TestKeptWeightsTurns runs with two sets of weights in turns, of several goroutines' buffers: no transform lasts.
func TestKeptWeightsTurns(t *testing.T) {
	e := compiled(t, keptShapes, convolveBothWays)
	var inputs [2][]backends.Buffer
	var wants [2][]float32
	for i := range inputs {
		inputs[i] = e.backend.buffersOf(keptShapes)
		dense.Cast[float32](inputs[i][1].(*Buffer).mem)[i]++
		wants[i] = e.execute(t, nil, inputs[i]...)
	}
	for run := range 30 {
		if i := run / 5 % 2; !slices.Equal(e.execute(t, nil, inputs[i]...), wants[i]) {
			t.Fatalf("run %d has other bits", run)
		}
	}
	done := make(chan bool)
	for i := range 4 {
		go func() {
			same := true
			for range 8 {
				same = same && slices.Equal(e.execute(t, nil, inputs[i%2]...), wants[i%2])
			}
			done <- same
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("other bits beside runs with other weights")
		}
	}
}
