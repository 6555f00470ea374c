package memory

import "testing"

// TestIdleMemoryIsBounded returns blocks of ever new sizes: what is kept must not pass what was in use at once, and the
// most recent sizes must be among it.
func TestIdleMemoryIsBounded(t *testing.T) {
	var m Memory
	const size = 1 << 16
	for k := range 40 {
		m.Put(m.Get(size << (k % 4)))
		m.Put(m.Get(size + k*size))
	}
	if largest := int64(roundSize(40 * size)); m.idle > largest {
		t.Errorf("%d bytes are idle, though at most %d were in use", m.idle, largest)
	}
	if class := m.free[roundSize(40*size)]; class == nil || len(class.blocks) != 1 {
		t.Error("the block given back last is gone")
	}
	small := m.Get(256)
	for range 2 * idlePeriod {
		m.Put(small)
		small = m.Get(256)
	}
	m.Put(small)
	if m.idle > 256 {
		t.Errorf("%d bytes are idle long after more than 256 were in use", m.idle)
	}
	if m.used != 0 {
		t.Errorf("%d bytes count as in use, want 0", m.used)
	}
	m.Close()
	m.Put(m.Get(size))
	if m.idle != 0 || len(m.free) != 0 {
		t.Error("a closed memory keeps blocks")
	}
}
