//go:build !purego

package jit

import (
	"sync"
	"unsafe"
)

// callAVX512 runs code for AVX-512 on n elements.
//
//go:noescape
func callAVX512(code, arrays, memory unsafe.Pointer, n int)

// callAVX2 runs code for AVX2.
//
//go:noescape
func callAVX2(code, arrays, memory unsafe.Pointer, n int)

// targets are those of this architecture.
var targets = []*Target{&avx512Target, &avx2Target}

// permitted tries once whether the system lets code run that was written here.
var permitted = sync.OnceValue(func() bool {
	pages, err := executable(1, func(pages []byte) { pages[0] = 0xc3 }) // ret
	if err != nil {
		return false
	}
	run(unsafe.Pointer(&pages[0]))
	release(pages)
	return true
})

// run calls code that uses no vectors.
func run(code unsafe.Pointer)
