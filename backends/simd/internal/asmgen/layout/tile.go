// Package layout has the layout of package kernels' structs, for the generators of all processors.
package layout

// Byte offsets of the fields of kernels.Tile; a test there checks them against the compiler's.
const (
	TileA        = 8 * iota // *float32
	TileB                   // *float32
	TileC                   // *float32
	TileSegs                // *Segment
	TileNSegs               // int
	TileK                   // int
	TileARow                // int, bytes
	TileAK                  // int, bytes
	TileBK                  // int, bytes
	TileCRow                // int, bytes
	TileMask                // uint64
	TileAdd                 // uint64, 0 or 1
	TileCCol                // int, bytes
	TileNext                // int, bytes
	TileNextStep            // int, bytes
)
