package plan

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// TestArena checks that stretches in use never overlap and that freed ones join again.
func TestArena(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a arena
		used := map[int]int{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(used) > 0 && rapid.Bool().Draw(t, "give") {
				for at, size := range used {
					a.give(at, size)
					delete(used, at)
					break
				}
				continue
			}
			size := rapid.IntRange(1, 1000).Draw(t, "size")
			at := a.take(size)
			for other, n := range used {
				if at < other+tile.Bytes(n, 1) && other < at+size {
					t.Fatalf("[%d, %d) overlaps [%d, %d)", at, at+size, other, other+n)
				}
			}
			if at+size > a.end {
				t.Fatalf("[%d, %d) ends behind %d", at, at+size, a.end)
			}
			used[at] = size
		}
		for at, size := range used {
			a.give(at, size)
		}
		if len(a.free) != 1 || a.free[0] != (extent{0, a.end}) {
			t.Errorf("when everything is free, %v is, of %d", a.free, a.end)
		}
	})
}
