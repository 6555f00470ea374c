package conv

import (
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// ahead is memory to fetch while products are computed, which leave the memory idle: the outputs that come next, and
// the inputs of the next block. The kernels of high tiles fetch a cache line at each step.
type ahead struct{ spans []span }

// span is a range of addresses.
type span struct{ from, to uintptr }

const cacheLine = 64

// add appends some elements of an array; what isn't in it is left out.
func (a *ahead) add(data []float32, from, to int) {
	from, to = max(0, from), min(to, len(data))
	if from >= to {
		return
	}
	start := uintptr(unsafe.Pointer(&data[from]))
	a.spans = append(a.spans, span{start, start + 4*uintptr(to-from)})
}

// aim lets the next tile fetch a part of the memory.
func (a *ahead) aim(t *kernels.Tile) {
	t.Next, t.NextStep = 0, 0
	if len(a.spans) == 0 {
		return
	}
	s := &a.spans[0]
	t.Next, t.NextStep = int(s.from-uintptr(unsafe.Pointer(t.A))), cacheLine
	s.from += cacheLine * uintptr(t.K)
	if s.from >= s.to {
		a.spans = a.spans[1:]
	}
}
