package tile

import "slices"

// readKind is how the tiles of an operand come about.
type readKind uint8

const (
	readDirect  readKind = iota // as a slice of its source
	readElement                 // as one element, which the kernels repeat
	readScalar                  // as one element, repeated once a chunk
	readRuns                    // as a slice of a run of its source if the tile lies in one
	readPeriod                  // as an expansion that serves for many tiles
	readOther                   // as an expansion
)

// element is the one element of a scalar operand.
func (in *Input) element(sources [][]byte) []byte {
	return sources[in.Source][in.Access.offset*in.Width:][:in.Width]
}

// chooseReads classifies the inputs, and turns instructions with a scalar operand into their scalar forms.
func (p *Program) chooseReads() {
	aligned := func(span int) bool {
		return p.tile%span == 0 && p.grid%span == 0 &&
			!slices.ContainsFunc(p.chunks, func(at int) bool { return at%span != 0 })
	}
	for v := range p.Inputs {
		in := &p.Inputs[v]
		dims := in.Access.dims
		last := len(dims) - 1
		span, block := in.Access.period()
		switch {
		case len(dims) == 0 || last == 0 && dims[0].stride == 1:
			in.kind = readDirect
		case last == 0 && dims[0].stride == 0:
			in.kind = readScalar
		case span < block && aligned(span):
			in.kind, in.block = readPeriod, block
		case dims[last].stride == 0:
			in.kind, in.block = readPeriod, dims[last].n
		case dims[last].stride == 1:
			in.kind, in.block = readRuns, dims[last].n
		default:
			in.kind = readOther
		}
	}
	whole := make([]bool, len(p.Width)) // needed as a tile
	for i := range p.Instrs {
		ins := &p.Instrs[i]
		ins.f = ins.Tiled
		single := -1 // the argument that is a single element
		for k, f := range ins.Scalar {
			if arg := ins.Args[k]; f != nil && arg < len(p.Inputs) && p.Inputs[arg].kind == readScalar &&
				arg != ins.Args[1-k] {
				ins.f, single = f, k
				break // the other argument stays a tile
			}
		}
		for k, arg := range ins.Args {
			if arg >= 0 && k != single {
				whole[arg] = true
			}
		}
	}
	for _, red := range p.Reduces {
		whole[red.Value] = true
	}
	for v := range p.Inputs {
		if p.Inputs[v].kind == readScalar && !whole[v] {
			p.Inputs[v].kind = readElement
		}
	}
}
