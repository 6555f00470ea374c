package simd_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
)

// plannedGraph is a random program: a step computes one value from earlier ones. It is drawn once and built on
// both backends. Every value stays of order one, so that one absolute tolerance fits all.
type plannedGraph struct {
	t     *rapid.T
	dims  [][]int // of each value
	steps []func(b backends.Builder, values []backends.Op) (backends.Op, error)
}

// add appends a step whose value has these dimensions and returns its number.
func (p *plannedGraph) add(dims []int, step func(b backends.Builder, v []backends.Op) (backends.Op, error)) int {
	p.dims = append(p.dims, dims)
	p.steps = append(p.steps, step)
	return len(p.dims) - 1
}

// pick draws a value.
func (p *plannedGraph) pick() int { return rapid.IntRange(0, len(p.dims)-1).Draw(p.t, "value") }

// unary applies a function that keeps values of order one.
func (p *plannedGraph) unary() {
	x := p.pick()
	op := rapid.SampledFrom([]unaryOp{backends.Builder.Tanh, backends.Builder.Logistic, backends.Builder.Neg,
		backends.Builder.Abs, backends.Builder.Sin, backends.Builder.Cos, backends.Builder.Erf}).Draw(p.t, "unary")
	p.add(p.dims[x], func(b backends.Builder, v []backends.Op) (backends.Op, error) { return op(b, v[x]) })
}

// binary combines a value with another of its shape, or with itself, a scalar or its own reduction if there is none.
func (p *plannedGraph) binary() {
	x := p.pick()
	var fitting []int
	for y, dims := range p.dims {
		if slices.Equal(dims, p.dims[x]) || len(dims) == 0 {
			fitting = append(fitting, y)
		}
	}
	y := rapid.SampledFrom(append(fitting, x)).Draw(p.t, "other")
	op := rapid.SampledFrom([]binaryOp{backends.Builder.Add, backends.Builder.Sub, backends.Builder.Mul,
		backends.Builder.Max, backends.Builder.Min}).Draw(p.t, "binary")
	z := p.add(p.dims[x], func(b backends.Builder, v []backends.Op) (backends.Op, error) { return op(b, v[x], v[y]) })
	p.add(p.dims[x], func(b backends.Builder, v []backends.Op) (backends.Op, error) { return b.Tanh(v[z]) })
}

// reduce reduces some axes and may broadcast the result back, as normalisations and softmaxes do.
func (p *plannedGraph) reduce() {
	x := p.pick()
	axes := drawSubset(p.t, "reduced", len(p.dims[x]))
	if len(axes) == 0 {
		return
	}
	kept, dims, n := []int{}, []int{}, 1
	for i, d := range p.dims[x] {
		if slices.Contains(axes, i) {
			n *= d
		} else {
			kept, dims = append(kept, i), append(dims, d)
		}
	}
	isSum := rapid.Bool().Draw(p.t, "sum")
	y := p.add(dims, func(b backends.Builder, v []backends.Op) (backends.Op, error) {
		if !isSum {
			return b.ReduceMax(v[x], axes...)
		}
		sum, err := b.ReduceSum(v[x], axes...)
		if err != nil {
			return nil, err
		}
		scale, err := b.Constant([]float32{1 / float32(n)})
		if err != nil {
			return nil, err
		}
		return b.Mul(sum, scale)
	})
	if rapid.Bool().Draw(p.t, "broadcast back") {
		p.add(p.dims[x], func(b backends.Builder, v []backends.Op) (backends.Op, error) {
			return b.BroadcastInDim(v[y], shapes.Make(dtypes.Float32, p.dims[x]...), kept)
		})
	}
}

