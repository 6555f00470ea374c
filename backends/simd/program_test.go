package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	_ "github.com/amgen/amgen/internal/autodiff" // gradients of every op, and of gradients
)

// program is a random graph of package graph: hundreds of ops of every kind, with gradients on demand. The same seed
// and number of ops make the same graph on every backend, and the graph of fewer ops is the beginning of that of more,
// so that a failure is narrowed down by dropping ops from the end.
//
// Values stay of order one, so that one tolerance fits all. What jumps (comparisons, rounding to integers) acts on
// exact values alone, and so does, where gradients are taken, what has kinks: there rounding would change the result at
// will.
type program struct {
	seed     uint64
	ops      int
	gradient int // derivatives taken: 0, 1 or 2
	dtype    dtypes.DType
	last     bool // return the last value alone

	missing map[backends.OpType]bool // ops to do without
}

// value is a node of a program.
type value struct {
	*Node
	exact bool // made without rounding: every backend has the same bits
}

// draft is a program while it is built.
type draft struct {
	program
	rng    *rand.Rand
	graph  *Graph
	values []value // floats
	bools  []value // exact all
	ints   []value // exact all
}

// newProgram derives the kind of a program from its seed. If there are ops that the oracle lacks, as simplego does,
// every other program has neither them nor gradients, which need them.
func newProgram(seed uint64, ops int, missing map[backends.OpType]bool) program {
	p := program{seed: seed, ops: ops, dtype: dtypes.Float32}
	if rng := p.random(0); rng.IntN(5) == 0 {
		p.dtype = dtypes.Float64
	}
	if len(missing) > 0 && seed%2 == 0 {
		p.missing = missing
		return p
	}
	if p.gradient = int(seed % 3); p.gradient == 2 {
		p.ops = min(ops, 60) // second derivatives of more make many thousands of ops
	}
	return p
}

// String names the program for a failure's report.
func (p program) String() string {
	return fmt.Sprintf("program %d: %d ops, %d derivatives, %s", p.seed, p.ops, p.gradient, p.dtype)
}

// simple reports whether the program must do without what the oracle lacks.
func (p program) simple() bool { return len(p.missing) > 0 }

// random is the program's random numbers for one purpose.
func (p program) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(p.seed, purpose)) }

// programDims are the shapes that programs start from: some for fused loops of all forms, one with the channels that
// Winograd's algorithm is for.
var programDims = [][]int{{4, 6, 6, 8}, {3, 5, 7}, {8, 33}, {2, 12, 12, 3}, {2, 3, 4, 5, 6}, {64, 20}, {300},
	{5, 1, 40},
	{16, 8, 8, 4}, {1, 10, 12, 16}, {9, 4, 31}, {3, 16, 16, 32}}

func (p program) dims() []int { return programDims[p.random(4).IntN(len(programDims))] }

