package simd

import (
	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/gomlx/gomlx/backends"
)

// bytes counts the memory that a step reads and writes, each array once.
func (s *step) bytes() (total int64) {
	for _, size := range s.size {
		total += int64(size)
	}
	for _, n := range s.in {
		total += int64(n.shape.Memory())
	}
	return total
}

// flops counts the arithmetic of a step: of products, the multiplications and additions of the direct form, whatever
// algorithm computes them; of a cluster, one for each op or reduction and element; of other ops none.
func (s *step) flops() (total int64) {
	for _, part := range s.parts {
		p := part.prog
		total += int64(p.size) * int64(len(p.instrs)+len(p.reduces))
	}
	if s.parts != nil {
		return total
	}
	in := s.node.inputs
	switch s.node.op {
	case backends.OpTypeDot, backends.OpTypeDotGeneral:
		inner := 1
		for _, axis := range s.node.attrs.(dotAttrs).lhsContracting {
			inner *= in[0].shape.Dimensions[axis]
		}
		return 2 * int64(s.node.shape.Size()) * int64(inner)
	case backends.OpTypeConvGeneral:
		return convFLOPs(s.node.attrs.(convAttrs).spec(in[0].shape, in[1].shape, s.node.shape))
	}
	return 0
}

// convFLOPs counts the products with the input and its padding, but not those with the zeros that a dilation inserts.
func convFLOPs(c conv.Spec) int64 {
	total := 2 * int64(c.Batch) * int64(c.Features) * int64(c.Channels)
	for _, a := range c.Spatial {
		taps := int64(0)
		for o := range a.Out {
			for k := range a.Kernel {
				if (o*a.Stride+k*a.KernelDilation-a.Pad)%a.InDilation == 0 {
					taps++
				}
			}
		}
		total *= taps
	}
	return total
}