// move transposes, slices, reshapes, concatenates or stretches a value.
func (p *plannedGraph) move() {
	x := p.pick()
	dims := p.dims[x]
	if len(dims) == 0 {
		return
	}
	axis := rapid.IntRange(0, len(dims)-1).Draw(p.t, "axis")
	switch rapid.IntRange(0, 4).Draw(p.t, "move") {
	case 0:
		perm := make([]int, len(dims))
		out := make([]int, len(dims))
		for i := range perm {
			perm[i] = (i + axis) % len(dims)
			out[i] = dims[perm[i]]
		}
		p.add(out, func(b backends.Builder, v []backends.Op) (backends.Op, error) { return b.Transpose(v[x], perm...) })
	case 1:
		starts, limits := make([]int, len(dims)), slices.Clone(dims)
		strides := slices.Repeat([]int{1}, len(dims))
		starts[axis] = rapid.IntRange(0, dims[axis]-1).Draw(p.t, "start")
		strides[axis] = rapid.IntRange(1, 2).Draw(p.t, "stride")
		p.add(arrays.SliceDims(starts, limits, strides),
			func(b backends.Builder, v []backends.Op) (backends.Op, error) {
				return b.Slice(v[x], starts, limits, strides)
			})
	case 2:
		out := []int{arrays.Size(dims[:axis]), arrays.Size(dims[axis:])}
		p.add(out, func(b backends.Builder, v []backends.Op) (backends.Op, error) { return b.Reshape(v[x], out...) })
	case 3:
		out := slices.Clone(dims)
		if out[axis] *= 2; arrays.Size(out) > 4000 {
			return
		}
		p.add(out,
			func(b backends.Builder, v []backends.Op) (backends.Op, error) { return b.Concatenate(axis, v[x], v[x]) })
	case 4:
		out := slices.Insert(slices.Clone(dims), axis, 3)
		if arrays.Size(out) > 4000 || len(out) > 5 {
			return
		}
		axes := make([]int, len(dims))
		for i := range axes {
			axes[i] = i
			if i >= axis {
				axes[i]++
			}
		}
		p.add(out, func(b backends.Builder, v []backends.Op) (backends.Op, error) {
			return b.BroadcastInDim(v[x], shapes.Make(dtypes.Float32, out...), axes)
		})
	}
}

// product multiplies a value with itself, contracting one axis.
func (p *plannedGraph) product() {
	x := p.pick()
	dims := p.dims[x]
	if len(dims) == 0 || len(dims) > 2 || arrays.Size(dims) > 400 {
		return
	}
	axis := rapid.IntRange(0, len(dims)-1).Draw(p.t, "contracted")
	rest := slices.Delete(slices.Clone(dims), axis, axis+1)
	y := p.add(append(slices.Clone(rest), rest...), func(b backends.Builder, v []backends.Op) (backends.Op, error) {
		return b.DotGeneral(v[x], []int{axis}, nil, v[x], []int{axis}, nil)
	})
	p.add(p.dims[y], func(b backends.Builder, v []backends.Op) (backends.Op, error) { return b.Tanh(v[y]) })
}

// TestPropertyGraphs compares whole programs, so that what compilation does to neighbouring operations (fusion,
// shared memory, operations in place) is seen by the oracle too.
func TestPropertyGraphs(t *testing.T) {
	d := newDuel(t)
	rapid.Check(t, func(t *rapid.T) {
		p := &plannedGraph{t: t}
		var inputs []array
		dims := drawDims(t, "x", 1, 4)
		for i := range dims {
			dims[i] = max(1, dims[i])
		}
		for range rapid.IntRange(1, 3).Draw(t, "inputs") {
			p.add(dims, nil)
			inputs = append(inputs, drawArray(t, "input", dtypes.Float32, dims...))
		}
		kinds := []func(){p.unary, p.unary, p.binary, p.binary, p.reduce, p.move, p.move, p.product}
		for range rapid.IntRange(1, 14).Draw(t, "steps") {
			rapid.SampledFrom(kinds).Draw(t, "kind")()
		}
		outputs := []int{len(p.dims) - 1}
		for range rapid.IntRange(0, 3).Draw(t, "more outputs") {
			outputs = append(outputs, p.pick())
		}
		// Errors grow by no more than the values' slopes; 14 steps leave them far below this.
		d.check(t, inputs, tolerance{rel: 1e-4, abs: 1e-4},
			func(b backends.Builder, values []backends.Op) ([]backends.Op, error) {
				for _, step := range p.steps[len(inputs):] {
					op, err := step(b, values)
					if err != nil {
						return nil, err
					}
					values = append(values, op)
				}
				results := make([]backends.Op, len(outputs))
				for i, k := range outputs {
					results[i] = values[k]
				}
				return results, nil
			})
	})
}
