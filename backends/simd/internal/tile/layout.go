package tile

import "slices"

// chooseTile picks a tile that holds whole repetitions of the broadcast operands and periods of the reductions,
// on a grid that restarts where they change.
func (p *Program) chooseTile() {
	base, grid := 1, p.Size
	consider := func(span, block int) {
		if span == block || block < smallestGrid {
			return
		}
		if m := lcm(base, span); m <= targetTile {
			base = m
		}
		if block%base == 0 {
			grid = min(grid, block)
		}
	}
	for _, in := range p.Inputs {
		consider(in.Access.period())
		if k := len(in.Access.dims) - 1; k > 0 && in.Access.dims[k].stride == 1 && in.Access.dims[k].n >= targetTile {
			consider(1, in.Access.dims[k].n) // tiles inside a run need no copy
		}
	}
	for _, red := range p.Reduces {
		consider(verticalPeriod(red.Out))
	}
	tile := max(targetTile/base, 1) * base
	p.grid = max(grid, 1)
	if pieces := (p.grid + tile - 1) / tile; pieces <= 8 {
		even := (p.grid + pieces - 1) / pieces // avoid a short last tile
		tile = min(tile, (even+base-1)/base*base)
	}
	p.tile = max(min(tile, p.grid), 1)
}

func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// verticalPeriod is the longest period of at most maxSpan with which a reduction's output index repeats over a
// stretch: the dims inside one reduced dim. Equal results mean that there is none.
func verticalPeriod(out Access) (period, stretch int) {
	period, stretch = 1, 1
	span := 1
	for k := len(out.dims) - 1; k >= 0 && span <= maxSpan; k-- {
		if out.dims[k].stride == 0 && k < len(out.dims)-1 {
			period, stretch = span, span*out.dims[k].n
		}
		span *= out.dims[k].n
	}
	return period, stretch
}

// chooseChunks cuts the space by its size and the program's length alone.
func (p *Program) chooseChunks() {
	want := max(min(p.Work()/ChunkCost, maxChunks), 1)
	for _, red := range p.Reduces {
		// Copies of a large output must not outweigh the input.
		if red.OutBytes > 0 {
			want = min(want, max(p.Size*red.Width/red.OutBytes, 1))
		}
	}
	p.chunks = []int{0}
	step := (p.Size + want - 1) / want
	if p.Size/p.grid >= want && p.grid > 1 {
		step = (step + p.grid - 1) / p.grid * p.grid
		for at := step; at < p.Size; at += step {
			p.chunks = append(p.chunks, at)
		}
	} else { // cut inside grid cells, at whole tiles
		cells := max(p.Size/p.grid, 1)
		perCell := (want + cells - 1) / cells
		step = (p.grid + perCell - 1) / perCell
		step = max((step+p.tile-1)/p.tile*p.tile, 1)
		for cell := 0; cell < p.Size; cell += p.grid {
			for at := cell; at < min(cell+p.grid, p.Size); at += step {
				if at > 0 {
					p.chunks = append(p.chunks, at)
				}
			}
		}
	}
	p.chunks = append(p.chunks, p.Size)
}

// chooseReduceModes decides for each reduction whether tiles are accumulated first, and whether chunks share outputs.
func (p *Program) chooseReduceModes() {
	for i := range p.Reduces {
		red := &p.Reduces[i]
		period, stretch := verticalPeriod(red.Out)
		aligned := !slices.ContainsFunc(p.chunks, func(at int) bool { return at%period != 0 })
		if aligned && period < stretch && stretch >= 2*p.tile && stretch%p.grid == 0 && p.grid%period == 0 &&
			p.tile%period == 0 {
			red.vertical, red.stretch = period, stretch
		} else {
			red.vertical = 0
		}
		outer := 1 // outputs of different stretches of outer elements are disjoint
		span := 1
		for k := len(red.Out.dims) - 1; k >= 0; k-- {
			span *= red.Out.dims[k].n
			if red.Out.dims[k].stride == 0 {
				outer = span
			}
		}
		red.partial = false
		for _, at := range p.chunks[1 : len(p.chunks)-1] {
			red.partial = red.partial || at%outer != 0
		}
	}
}
