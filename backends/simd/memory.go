package simd

import (
	"math/bits"
	"sync"
	"unsafe"
)

// memory recycles storage by rounded size, so that a training loop allocates nothing after its first steps.
// Blocks are 64-byte aligned (a cache line, an AVX-512 register) and hold arbitrary bytes when handed out.
type memory struct {
	mu   sync.Mutex
	free map[int][][]byte // by capacity
	idle int              // bytes held in free
}

// maxIdleBytes bounds what memory keeps for reuse; blocks returned beyond it go to the garbage collector.
const maxIdleBytes = 8 << 30

const blockAlign = 64

// roundSize rounds up to a quarter of a power of two, at least 256: at most 25 % is wasted.
func roundSize(n int) int {
	if n <= 256 {
		return 256
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) / step * step
}

// get returns a block of n bytes with unspecified contents, nil for n = 0.
func (m *memory) get(n int) []byte {
	if n == 0 {
		return nil
	}
	size := roundSize(n)
	m.mu.Lock()
	if list := m.free[size]; len(list) > 0 {
		block := list[len(list)-1]
		list[len(list)-1] = nil
		m.free[size] = list[:len(list)-1]
		m.idle -= size
		m.mu.Unlock()
		return block[:n]
	}
	m.mu.Unlock()
	raw := make([]byte, size+blockAlign)
	adviseHuge(raw)
	shift := -int(uintptr(unsafe.Pointer(&raw[0]))) & (blockAlign - 1)
	return raw[shift : shift+n : shift+size]
}

// put takes back a block that get returned; nobody may use it afterwards.
func (m *memory) put(block []byte) {
	size := cap(block)
	if size == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.idle+size > maxIdleBytes {
		return
	}
	if m.free == nil {
		m.free = make(map[int][][]byte)
	}
	m.idle += size
	m.free[size] = append(m.free[size], block[:size])
}

// drop forgets every idle block.
func (m *memory) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = nil
	m.idle = 0
}
