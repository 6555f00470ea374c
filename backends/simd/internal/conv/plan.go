package conv

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// Plan is a convolution of float32 with all that depends on its form alone: the planes that it is cut into, and for
// each the method and its tiling. It may be run by several goroutines at once.
type Plan struct {
	spec Spec

	mu   sync.Mutex
	idle [][]*plane // a run has planes of its own, because they point to its arrays
}

// Prepare plans a convolution, for the instruction set that is active.
func Prepare(s Spec) *Plan {
	p := &Plan{spec: s}
	if !s.empty() && s.rank() <= 2 {
		p.idle = [][]*plane{s.planes()}
	}
	return p
}

// Run computes the convolution. The three slices must be exactly the memory that the spec describes; out must not
// overlap the operands.
func (x *Plan) Run(p *pool.Pool, in, kernel, out []float32) {
	switch {
	case len(out) == 0:
		return
	case x.spec.empty():
		clear(out)
		return
	case x.spec.rank() > 2:
		Any(p, x.spec, in, kernel, out)
		return
	}
	planes := x.take()
	for _, c := range planes {
		c.in, c.kernel, c.out = in, kernel, out
		c.method.run(p)
	}
	x.give(planes)
}

// take returns idle planes, or new ones.
func (x *Plan) take() []*plane {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k := len(x.idle) - 1; k >= 0 {
		planes := x.idle[k]
		x.idle = x.idle[:k]
		return planes
	}
	return x.spec.planes()
}

// give makes planes idle, without the arrays, which would live as long as the plan.
func (x *Plan) give(planes []*plane) {
	for _, c := range planes {
		c.in, c.kernel, c.out = nil, nil, nil
		c.method.forget()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.idle = append(x.idle, planes)
}

// method computes a plane. It is made once, and runs many times, each on the arrays that the plane has then.
type method interface {
	run(p *pool.Pool)
	// forget lets go of the arrays that run took from the plane.
	forget()
}
