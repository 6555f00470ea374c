package conv

import (
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// winograd computes a plane with a 3×3 window by the minimal filtering algorithm F(2×2, 3×3): Winograd, Arithmetic
// Complexity of Computations, 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015. A tile of 2×2
// outputs, of 4×4 inputs d, is
//
//	Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A,  Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1],
//	G = [1 0 0; ½ ½ ½; ½ -½ ½; 0 0 1],  Aᵀ = [1 1 1 0; 0 1 -1 -1],
//
// which takes 16 multiplications for each channel and feature where the definition takes 36. Summed over channels, each
// of the 16 is a matrix product: tiles × channels by channels × features.
//
// An output is within (channels + 11)·2⁻²⁴·|Aᵀ|[Σ (|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| of the exact one: 2 roundings in d's
// transform, 4 in g's, one a channel in the product and 4 in the output's. The bound is larger than the definition's, since
// inputs are added before they are multiplied; the errors are mostly of its size, since the sums have a ninth of the
// terms. Spec.ByDefinition, the backend's option winograd=off, does without.
type winograd struct {
	*plane
	kernels        *kernels.GemmKernels
	across         int // tiles in a row of tiles
	down           int // rows of tiles in an image
	rows           int // rows of tiles in a task
	weights        []float32
	panels         int // of features
	frequencyStep  int // elements from the weights of one of the 16 products to the next
	columns, width int // of a padded input row; of a panel
}

const (
	// winogradChannels is the least number of channels and features for which the transforms cost little, and
	// winogradTiles the least number of tiles for which transforming the weights does.
	winogradChannels, winogradTiles = 32, 256
	// winogradSize bounds a task's transformed tiles, in elements, to keep them in the second-level cache.
	winogradSize = 256 << 10
	// winogradChunk is how many elements of the weights are transformed at a time; 16 such vectors fit into the
	// first-level cache.
	winogradChunk = 512
)

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
	dense := c.kernelFeature == 1 && c.kernelChannel == c.features ||
		c.kernelChannel == 1 && c.kernelFeature == c.channels
	tiles := ((c.h.out + 1) / 2) * ((c.w.out + 1) / 2)
	wasteful := 4*tiles*5 > 6*c.h.out*c.w.out // outputs past the edge of small images of odd size
	return dense && !wasteful && min(c.channels, c.features) >= winogradChannels && c.batch*tiles >= winogradTiles
}

func (c *plane) runWinograd(p *pool.Pool) {
	g := &winograd{plane: c, kernels: kernels.Gemm(), across: (c.w.out + 1) / 2, down: (c.h.out + 1) / 2}
	g.columns, g.width = 2*g.across+2, g.kernels.MaxColumns()
	g.rows = max(1, winogradSize/(16*g.across*(c.channels+c.features)))
	scratch := g.transformWeights(p)
	defer scratch.Put()
	units := c.batch * g.down
	p.Run(ceilDiv(units, g.rows), func(i int) {
		t := winogradTask{winograd: g, first: i * g.rows, units: min(g.rows, units-i*g.rows)}
		t.run()
	})
}

// transformWeights computes G g Gᵀ for every channel and feature and packs the 16 matrices into panels.
func (g *winograd) transformWeights(p *pool.Pool) *gemm.Scratch {
	n := g.channels * g.features
	flat := gemm.GetScratch(16 * n)
	defer flat.Put()
	p.Run(ceilDiv(n, winogradChunk), func(i int) {
		from, to := i*winogradChunk, min((i+1)*winogradChunk, n)
		buffer := gemm.GetScratch(14 * winogradChunk)
		defer buffer.Put()
		row := func(i int) []float32 { return buffer.Data[i*winogradChunk:][:to-from] }
		for x := range 3 {
			var taps [3][]float32
			for y := range taps {
				taps[y] = g.kernel[g.kernelAt+y*g.h.kernelStep+x*g.w.kernelStep+from:][:to-from]
			}
			filterTransform([4][]float32{row(x), row(3 + x), row(6 + x), row(9 + x)}, taps, row(12))
		}
		for y := range 4 {
			var out [4][]float32
			for x := range out {
				out[x] = flat.Data[(4*y+x)*n+from:][:to-from]
			}
			filterTransform(out, [3][]float32{row(3 * y), row(3*y + 1), row(3*y + 2)}, row(12))
		}
	})
	g.panels = ceilDiv(g.features, g.width)
	g.frequencyStep = g.panels * g.channels * g.width
	packed := gemm.GetScratch(16 * g.frequencyStep)
	g.weights = packed.Data
	p.Run(16*g.panels, func(i int) {
		f, panel := i/g.panels, i%g.panels
		m := gemm.Matrix{Data: flat.Data[f*n:][:n], RowStride: g.kernelChannel, ColStride: g.kernelFeature}
		to := g.weights[f*g.frequencyStep+panel*g.channels*g.width:][:g.channels*g.width]
		gemm.PackPanel(to, m, panel*g.width, g.channels, g.features, g.width)
	})
	return packed
}

