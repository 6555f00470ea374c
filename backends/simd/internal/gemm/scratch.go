package gemm

import (
	"math/bits"
	"sync"
	"unsafe"
)

// Scratch is memory borrowed for the length of a product or of one task. Its contents are arbitrary.
type Scratch struct {
	Data   []float32 // starts at a cache line
	memory []float32
}

// scratches holds free memory by the logarithm of its size.
var scratches [48]sync.Pool

// lineFloats is the number of elements in a cache line.
const lineFloats = 16

// GetScratch borrows memory for n elements.
func GetScratch(n int) *Scratch {
	class := bits.Len(uint(n + lineFloats))
	s, _ := scratches[class].Get().(*Scratch)
	if s == nil {
		s = &Scratch{memory: make([]float32, 1<<class)}
	}
	skip := -int(uintptr(unsafe.Pointer(&s.memory[0]))/4) & (lineFloats - 1)
	s.Data = s.memory[skip : skip+n]
	return s
}

// Put returns the memory, if there is any.
func (s *Scratch) Put() {
	if s != nil {
		scratches[bits.Len(uint(len(s.memory)))-1].Put(s)
	}
}
