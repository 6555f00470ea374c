package memory

import (
	"sync/atomic"
	"weak"
)

// Kept is memory for what can be computed again. It counts like any other, and is let go of when memory is short.
type Kept struct{ block atomic.Pointer[[]byte] }

// Bytes is the memory, nil once it was let go of. Who has it may use it on: the garbage collector takes it.
func (k *Kept) Bytes() []byte {
	if k == nil {
		return nil
	}
	if block := k.block.Load(); block != nil {
		return *block
	}
	return nil
}

// Drop lets go of the memory.
func (k *Kept) Drop() {
	if k != nil {
		k.block.Store(nil)
	}
}

// keepShare is the part of the memory without use that one Kept may take.
const keepShare = 8

// Keep returns n bytes with unspecified contents, nil if they are much of what is left. It lasts as long as its user
// refers to it, and memory isn't short.
func (m *Memory) Keep(n int) *Kept {
	room := m.Limit - m.total.Load()
	if m.Limit == 0 {
		room = availableMemory()
	}
	if n == 0 || int64(n) > room/keepShare || !m.fits(int64(n)+Align) {
		return nil
	}
	block := aligned(m.counted(n+Align), n)
	k := &Kept{}
	k.block.Store(&block)
	m.mu.Lock()
	defer m.mu.Unlock()
	live := m.kept[:0]
	for _, w := range m.kept {
		if w.Value() != nil {
			live = append(live, w)
		}
	}
	m.kept = append(live, weak.Make(k))
	return k
}

// dropKept lets go of all kept memory; the caller holds m.mu.
func (m *Memory) dropKept() {
	for _, w := range m.kept {
		w.Value().Drop()
	}
	m.kept = nil
}