// inputs are three arrays of the full shape, one of the last axis, a matrix, and integers.
func (p program) inputs() []any {
	rng, dims := p.random(1), p.dims()
	floats := func(dims ...int) *tensors.Tensor {
		flat := make([]float64, shapes.Make(dtypes.Float64, dims...).Size())
		for i := range flat {
			flat[i] = rng.NormFloat64()
		}
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	ints := make([]int32, 24)
	for i := range ints {
		ints[i] = rng.Int32N(100)
	}
	last := dims[len(dims)-1]
	return []any{floats(dims...), floats(dims...), floats(dims...), floats(last), floats(last, 12),
		tensors.FromFlatDataAndDimensions(ints, len(ints))}
}

// build makes the graph. Values of float32 arrive as float64 and are rounded first, which is exact.
func (p program) build(inputs []*Node) []*Node {
	d := &draft{program: p, rng: p.random(2), graph: inputs[0].Graph()}
	var leaves []*Node
	for _, x := range inputs[:len(inputs)-1] {
		leaf := Identity(ConvertDType(x, p.dtype))
		leaves = append(leaves, leaf)
		d.values = append(d.values, value{leaf, true})
	}
	d.ints = append(d.ints, value{inputs[len(inputs)-1], true})
	for range p.ops {
		d.step()
	}
	outputs := d.outputs()
	for order := range p.gradient {
		// A sum over everything, weighed so that no sum is constant, and gradients are of order one.
		loss := ScalarZero(d.graph, p.dtype)
		for i, x := range outputs {
			sum := ReduceAllSum(Mul(x, Cos(AddScalar(x, float64(i+order)))))
			loss = Add(loss, MulScalar(sum, 1/math.Sqrt(float64(x.Shape().Size()))))
		}
		outputs = append(outputs, Gradient(loss, leaves...)...)
	}
	if p.gradient == 0 && !p.last {
		for _, x := range slices.Concat(d.bools, d.ints) {
			if d.rng.IntN(3) == 0 {
				outputs = append(outputs, ConvertDType(x.Node, p.dtype))
			}
		}
	}
	for i, x := range outputs {
		outputs[i] = ConvertDType(x, dtypes.Float64)
	}
	return outputs
}

// outputs picks some of the values, and the last.
func (d *draft) outputs() []*Node {
	outputs := []*Node{d.values[len(d.values)-1].Node}
	if d.last {
		return outputs
	}
	for _, v := range d.values {
		if d.rng.IntN(12) == 0 {
			outputs = append(outputs, v.Node)
		}
	}
	return outputs
}

// maxValue bounds the elements of a value.
const maxValue = 30_000

// step appends one op; kinds that do not apply to what they drew give way to others.
func (d *draft) step() {
	for range 100 {
		k := programKinds[d.rng.IntN(len(programKinds))]
		if lacks := slices.ContainsFunc(k.needs, func(op backends.OpType) bool { return d.missing[op] }); !lacks &&
			k.draw(d) {
			return
		}
	}
}

// kind is a way to append an op.
type kind struct {
	draw  func(d *draft) bool
	needs []backends.OpType // that simplego lacks
}

// programKinds lists the kinds, the more frequent ones several times. An init function fills it.
var programKinds []kind

func addKind(weight int, draw func(d *draft) bool, needs ...backends.OpType) {
	for range weight {
		programKinds = append(programKinds, kind{draw, needs})
	}
}

// pick draws a value, one of the latest half more often.
func (d *draft) pick() value {
	n := len(d.values)
	if d.rng.IntN(2) == 0 {
		return d.values[n/2+d.rng.IntN(n-n/2)]
	}
	return d.values[d.rng.IntN(n)]
}

// pickExact draws an exact value.
func (d *draft) pickExact() value {
	var exact []value
	for _, v := range d.values {
		if v.exact {
			exact = append(exact, v)
		}
	}
	return exact[d.rng.IntN(len(exact))]
}

// pickKinked draws a value for an op with a kink.
func (d *draft) pickKinked() value {
	if d.gradient > 0 {
		return d.pickExact()
	}
	return d.pick()
}

// pickLike draws a value of x's shape, an exact one if asked for; x itself if there is no other.
func (d *draft) pickLike(x value, exact bool) value {
	return d.pickAmong(d.values, x, func(v value) bool {
		return (v.exact || !exact) && slices.Equal(v.Shape().Dimensions, x.Shape().Dimensions)
	})
}

// pickAmong draws one of the values that fit, x if there is none.
func (d *draft) pickAmong(values []value, x value, fits func(value) bool) value {
	var fitting []value
	for _, v := range values {
		if fits(v) {
			fitting = append(fitting, v)
		}
	}
	if len(fitting) == 0 {
		return x
	}
	return fitting[d.rng.IntN(len(fitting))]
}

// add appends a value unless it is too large or has no elements.
func (d *draft) add(x *Node, exact bool) bool {
	if n := x.Shape().Size(); n == 0 || n > maxValue || x.Rank() > 6 {
		return false
	}
	d.values = append(d.values, value{x, exact})
	return true
}

// calm brings values back to order one.
func calm(x *Node) *Node { return Tanh(x) }

// someAxes draws axes of x, at least one.
func (d *draft) someAxes(x value) (axes []int) {
	for axis := range x.Rank() {
		if d.rng.IntN(2) == 0 {
			axes = append(axes, axis)
		}
	}
	if len(axes) == 0 && x.Rank() > 0 {
		axes = append(axes, d.rng.IntN(x.Rank()))
	}
	return axes
}

// run compiles and runs the program on a backend. Panics of package graph and the backends become errors.
func (p program) run(backend backends.Backend) (results []array, nodes int, err error) {
	exec, err := NewExec(backend, func(inputs []*Node) []*Node {
		outputs := p.build(inputs)
		nodes = len(inputs[0].Graph().Nodes())
		return outputs
	})
	if err != nil {
		return nil, 0, err
	}
	defer exec.Finalize()
	outputs, err := exec.Exec(p.inputs()...)
	if err != nil {
		return nil, nodes, err
	}
	for _, o := range outputs {
		results = append(results, array{o.Shape(), tensors.MustCopyFlatData[float64](o)})
		if err := o.FinalizeAll(); err != nil {
			return nil, nodes, err
		}
	}
	return results, nodes, nil
}
