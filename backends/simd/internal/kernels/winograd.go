package kernels

import "fmt"

// WinogradTiles is a row of tiles of the algorithm F(4×4, 3×3), of which the transforms make planes and planes make
// again what they are tiles of. The algorithm evaluates polynomials at six points, as winogradMatrices says, so a tile
// becomes 6×6 numbers whatever it was; each of these is in a plane of its own.
type WinogradTiles struct {
	// Image has element (y, x) of tile t and channel c at [y·Row + x·Col + t·Next + c].
	Image          []float32
	Row, Col, Next int
	// Planes has element (i, j) of tile t and channel c at [(6i + j)·Step + t·Channels + c].
	Planes []float32
	Step   int

	Tiles, Channels int

	Tmp []float32 // memory for WinogradTmp elements, or nil
}

// WinogradTmp is the number of elements that the transforms use for a tile.
const WinogradTmp = 36 * 16

// Input makes planes of tiles of 6×6 inputs: Bᵀ d B.
func (w *WinogradTiles) Input() { w.run(winogradInput) }

// Cotangent makes planes of tiles of 4×4 outputs' cotangents: A y Aᵀ.
func (w *WinogradTiles) Cotangent() { w.run(winogradCotangent) }

// Weights makes planes of kernels of 3×3 taps: G g Gᵀ.
func (w *WinogradTiles) Weights() { w.run(winogradWeights) }

// Output makes tiles of 4×4 outputs: Aᵀ m A.
func (w *WinogradTiles) Output() { w.run(winogradOutput) }

// Gradient makes the gradients of kernels of 3×3 taps: Gᵀ m G.
func (w *WinogradTiles) Gradient() { w.run(winogradGradient) }

// winogradKind is one of the transforms.
type winogradKind int

const (
	winogradInput winogradKind = iota
	winogradCotangent
	winogradWeights
	winogradOutput
	winogradGradient
	winogradKinds
)

// run checks the sizes, and leaves the channels that no vector kernel takes to the generic one.
func (w *WinogradTiles) run(kind winogradKind) {
	if w.Tiles <= 0 || w.Channels <= 0 {
		return
	}
	side := winogradSide[kind] - 1
	image, planes := side*(w.Row+w.Col)+(w.Tiles-1)*w.Next+w.Channels, 35*w.Step+w.Tiles*w.Channels
	if w.Row < 0 || w.Col < 0 || w.Next < 0 || w.Step < 0 || len(w.Image) < image || len(w.Planes) < planes {
		panic(fmt.Sprintf("kernels: Winograd's transform %d of %d tiles and %d channels, steps %d, %d, %d and %d, "+
			"got %d and %d "+
			"elements; it needs %d and %d", kind, w.Tiles, w.Channels, w.Row, w.Col, w.Next, w.Step, len(w.Image),
			len(w.Planes),
			image, planes))
	}
	if !winogradVector(kind, w) {
		winogradGeneric(kind, w)
	}
}

// WinogradChannels is the number of channels that the transforms are fast for multiples of; without vector kernels they
// never are.
func WinogradChannels() int {
	if Active() == Generic {
		return 1 << 62
	}
	return 8
}

// tmp is memory for one tile.
func (w *WinogradTiles) tmp() []float32 {
	if len(w.Tmp) >= WinogradTmp {
		return w.Tmp
	}
	return make([]float32, WinogradTmp)
}
