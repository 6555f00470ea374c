package exec

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// FLOPs counts the arithmetic of an op: of products, the multiplications and additions of the direct form, whatever
// algorithm computes them; of other ops none.
func FLOPs(n *graph.Node) int64 {
	switch n.Op {
	case backends.OpTypeDot, backends.OpTypeDotGeneral:
		inner := 1
		for _, axis := range n.Attrs.(graph.DotAttrs).LhsContracting {
			inner *= n.Inputs[0].Shape.Dimensions[axis]
		}
		return 2 * int64(n.Shape.Size()) * int64(inner)
	case backends.OpTypeConvGeneral:
		return convFLOPs(convSpec(n))
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
