package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// winograd computes a plane with a 3×3 window by the minimal filtering algorithm F(4×4, 3×3): Winograd, Arithmetic
// Complexity of Computations, 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015. A tile of
// 4×4 outputs, of 6×6 inputs d, is Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A with the matrices of package kernels, which takes 36
// multiplications for each channel and feature where the definition takes 144. Summed over channels, each of the 36 is
// a matrix product: tiles × channels by channels × features.
//
// An output is within (channels + 33)·2⁻²⁴·|Aᵀ|[Σ (|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| of the exact one: 12 roundings in d's
// transform, those of the matrices included, 8 in g's, one and one a channel in the product, and 12 in the output's.
// The root mean square error is about three times the definition's. Spec.ByDefinition, the backend's option
// winograd=off, does without.
//
// The tiles are cut into blocks whose transforms stay in a worker's cache. Where the weights are so large that the
// blocks would be too small for them, all workers transform the tiles of a large block, then share out its products,
// then transform the results.
type winograd struct {
	*plane
	kernels     *kernels.GemmKernels
	tiling      tiling
	inputs      pictures
	weights     []float32
	width       int // of a panel of the weights
	features    int // of all panels, those past the last included
	weightsStep int // from one plane of the weights to the next
}

// tiling is how images are cut into tiles of 4×4, each row of which is a unit of work.
type tiling struct {
	across int // tiles in a unit
	down   int // units in an image
	units  int // in all images
}

const (
	// tileSide is the size of a tile of outputs, tilePlanes the number of products that it takes.
	tileSide, tilePlanes = 4, 36
	// blockSize bounds a task's transformed tiles, in elements, to keep them in the second-level cache.
	blockSize = 256 << 10
	// forwardBlockSize is the same where no sum depends on it, and the inputs and outputs are fetched ahead as well.
	forwardBlockSize = 128 << 10
	// fewTiles is a number of tiles below which loading the weights from memory for a block costs too much.
	fewTiles = 28
	// sharedSize bounds the transformed tiles, in elements, that all workers share.
	sharedSize = 4 << 20
	// weightsChunk is how many weights are transformed at a time.
	weightsChunk = 2048
)

func cutTiles(images, h, w int) tiling {
	t := tiling{across: ceilDiv(w, tileSide), down: ceilDiv(h, tileSide)}
	t.units = images * t.down
	return t
}

// planeStep is the distance between planes of so many elements: an odd number of cache lines, lest the 36 elements of a
// tile fall into the same few sets of a cache.
func planeStep(size int) int {
	const line, page = 16, 1024
	return roundUp(size, page) + line
}

func (t tiling) tiles() int { return t.units * t.across }

// winogradPays reports a plane that has the form and the size for it.
func (c *plane) winogradPays() bool {
	if c.byDefinition {
		return false
	}
	for _, a := range []*axis{&c.h, &c.w} {
		if a.taps != 3 || a.stride != 1 || a.dilation != 1 {
			return false
		}
	}
	return c.inChannel == 1 && c.h.inStep > 0 && c.w.inStep > 0 && c.channels%kernels.WinogradChannels() == 0 &&
		c.features%kernels.WinogradChannels() == 0 &&
		winogradSaves(c.batch*c.h.out*c.w.out, cutTiles(c.batch, c.h.out, c.w.out).tiles(), c.channels, c.features)
}

// winogradSaves weighs the multiply-adds that so many tiles save against the transforms, in multiply-adds that take the
// time of an element of each, as measured.
func winogradSaves(positions, tiles, channels, features int) bool {
	const tileCost, weightsCost, fixedCost = 15, 25, 2 << 20
	products := channels * features
	winograd := tilePlanes*(tiles*(products+tileCost*(channels+features))+weightsCost*products) + fixedCost
	return 9*positions*products > winograd+winograd/5
}

func (c *plane) newWinograd() *winograd {
	return &winograd{plane: c, kernels: kernels.Gemm(), tiling: cutTiles(c.batch, c.h.out, c.w.out),
		inputs: c.inputs(c.inBatch, c.channels)}
}

func (g *winograd) forget() { g.inputs.data, g.weights = nil, nil }

func (g *winograd) run(p *pool.Pool) {
	c := g.plane
	g.inputs.data = c.in
	defer g.transformWeights(p).Put()
	rows := max(1, forwardBlockSize/(tilePlanes*g.tiling.across*(c.channels+c.features)))
	if rows*g.tiling.across >= fewTiles {
		// An even number of tasks, as equal as can be.
		rows = ceilDiv(g.tiling.units, 2*ceilDiv(g.tiling.units, 2*rows))
		p.Run(ceilDiv(g.tiling.units, rows), func(i int) {
			b := g.block(i*rows, rows)
			defer b.done()
			b.transformInputs(0, b.units)
			b.lookAhead(rows)
			for f := range tilePlanes {
				b.multiply(f, 0, b.tiles, &b.ahead)
			}
			b.transformOutputs(0, b.units)
		})
		return
	}
	rows = max(1, sharedSize/(tilePlanes*g.tiling.across*(c.channels+c.features)))
	for first := 0; first < g.tiling.units; first += rows {
		g.runShared(p, first, rows)
	}
}

// runShared computes a block by all workers.
func (g *winograd) runShared(p *pool.Pool, first, rows int) {
	b := g.block(first, rows)
	defer b.done()
	p.Run(b.units, func(i int) { b.transformInputs(i, i+1) })
	height := g.kernels.MaxRows(g.width)
	parts := ceilDiv(b.tiles, 8*height)
	p.Run(tilePlanes*parts, func(i int) {
		part := i % parts
		var ahead kernels.Ahead
		b.fetchOutputs(&ahead, i, tilePlanes*parts)
		b.multiply(i/parts, b.tiles*part/parts, b.tiles*(part+1)/parts, &ahead)
	})
	p.Run(b.units, func(i int) { b.transformOutputs(i, i+1) })
}

// transformWeights computes G g Gᵀ for every channel and feature, as panels of features.
func (g *winograd) transformWeights(p *pool.Pool) *gemm.Scratch {
	g.width = g.kernels.MaxColumns()
	panels := ceilDiv(g.plane.features, g.width)
	g.features = panels * g.width
	size := g.channels * g.features
	g.weightsStep = planeStep(size)
	taps := gemm.GetScratch(9 * g.weightsStep)
	defer taps.Put()
	p.Run(9*panels, func(i int) {
		tap, panel := i/panels, i%panels
		m := gemm.Matrix{Data: g.kernel[g.kernelAt+tap/3*g.h.kernelStep+tap%3*g.w.kernelStep:],
			RowStride: g.kernelChannel, ColStride: g.kernelFeature}
		gemm.PackPanel(taps.Data[tap*g.weightsStep+panel*g.channels*g.width:], m, panel*g.width, g.channels,
			g.plane.features, g.width)
	})
	scratch := gemm.GetScratch(tilePlanes * g.weightsStep)
	g.weights = scratch.Data
	p.Run(ceilDiv(size, weightsChunk), func(i int) {
		from := i * weightsChunk
		w := kernels.WinogradTiles{Image: taps.Data[from:], Row: 3 * g.weightsStep, Col: g.weightsStep,
			Planes: g.weights[from:], Step: g.weightsStep,
			Tiles: 1, Channels: min(weightsChunk, size-from)}
		w.Weights()
	})
	return scratch
}
