package memory

import (
	"fmt"
	"slices"
)

// minMapped is the size from which an execution's arena is mapped, in bytes: smaller ones are ordinary blocks.
const minMapped = 4 << 20

// idleArena is a mapped arena that is not in use.
type idleArena struct {
	mem  []byte
	last int64 // turn at which it was given back
}

// GetArena returns n bytes with unspecified contents for the length of one execution. Executables take turns in one
// arena: an idle one serves for any smaller execution, and makes way for a larger one. Like Get, it panics if there is
// no memory.
func (m *Memory) GetArena(n int) []byte {
	if n < minMapped {
		return m.Get(n)
	}
	if mem := m.reuseArena(n); mem != nil {
		return mem
	}
	m.reserve(int64(n))
	mem, err := mapPages(n)
	if err != nil {
		m.total.Add(-int64(n))
		panic(&OutOfMemory{asked: int64(n), held: m.total.Load(), room: availableMemory(), limit: m.Limit})
	}
	adviseHuge(mem)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count(n)
	return mem
}

// reuseArena hands out the smallest idle arena of n bytes and more; if there is none, it frees those that there are.
func (m *Memory) reuseArena(n int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	best := -1
	for i, a := range m.arenas {
		if len(a.mem) >= n && (best < 0 || len(a.mem) < len(m.arenas[best].mem)) {
			best = i
		}
	}
	if best < 0 {
		m.freeArenas()
		return nil
	}
	mem := m.arenas[best].mem
	m.dropArena(best)
	m.count(n)
	return mem[:n]
}

// PutArena takes back what GetArena returned; it must not be used afterwards.
func (m *Memory) PutArena(arena []byte) {
	if len(arena) < minMapped {
		m.Put(arena)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= int64(len(arena))
	mem := arena[:cap(arena)]
	m.arenas = append(m.arenas, idleArena{mem: mem, last: m.turns})
	m.idle += int64(len(mem))
	if m.closed {
		m.freeArena(len(m.arenas) - 1)
		return
	}
	m.turn()
}

// dropArena forgets an idle arena.
func (m *Memory) dropArena(i int) {
	m.idle -= int64(len(m.arenas[i].mem))
	m.arenas = slices.Delete(m.arenas, i, i+1)
}

// freeArenas gives all idle arenas back to the operating system.
func (m *Memory) freeArenas() {
	for len(m.arenas) > 0 {
		m.freeArena(0)
	}
}

// freeArena gives an idle arena back to the operating system.
func (m *Memory) freeArena(i int) {
	mem := m.arenas[i].mem
	m.dropArena(i)
	m.total.Add(-int64(len(mem)))
	if err := unmapPages(mem); err != nil {
		panic(fmt.Sprintf("simd: giving %d bytes back: %v", len(mem), err))
	}
}
