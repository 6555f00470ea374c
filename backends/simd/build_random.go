package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// RNGBitGenerator implements backends.Builder. It returns random bits of any integer dtype, by Philox4x32-10, and the
// next state. Equal states give equal bits, on any processor.
func (b *Builder) RNGBitGenerator(state backends.Op, shape shapes.Shape) (newState, values backends.Op, err error) {
	in, err := b.checkOps("RNGBitGenerator", state)
	if err != nil {
		return nil, nil, err
	}
	if !in[0].Shape.Equal(backends.RNGStateShape) {
		return nil, nil, errors.Errorf("simd: RNGBitGenerator, got a state of shape %s; pass %s", in[0].Shape,
			backends.RNGStateShape)
	}
	if err := checkSizes("RNGBitGenerator", shape); err != nil {
		return nil, nil, err
	}
	if !shape.DType.IsInt() {
		return nil, nil, errors.Errorf("simd: RNGBitGenerator, got values of shape %s; use an integer dtype", shape)
	}
	out := b.graph.AddMulti(backends.OpTypeRNGBitGenerator, []shapes.Shape{in[0].Shape, shape}, nil, in...)
	return out[0], out[1], nil
}
