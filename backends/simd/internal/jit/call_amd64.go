//go:build !purego

package jit

import (
	"sync"
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// call runs code on n elements.
//
//go:noescape
func call(code, arrays, memory unsafe.Pointer, n int)

// Available reports whether chains run here: at the active level of the kernels, on this system.
func Available() bool { return kernels.Active() == kernels.AVX512 && permitted() }

// permitted tries once whether the system lets code run that was written here.
var permitted = sync.OnceValue(func() bool {
	pages, err := executable(1, func(pages []byte) { pages[0] = 0xc3 }) // ret
	if err != nil {
		return false
	}
	call(unsafe.Pointer(&pages[0]), nil, nil, 0)
	release(pages)
	return true
})