// filterTransform multiplies by G: g0, (g0 + g1 + g2)/2, (g0 − g1 + g2)/2, g2.
func filterTransform(out [4][]float32, g [3][]float32, half []float32) {
	copy(out[0], g[0])
	copy(out[3], g[2])
	kernels.Add(out[2], g[0], g[2])
	kernels.MulScalar(out[2], out[2], 0.5)
	kernels.MulScalar(half, g[1], 0.5)
	kernels.Add(out[1], out[2], half)
	kernels.Sub(out[2], out[2], half)
}

// winogradTask is units of work from the first on; a unit is a row of tiles of an image.
type winogradTask struct {
	*winograd
	first, units int
	inputs       []float32 // [16, tiles, channels]
	outputs      []float32 // [16, tiles, features]
}

func (t *winogradTask) run() {
	tiles := t.units * t.across
	inputs, outputs := gemm.GetScratch(16*tiles*t.channels), gemm.GetScratch(16*tiles*t.features)
	defer inputs.Put()
	defer outputs.Put()
	t.inputs, t.outputs = inputs.Data, outputs.Data
	t.transformInputs(tiles)
	t.multiply(tiles)
	t.transformOutputs(tiles)
}

// transformInputs computes Bᵀ d B of each tile.
func (t *winogradTask) transformInputs(tiles int) {
	size := t.columns * t.channels
	buffer := gemm.GetScratch(4 * size)
	defer buffer.Put()
	row := func(i int) []float32 { return buffer.Data[i*size:][:size] }
	for unit := range t.units {
		image, y := (t.first+unit)/t.down, (t.first+unit)%t.down
		for i := range 4 {
			t.copyRow(row(i), t.columns, t.inAt+image*t.inBatch, 2*y+i-t.h.pad)
		}
		for i, d := range [4]struct {
			a, b     int
			subtract bool
		}{{0, 2, true}, {1, 2, false}, {2, 1, true}, {1, 3, true}} {
			to := t.inputs[(4*i*tiles+unit*t.across)*t.channels:]
			kernels.WinogradInput(to, tiles*t.channels, row(d.a), row(d.b), d.subtract, t.across, t.channels)
		}
	}
}

// multiply computes the 16 products.
func (t *winogradTask) multiply(tiles int) {
	height := t.kernels.MaxRows(t.width)
	parts, blocks := ceilDiv(tiles, height), ceilDiv(t.channels, blockSteps)
	seg := kernels.Segment{}
	tile := kernels.Tile{Segs: &seg, NSegs: 1, ARow: 4 * t.channels, AK: 4, BK: 4 * t.width, CRow: 4 * t.features}
	for f := range 16 {
		in, out := t.inputs[f*tiles*t.channels:], t.outputs[f*tiles*t.features:]
		for block := range blocks {
			from, to := t.channels*block/blocks, t.channels*(block+1)/blocks
			tile.K, tile.Add = to-from, uint64(min(block, 1))
			for panel := range t.panels {
				strip := t.kernels.Strip(&tile, min(t.width, t.features-panel*t.width))
				tile.B = &t.weights[f*t.frequencyStep+(panel*t.channels+from)*t.width]
				for part := range parts {
					m, end := tiles*part/parts, tiles*(part+1)/parts
					tile.A, tile.C = &in[m*t.channels+from], &out[m*t.features+panel*t.width]
					strip.Run(&tile, end-m)
				}
			}
		}
	}
}

// transformOutputs computes Aᵀ m A of each tile and writes the outputs that exist.
func (t *winogradTask) transformOutputs(tiles int) {
	size := 2 * t.across * t.features
	buffer := gemm.GetScratch(2 * size)
	defer buffer.Put()
	for unit := range t.units {
		var rows [2][]float32
		for i := range rows {
			rows[i] = t.outputRow(unit, i)
			if rows[i] == nil {
				rows[i] = buffer.Data[i*size:][:size]
			}
		}
		from := t.outputs[unit*t.across*t.features:]
		kernels.WinogradOutput(rows[0], rows[1], from, tiles*t.features, t.across, t.features)
		for i := range rows {
			if t.outputRow(unit, i) == nil {
				t.write(unit, i, rows[i])
			}
		}
	}
}

// outputRow is output row y of a row of tiles if it can be written as one piece, otherwise nil.
func (t *winogradTask) outputRow(unit, y int) []float32 {
	image, y := (t.first+unit)/t.down, 2*((t.first+unit)%t.down)+y
	if y >= t.h.out || t.w.out != 2*t.across || t.w.outStep != t.features {
		return nil
	}
	return t.out[t.outAt+image*t.outBatch+y*t.h.outStep:][:t.w.out*t.features]
}

// write copies output row y of a row of tiles, as far as it exists.
func (t *winogradTask) write(unit, y int, row []float32) {
	image, y := (t.first+unit)/t.down, 2*((t.first+unit)%t.down)+y
	if y >= t.h.out {
		return
	}
	for x := range t.w.out {
		at := t.outAt + image*t.outBatch + y*t.h.outStep + x*t.w.outStep
		copy(t.out[at:], row[x*t.features:][:t.features])
	}
}
