package eval

import (
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/amgen/amgen/backends/simd/matmul"
)

// tile is a block of a matrix with an entry for each pair of points of two clouds.
type tile struct {
	index      int // of all tiles, in order
	row, col   int // of its first entry
	rows, cols int
	entries    []float64 // [rows, cols]
	// mirrored tells that the tile of a symmetric matrix stands for its mirror image as well.
	mirrored bool
}

// at is the row of entries of point t.row + i.
func (t tile) at(i int) []float64 { return t.entries[i*t.cols : (i+1)*t.cols] }

// pairing fills a tile with what it makes of pairs of points, x [rows, dim] and y [cols, dim], which it may overwrite.
type pairing func(t tile, x, y []float64, dim int)

// tileSide balances the work of a tile against the memory of those at work.
const tileSide = 256

// tileCount is how many tiles eachTile makes.
func tileCount(a, b Cloud, within bool) int {
	down, across := (a.Len()+tileSide-1)/tileSide, (b.Len()+tileSide-1)/tileSide
	if within {
		return down * (down + 1) / 2
	}
	return down * across
}

// eachTile works on all pairs of points of two clouds, a tile at a time and on all cores, without ever holding the
// whole matrix. Within one cloud, b being a, it leaves out the tiles below the diagonal. Tiles come in any order and
// at once; work that keeps what it finds by the tile's index has the same bits on any number of cores.
func eachTile(a, b Cloud, within bool, fill pairing, work func(tile)) {
	waiting := make(chan tile)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			rows, cols := min(tileSide, a.Len()), min(tileSide, b.Len())
			x, y, scratch := make([]float64, rows*a.Dim), make([]float64, cols*a.Dim), make([]float64, rows*cols)
			for t := range waiting {
				t.entries = scratch[:t.rows*t.cols]
				fill(t, a.rows(x, t.row, t.row+t.rows), b.rows(y, t.col, t.col+t.cols), a.Dim)
				work(t)
			}
		})
	}
	index := 0
	for row := 0; row < a.Len(); row += tileSide {
		start := 0
		if within {
			start = row
		}
		for col := start; col < b.Len(); col += tileSide {
			waiting <- tile{index: index, row: row, col: col, rows: min(tileSide, a.Len()-row),
				cols:     min(tileSide, b.Len()-col),
				mirrored: within && col > row}
			index++
		}
	}
	close(waiting)
	group.Wait()
}

// products fills a tile with the inner products.
func products(t tile, x, y []float64, dim int) {
	clear(t.entries)
	matmul.AddProduct(blas.NoTrans, blas.Trans,
		blas64.General{Rows: t.rows, Cols: dim, Stride: dim, Data: x},
		blas64.General{Rows: t.cols, Cols: dim, Stride: dim, Data: y},
		blas64.General{Rows: t.rows, Cols: t.cols, Stride: t.cols, Data: t.entries})
}

// fewDimensions are too few for products to pay.
const fewDimensions = 32

// squaredDistances fills a tile with ‖x − y‖², in many dimensions by way of products, which are faster. Their origin is
// moved among the points first, so that the errors are of the order ε of the points' spread, not of their position.
func squaredDistances(t tile, x, y []float64, dim int) {
	if dim < fewDimensions {
		for i := range t.rows {
			for j, row := 0, t.at(i); j < len(row); j++ {
				row[j] = squaredDistance(x[i*dim:(i+1)*dim], y[j*dim:(j+1)*dim])
			}
		}
		return
	}
	origin := make([]float64, dim)
	for i, v := range x {
		origin[i%dim] += v / float64(t.rows)
	}
	ofX, ofY := moveAndSquare(x, origin), moveAndSquare(y, origin)
	products(t, x, y, dim)
	for i, square := range ofX {
		row := t.at(i)
		for j, product := range row {
			row[j] = max(0, square+ofY[j]-2*product)
		}
	}
}

// moveAndSquare subtracts an origin from rows, and returns the squares of their lengths.
func moveAndSquare(rows, origin []float64) []float64 {
	squares := make([]float64, len(rows)/len(origin))
	for i := range squares {
		row := rows[i*len(origin) : (i+1)*len(origin)]
		for k, v := range origin {
			row[k] -= v
		}
		squares[i] = dot(row, row)
	}
	return squares
}
