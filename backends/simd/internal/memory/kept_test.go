package memory

import (
	"runtime"
	"testing"
)

// TestKeepMakesWay wants memory that something is kept in: it makes way, and what its user still has stays.
func TestKeepMakesWay(t *testing.T) {
	m := &Memory{Limit: 60 << 20}
	k := m.Keep(7 << 20)
	if len(k.Bytes()) != 7<<20 || m.Held() < 7<<20 {
		t.Fatalf("%d bytes, %d held, want 7 MiB", len(k.Bytes()), m.Held())
	}
	if big := m.Keep(32 << 20); big != nil {
		t.Error("half of the memory was given to be kept")
	}
	block := m.Get(56 << 20)
	if k.Bytes() != nil {
		t.Error("memory is short, and still some is kept")
	}
	m.Put(block)
	runtime.KeepAlive(k)
}

// TestKeepEnds sees that memory whose user is gone is room again.
func TestKeepEnds(t *testing.T) {
	m := &Memory{Limit: 64 << 20}
	for range 100 {
		if m.Keep(4<<20) == nil {
			runtime.GC()
		}
	}
	m.Put(m.Get(56 << 20))
}
