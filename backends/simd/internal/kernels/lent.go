package kernels

import "sync"

// LentTile is a tile, with a segment that starts where its operands do, in memory that serves many times. Kernels are
// called through tables, so Go would allocate a tile of its own for each call of a function that makes one.
type LentTile struct {
	Tile
	segment Segment
}

var lentTiles = sync.Pool{New: func() any { return new(LentTile) }}

// LendTile returns memory that holds the given tile, of one segment. It belongs to the caller until GiveBack.
func LendTile(t Tile) *LentTile {
	l := lentTiles.Get().(*LentTile)
	l.Tile, l.segment = t, Segment{}
	l.Segs, l.NSegs = &l.segment, 1
	return l
}

// GiveBack lends the memory to others. The arrays that the tile points to are forgotten.
func (l *LentTile) GiveBack() {
	l.Tile = Tile{}
	lentTiles.Put(l)
}
