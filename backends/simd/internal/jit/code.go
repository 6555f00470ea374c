package jit

import (
	"runtime"
	"unsafe"
)

// Code is the machine code of some chains in executable memory, which is given back when nothing refers to it any more.
type Code struct {
	target *Target
	pages  []byte
	starts []int
}

// Load places code that [Chain.Assemble] returned for the target in executable memory. It returns nil where the system
// refuses.
func (t *Target) Load(chains [][]byte) *Code {
	c := &Code{target: t}
	size := 0
	for _, code := range chains {
		c.starts = append(c.starts, size)
		size = (size + len(code) + 63) &^ 63
	}
	if size == 0 {
		return nil
	}
	pages, err := executable(size, func(pages []byte) {
		for k, code := range chains {
			copy(pages[c.starts[k]:], code)
		}
	})
	if err != nil {
		return nil
	}
	c.pages = pages
	runtime.AddCleanup(c, release, pages)
	return c
}

// Run runs a chain on the first n elements of its arrays. memory has the bytes that [Chain.Assemble] asked for and
// starts at a multiple of 64. Several goroutines may run the same chain, each with memory of its own.
func (c *Code) Run(chain int, arrays []unsafe.Pointer, memory []byte, n int) {
	c.target.call(unsafe.Pointer(&c.pages[c.starts[chain]]), unsafe.Pointer(unsafe.SliceData(arrays)),
		unsafe.Pointer(unsafe.SliceData(memory)), n)
	runtime.KeepAlive(c)
}
