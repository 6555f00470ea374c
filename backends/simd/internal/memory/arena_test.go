package memory

import "testing"

// TestArenasTakeTurns checks which mapped arenas are kept: one serves for every smaller execution, makes way for a
// larger one, and goes when only small ones have been asked for over a long time.
func TestArenasTakeTurns(t *testing.T) {
	var m Memory
	const size = 2 * minMapped
	large := m.GetArena(2 * size)
	start := &large[0]
	m.PutArena(large)
	small := m.GetArena(size)
	if &small[0] != start {
		t.Error("an idle arena of twice the size was not used")
	}
	other := m.GetArena(size) // while the first is in use
	if &other[0] == start {
		t.Error("two executions have the same arena")
	}
	for i := range size {
		other[i] = 1
	}
	m.PutArena(small)
	m.PutArena(other)
	if m.idle > 2*size || m.used != 0 {
		t.Errorf("%d bytes idle and %d in use, though at most %d were in use at once, and none is", m.idle, m.used,
			2*size)
	}
	m.PutArena(m.GetArena(3 * size))
	if len(m.arenas) != 1 || m.idle != 3*size {
		t.Errorf("%d idle arenas of %d bytes, want only the largest", len(m.arenas), m.idle)
	}
	for range 2 * idlePeriod {
		m.PutArena(m.GetArena(size))
	}
	if len(m.arenas) != 1 || len(m.arenas[0].mem) != size {
		t.Errorf("%d idle arenas of %d bytes long after more than %d were in use", len(m.arenas), m.idle, size)
	}
	m.Close()
	if len(m.arenas) != 0 || m.idle != 0 {
		t.Error("a closed memory keeps arenas")
	}
	m.PutArena(m.GetArena(size))
	if len(m.arenas) != 0 || m.idle != 0 || m.used != 0 {
		t.Error("a closed memory takes an arena back")
	}
}

// TestArenaTooLarge asks for more than the limit, beside an idle arena that has to go and one in use.
func TestArenaTooLarge(t *testing.T) {
	m := Memory{Limit: 4 * minMapped}
	used := m.GetArena(2 * minMapped)
	m.PutArena(m.GetArena(minMapped))
	m.PutArena(m.GetArena(2 * minMapped)) // fits only without the idle one
	defer func() {
		if _, ok := recover().(*OutOfMemory); !ok {
			t.Error("got no *outOfMemory")
		}
		if m.used != 2*minMapped || m.total.Load() != 2*minMapped {
			t.Errorf("%d bytes count as in use and %d as held, want %d", m.used, m.total.Load(), 2*minMapped)
		}
		m.PutArena(used)
		m.Close()
		if m.total.Load() != 0 {
			t.Errorf("%d bytes count as held at the end", m.total.Load())
		}
	}()
	m.GetArena(3 * minMapped)
}
