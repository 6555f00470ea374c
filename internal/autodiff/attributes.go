package autodiff

import (
	"fmt"
	"reflect"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
)

// attributes reads the static parameters of a node (axes, strides, paddings, ...). GoMLX keeps them in the unexported
// field graph.Node.inputs, a pointer to a struct per operation, and exports no accessor; reflection may look at
// integers there without touching memory unsafely. This file alone knows that layout, which TestAttributes pins.
type attributes struct {
	node   *graph.Node
	fields reflect.Value
}

// attributesOf panics if GoMLX no longer keeps its parameters where v0.26.0 did.
func attributesOf(node *graph.Node) attributes {
	inputs := reflect.ValueOf(node).Elem().FieldByName("inputs")
	if !inputs.IsValid() || inputs.Kind() != reflect.Interface || inputs.Elem().Kind() != reflect.Pointer {
		panic(fmt.Errorf("autodiff: graph.Node of this GoMLX has no field inputs that holds a pointer, so the "+
			"parameters of %s cannot be read; use gomlx v0.26.0 or adapt attributes.go", node.Type()))
	}
	return attributes{node: node, fields: inputs.Elem().Elem()}
}

func (a attributes) field(name string, kind reflect.Kind) reflect.Value {
	f := a.fields.FieldByName(name)
	if !f.IsValid() || f.Kind() != kind {
		panic(fmt.Errorf("autodiff: %s of this GoMLX has no parameter %q of kind %s (it is %s); "+
			"use gomlx v0.26.0 or adapt attributes.go", a.node.Type(), name, kind, a.fields.Type()))
	}
	return f
}

func (a attributes) integer(name string) int { return int(a.field(name, reflect.Int).Int()) }

func (a attributes) boolean(name string) bool { return a.field(name, reflect.Bool).Bool() }

// integers returns a copy; nil where the node has none.
func (a attributes) integers(name string) []int { return integers(a.field(name, reflect.Slice)) }

func integers(v reflect.Value) []int {
	if v.Len() == 0 {
		return nil
	}
	out := make([]int, v.Len())
	for i := range out {
		out[i] = int(v.Index(i).Int())
	}
	return out
}

// integersOr returns n copies of fallback where the node leaves the parameter empty.
func (a attributes) integersOr(name string, n, fallback int) []int {
	if out := a.integers(name); out != nil {
		return out
	}
	out := make([]int, n)
	for i := range out {
		out[i] = fallback
	}
	return out
}

// pairs returns n pairs, zeros where the node leaves the parameter empty.
func (a attributes) pairs(name string, n int) [][2]int {
	f := a.field(name, reflect.Slice)
	out := make([][2]int, n)
	for i := range min(f.Len(), n) {
		out[i] = [2]int{int(f.Index(i).Index(0).Int()), int(f.Index(i).Index(1).Int())}
	}
	return out
}

// padAxes returns one entry an axis, zeros for the axes the node does not name.
func (a attributes) padAxes(name string, rank int) []backends.PadAxis {
	f := a.field(name, reflect.Slice)
	out := make([]backends.PadAxis, rank)
	for i := range min(f.Len(), rank) {
		e := f.Index(i)
		out[i] = backends.PadAxis{
			Start:    int(e.FieldByName("Start").Int()),
			End:      int(e.FieldByName("End").Int()),
			Interior: int(e.FieldByName("Interior").Int()),
		}
	}
	return out
}

func (a attributes) convAxes(name string) backends.ConvolveAxesConfig {
	f := a.field(name, reflect.Struct)
	axis := func(name string) int { return int(f.FieldByName(name).Int()) }
	return backends.ConvolveAxesConfig{
		InputBatch:           axis("InputBatch"),
		InputChannels:        axis("InputChannels"),
		InputSpatial:         integers(f.FieldByName("InputSpatial")),
		KernelInputChannels:  axis("KernelInputChannels"),
		KernelOutputChannels: axis("KernelOutputChannels"),
		KernelSpatial:        integers(f.FieldByName("KernelSpatial")),
		OutputBatch:          axis("OutputBatch"),
		OutputChannels:       axis("OutputChannels"),
		OutputSpatial:        integers(f.FieldByName("OutputSpatial")),
	}
}
