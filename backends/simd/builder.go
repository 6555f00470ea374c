package simd

import (
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/notimplemented"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Builder collects the nodes of one computation. It is not safe for concurrent use.
type Builder struct {
	notimplemented.Builder
	backend  *Backend
	graph    *graph.Graph
	params   []*graph.Node
	compiled bool
}

var _ backends.Builder = (*Builder)(nil)

// Name implements backends.Builder.
func (b *Builder) Name() string { return b.graph.Name }

// checkOps returns the nodes behind the opaque ops, or an error naming the op that is being built.
func (b *Builder) checkOps(what string, ops ...backends.Op) ([]*graph.Node, error) {
	if b.compiled {
		return nil, errors.Errorf("simd: %s, got builder %q after Compile; start a new builder", what, b.graph.Name)
	}
	nodes := make([]*graph.Node, len(ops))
	for i, op := range ops {
		n, ok := op.(*graph.Node)
		if !ok || n == nil {
			return nil, errors.Errorf("simd: %s, got operand %d of type %T; pass an op of this builder", what, i, op)
		}
		if n.Graph != b.graph {
			return nil, errors.Errorf("simd: %s, got operand %d from builder %q; pass an op of builder %q",
				what, i, n.Graph.Name, b.graph.Name)
		}
		nodes[i] = n
	}
	return nodes, nil
}

// newNode appends a node with one output.
func (b *Builder) newNode(op backends.OpType, shape shapes.Shape, attrs any, inputs ...*graph.Node) *graph.Node {
	return b.graph.Add(op, shape, attrs, inputs...)
}

// checkShape refuses dtypes that buffers cannot have.
func checkShape(what string, shape shapes.Shape) error {
	if _, ok := dense.Storages[shape.DType]; !ok {
		return errors.Errorf("simd: %s, got shape %s; %s", what, shape, nearestDType(shape.DType))
	}
	return nil
}

// OpShape implements backends.Builder.
func (b *Builder) OpShape(op backends.Op) (shapes.Shape, error) {
	nodes, err := b.checkOps("OpShape", op)
	if err != nil {
		return shapes.Invalid(), err
	}
	return nodes[0].Shape, nil
}

// Parameter implements backends.Builder.
func (b *Builder) Parameter(name string, shape shapes.Shape, sharding *backends.ShardingSpec) (backends.Op, error) {
	if _, err := b.checkOps("Parameter"); err != nil {
		return nil, err
	}
	if err := checkSizes("Parameter "+name, shape); err != nil {
		return nil, err
	}
	if sharding != nil {
		return nil, errors.Wrapf(notimplemented.NotImplementedError, "simd: parameter %q with a sharding", name)
	}
	n := b.newNode(backends.OpTypeParameter, shape, graph.ParameterAttrs{Name: name, Index: len(b.params)})
	b.params = append(b.params, n)
	return n, nil
}

// Constant implements backends.Builder. The data is copied.
func (b *Builder) Constant(flat any, dims ...int) (backends.Op, error) {
	if _, err := b.checkOps("Constant"); err != nil {
		return nil, err
	}
	typ := reflect.TypeOf(flat)
	if typ == nil || typ.Kind() != reflect.Slice {
		return nil, errors.Errorf("simd: Constant, got data of type %T; pass a flat slice", flat)
	}
	shape := shapes.Shape{DType: dtypes.FromGoType(typ.Elem()), Dimensions: slices.Clone(dims)}
	if err := checkSizes("Constant", shape); err != nil {
		return nil, err
	}
	data, ok := dense.Storages[shape.DType].Bytes(flat)
	if !ok || len(data) != int(shape.Memory()) {
		return nil, errors.Errorf("simd: Constant of shape %s, got %d elements of %s; pass %d",
			shape, reflect.ValueOf(flat).Len(), typ.Elem(), shape.Size())
	}
	return b.graph.AddConstant(shape, data), nil
}

// Identity implements backends.Builder.
func (b *Builder) Identity(x backends.Op) (backends.Op, error) {
	nodes, err := b.checkOps("Identity", x)
	if err != nil {
		return nil, err
	}
	return b.newNode(backends.OpTypeIdentity, nodes[0].Shape, nil, nodes[0]), nil
}

// Compile implements backends.Builder. Outputs may repeat, and may be parameters or constants.
func (b *Builder) Compile(outputs []backends.Op,
	shardings []*backends.ShardingSpec) (exec backends.Executable, err error) {
	defer func() { // folding constants executes ops
		if cause := recover(); cause != nil {
			exec, err = nil, errors.Errorf("simd: Compile of computation %q failed: %v\n%s",
				b.graph.Name, cause, debug.Stack())
		}
	}()
	if err := b.backend.checkUsable("Compile"); err != nil {
		return nil, err
	}
	if len(shardings) != 0 {
		return nil, errors.Wrapf(notimplemented.NotImplementedError, "simd: Compile with shardings")
	}
	nodes, err := b.checkOps("Compile", outputs...)
	if err != nil {
		return nil, err
	}
	for _, n := range b.graph.Nodes {
		for _, shape := range n.OutputShapes() {
			if err := checkFits("Compile of "+n.String(), shape); err != nil {
				return nil, err
			}
		}
	}
	b.compiled = true
	compiled, err := newExecutable(b, nodes)
	b.graph.Nodes = nil
	if err != nil {
		return nil, err // a nil *Executable would be an interface that isn't nil
	}
	return compiled, nil
}
