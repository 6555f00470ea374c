package conv

import (
	"sync"

	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// winogradBlock is some units of tiles and their transforms.
type winogradBlock struct {
	*winograd
	first, units, tiles int
	inStep, outStep     int       // from one plane to the next
	in                  []float32 // [36, tiles, channels]
	out                 []float32 // [36, tiles, features]
	memory              [2]*gemm.Scratch
	ahead               kernels.Ahead
}

// block returns the units from the first on, at most so many, with memory for their transforms.
func (g *winograd) block(first, units int) *winogradBlock {
	b := winogradBlocks.Get().(*winogradBlock)
	*b = winogradBlock{winograd: g, first: first, units: min(units, g.tiling.units-first)}
	b.tiles = b.units * g.tiling.across
	b.inStep, b.outStep = planeStep(b.tiles*g.channels), planeStep(b.tiles*g.plane.features)
	inputs, outputs := gemm.GetScratch(tilePlanes*b.inStep), gemm.GetScratch(tilePlanes*b.outStep)
	b.in, b.out = inputs.Data, outputs.Data
	b.memory = [2]*gemm.Scratch{inputs, outputs}
	return b
}

// done gives the memory of the transforms back.
func (b *winogradBlock) done() {
	for _, m := range b.memory {
		m.Put()
	}
	*b = winogradBlock{}
	winogradBlocks.Put(b)
}

// winogradBlocks are idle ones.
var winogradBlocks = sync.Pool{New: func() any { return new(winogradBlock) }}

// transformInputs computes Bᵀ d B of each tile of some of the block's units.
func (b *winogradBlock) transformInputs(from, to int) {
	view := &b.inputs
	buffer := gemm.GetScratch(view.scratchSize(b.tiling.across))
	defer buffer.Put()
	for unit := from; unit < to; unit++ {
		view.transform(buffer.Data, b.tiling, b.first+unit, b.in[unit*b.tiling.across*b.channels:], b.inStep)
	}
}

// lookAhead has the products fetch the block's outputs, and the inputs of the next block, of so many units.
func (b *winogradBlock) lookAhead(next int) {
	end := b.first + b.units
	b.fetchOutputs(&b.ahead, 0, 1)
	b.ahead.Add(b.inputs.data, b.inputs.start(b.tiling, end), b.inputs.start(b.tiling, end+next))
}

// fetchOutputs adds one of so many shares of the block's outputs.
func (b *winogradBlock) fetchOutputs(ahead *kernels.Ahead, share, shares int) {
	at := func(unit int) int {
		return b.outAt + unit/b.tiling.down*b.outBatch + unit%b.tiling.down*tileSide*b.h.outStep
	}
	from, to := at(b.first), at(b.first+b.units)
	ahead.Add(b.plane.out, from+(to-from)*share/shares, from+(to-from)*(share+1)/shares)
}

// multiply computes the product of one plane for the tiles from one to another.
func (b *winogradBlock) multiply(f, from, to int, ahead *kernels.Ahead) {
	x := tileProduct{m: to - from, n: b.plane.features, k: b.channels,
		a: b.in[f*b.inStep+from*b.channels:], aRow: b.channels, aStep: 1,
		b: b.weights[f*b.weightsStep:], bStep: b.width, bPanel: b.channels * b.width,
		c: b.out[f*b.outStep+from*b.plane.features:], cRow: b.plane.features, ahead: ahead}
	x.run(b.kernels, false)
}

// transformOutputs computes Aᵀ m A of each tile of some of the block's units, and writes the outputs that exist.
func (b *winogradBlock) transformOutputs(from, to int) {
	features, across := b.plane.features, b.tiling.across
	rowSize := tileSide * across * features
	scratch := gemm.GetScratch(kernels.WinogradTmp + tileSide*rowSize)
	defer scratch.Put()
	tmp, buffer := scratch.Data[:kernels.WinogradTmp], scratch.Data[kernels.WinogradTmp:]
	for unit := from; unit < to; unit++ {
		image, y := (b.first+unit)/b.tiling.down, (b.first+unit)%b.tiling.down*tileSide
		w := kernels.WinogradTiles{Planes: b.out[unit*across*features:], Step: b.outStep, Tiles: across,
			Channels: features, Col: features, Next: tileSide * features, Tmp: tmp}
		at := b.outAt + image*b.outBatch + y*b.h.outStep
		if y+tileSide <= b.h.out && b.w.out == tileSide*across && b.w.outStep == features && b.h.outStep > 0 {
			w.Image, w.Row = b.plane.out[at:], b.h.outStep
			w.Output()
			continue
		}
		w.Image, w.Row = buffer, rowSize
		w.Output()
		for i := range min(tileSide, b.h.out-y) {
			for x := range b.w.out {
				copy(b.plane.out[at+i*b.h.outStep+x*b.w.outStep:], buffer[i*rowSize+x*features:][:features])
			}
		}
	}
}

// tileProduct is one of the products of transforms: C = A·B or C += A·B, A being m×k and B k×n.
type tileProduct struct {
	m, n, k       int
	a             []float32
	aRow, aStep   int // elements from one row of A, and from one step of k, to the next
	b             []float32
	bStep, bPanel int // elements from one step of k, and from one panel of columns, to the next
	c             []float32
	cRow          int
	ahead         *kernels.Ahead // what to fetch meanwhile
}

func (x *tileProduct) run(k *kernels.GemmKernels, add bool) {
	width := k.MaxColumns()
	parts, blocks := ceilDiv(x.m, k.MaxRows(min(width, x.n))), ceilDiv(x.k, blockSteps)
	lent := kernels.LendTile(kernels.Tile{ARow: 4 * x.aRow, AK: 4 * x.aStep, BK: 4 * x.bStep, CRow: 4 * x.cRow})
	defer lent.GiveBack()
	tile := &lent.Tile
	if add {
		tile.Add = 1
	}
	for block := range blocks {
		from, to := x.k*block/blocks, x.k*(block+1)/blocks
		tile.K = to - from
		for col := 0; col < x.n; col += width {
			strip := k.Strip(tile, min(width, x.n-col))
			tile.B = &x.b[col/width*x.bPanel+from*x.bStep]
			for part := range parts {
				row, end := x.m*part/parts, x.m*(part+1)/parts
				tile.A, tile.C = &x.a[row*x.aRow+from*x.aStep], &x.c[row*x.cRow+col]
				x.ahead.Aim(tile)
				strip.Run(tile, end-row)
			}
		}
		tile.Add = 1
	}
}
