package unet

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// convolver is a backend that tells what its convolutions cost. The backend of package backends/simd is one.
type convolver interface {
	// DirectConvolutions reports whether a convolution costs its products alone: zeros that dilation inserts are not
	// multiplied, and several convolutions of few channels take as long as one of their sum.
	DirectConvolutions() bool
}

// direct reports whether the backend of a graph has direct convolutions. XLA on the CPU multiplies inserted zeros, and
// XLA on a GPU calls a library for each convolution.
func direct(g *Graph) bool {
	c, ok := g.Backend().(convolver)
	return ok && c.DirectConvolutions()
}
