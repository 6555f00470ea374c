// Package memory lends out the memory of arrays, takes it back and lends it again. It keeps a limit, that of the option
// memory or what the machine, the container and the process allow, and reports what exceeds it as an error with sizes.
package memory

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Memory recycles storage by rounded size, so that a training loop allocates nothing after its first steps.
// Blocks are 64-byte aligned (a cache line, an AVX-512 register) and hold arbitrary bytes when handed out.
type Memory struct {
	mu     sync.Mutex
	free   map[int]*sizeClass // by capacity
	arenas []idleArena        // of executions, ascending by last, see arena.go
	idle   int64              // bytes held in free and arenas
	used   int64              // bytes handed out, those that were never put back included
	peak   [2]int64           // the most that used came to in this period and in the one before
	turns  int64              // puts, the clock of periods and of sizeClass.last
	closed bool               // nothing is kept any more

	Limit int64        // of total; 0: what the machine has
	total atomic.Int64 // bytes of all blocks that the garbage collector has not taken, handed out or idle
}

// sizeClass are the idle blocks of one capacity.
type sizeClass struct {
	blocks [][]byte
	last   int64 // turn at which one was asked for or given back
}

const (
	// maxIdleBytes bounds what memory keeps for reuse. So does what is in use at the peak of the last two periods:
	// whoever ran a large computation and goes on with small ones gets its memory back.
	maxIdleBytes int64 = 8 << 30
	// idlePeriod is the length of a period in puts, several training steps of a large network.
	idlePeriod = 1 << 14
)

// Align is the alignment of every block, in bytes.
const Align = 64

// roundSize rounds up to a quarter of a power of two, at least 256: at most 25 % is wasted.
func roundSize(n int) int {
	if n <= 256 {
		return 256
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) / step * step
}

// Get returns a block of n bytes with unspecified contents, nil for n = 0. If there is no memory for it, it panics with
// an *OutOfMemory, which [Catch] turns into an error. The block belongs to the caller until Put.
func (m *Memory) Get(n int) []byte {
	if n == 0 {
		return nil
	}
	size := roundSize(n)
	if block := m.reuse(size); block != nil {
		return block[:n]
	}
	raw := m.allocate(size + Align)
	m.mu.Lock()
	m.count(size)
	m.mu.Unlock()
	shift := -int(uintptr(unsafe.Pointer(&raw[0]))) & (Align - 1)
	return raw[shift : shift+n : shift+size]
}

// count notes that a block is handed out.
func (m *Memory) count(size int) {
	m.used += int64(size)
	m.peak[0] = max(m.peak[0], m.used)
}

// reuse hands out an idle block, nil if there is none.
func (m *Memory) reuse(size int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	class := m.free[size]
	if class == nil {
		return nil
	}
	class.last = m.turns
	k := len(class.blocks) - 1
	if k < 0 {
		return nil
	}
	block := class.blocks[k]
	class.blocks[k] = nil
	class.blocks = class.blocks[:k]
	m.idle -= int64(size)
	m.count(size)
	return block
}

// Put takes back a block that Get returned; it must not be used afterwards.
func (m *Memory) Put(block []byte) {
	size := cap(block)
	if size == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= int64(size)
	if m.closed {
		return
	}
	if m.free == nil {
		m.free = make(map[int]*sizeClass)
	}
	class := m.free[size]
	if class == nil {
		class = &sizeClass{}
		m.free[size] = class
	}
	class.last = m.turns
	class.blocks = append(class.blocks, block[:size])
	m.idle += int64(size)
	m.turn()
}

// InUse is the number of bytes handed out and not put back.
func (m *Memory) InUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// Held is the number of bytes of all blocks that the garbage collector has not taken, handed out or idle.
func (m *Memory) Held() int64 { return m.total.Load() }

// Scratch returns n bytes with unspecified contents and the function that gives them back.
func (m *Memory) Scratch(n int) (block []byte, done func()) {
	block = m.Get(n)
	return block, func() { m.Put(block) }
}

// turn advances the clock and releases what is idle without need.
func (m *Memory) turn() {
	if m.turns++; m.turns%idlePeriod == 0 {
		m.peak[1], m.peak[0] = m.peak[0], m.used
	}
	for m.idle > min(maxIdleBytes, max(m.peak[0], m.peak[1])) {
		m.evict()
	}
}

// evict leaves a block of the class that was not asked for the longest to the garbage collector, or frees an arena that
// was not used for as long.
func (m *Memory) evict() {
	oldest := 0
	for size, class := range m.free {
		if len(class.blocks) == 0 {
			continue
		}
		if oldest == 0 || class.last < m.free[oldest].last || class.last == m.free[oldest].last && size < oldest {
			oldest = size
		}
	}
	for i, a := range m.arenas { // ascending by last
		if oldest == 0 || a.last < m.free[oldest].last {
			m.freeArena(i)
			return
		}
	}
	class := m.free[oldest]
	k := len(class.blocks) - 1
	class.blocks[k] = nil
	class.blocks = class.blocks[:k]
	m.idle -= int64(oldest)
}

// dropIdle leaves every idle block to the garbage collector and frees the idle arenas.
func (m *Memory) dropIdle() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.freeArenas()
	m.free = nil
	m.idle = 0
}

// Close forgets every idle block, and from now on every one that is given back.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.freeArenas()
	m.free = nil
	m.idle = 0
}
