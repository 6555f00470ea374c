package kernels

import "unsafe"

// Ahead is memory to fetch while products are computed, which leave the memory idle, such as what the next block reads.
// The kernels of high tiles fetch a cache line at each step.
type Ahead struct {
	spans     [4]span
	next, end int // of the spans
}

// span is a range of addresses.
type span struct{ from, to uintptr }

const cacheLine = 64

// Add appends a range of an array's elements; what isn't in the array is left out, as are ranges after the fourth.
func (a *Ahead) Add(data []float32, from, to int) {
	from, to = max(0, from), min(to, len(data))
	if from >= to || a.end == len(a.spans) {
		return
	}
	start := uintptr(unsafe.Pointer(&data[from]))
	a.spans[a.end] = span{start, start + 4*uintptr(to-from)}
	a.end++
}

// Aim lets the next tile fetch a part of the memory. It reports whether there was any left.
func (a *Ahead) Aim(t *Tile) bool {
	t.Next, t.NextStep = 0, 0
	if a.next == a.end {
		return false
	}
	s := &a.spans[a.next]
	t.Next, t.NextStep = int(s.from-uintptr(unsafe.Pointer(t.A))), cacheLine
	s.from += cacheLine * uintptr(t.K)
	if s.from >= s.to {
		a.next++
	}
	return true
}
