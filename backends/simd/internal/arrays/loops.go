package arrays

// grain is the number of elements that a piece of parallel work aims at: 64 KiB of float32, long enough to
// drown the cost of handing it to a worker, short enough to balance two workers on a medium tensor.
const grain = 1 << 14

// Size is the number of elements of a tensor of these dimensions; 1 for a scalar.
func Size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// Strides returns the row-major strides of dims, in elements.
func Strides(dims []int) []int {
	strides := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = step
		step *= dims[i]
	}
	return strides
}

// loop is one level of a loop nest: n steps, each moving by d elements in the destination, s in the source.
type loop struct{ n, d, s int }

// plan is a strided copy with as few loops as it needs: some outer ones around rows of inner elements.
type plan struct {
	outer       []loop
	count       int // iterations of the outer loops together; 0 for an empty copy
	rows, inner loop
	few         [6]loop // the memory of outer, where that suffices
	transposed  bool    // rows step by one in the source, inner steps by one in the destination
}

// nothing is the plan of an empty copy.
var nothing plan

// newPlan drops loops of one step and merges neighbours that are contiguous on both sides.
func newPlan(dims, dst, src []int) *plan {
	p := &plan{rows: loop{n: 1}, inner: loop{1, 1, 1}, count: 1}
	loops := p.few[:0]
	for i, n := range dims {
		if n == 0 {
			return &nothing
		}
		if n == 1 {
			continue
		}
		next := loop{n, dst[i], src[i]}
		if k := len(loops) - 1; k >= 0 && loops[k].d == n*next.d && loops[k].s == n*next.s {
			loops[k] = loop{loops[k].n * n, next.d, next.s}
			continue
		}
		loops = append(loops, next)
	}
	if k := len(loops); k > 0 {
		p.inner, loops = loops[k-1], loops[:k-1]
	}
	p.transposed = p.inner.d == 1 && p.inner.s != 1 && p.inner.s != 0 && bringUnitSource(loops)
	if k := len(loops); k > 0 {
		p.rows, loops = loops[k-1], loops[:k-1]
	}
	p.outer = loops
	for _, l := range loops {
		p.count *= l.n
	}
	return p
}

// bringUnitSource moves the loop that steps by one in the source, if it is worth a block, to the end.
func bringUnitSource(loops []loop) bool {
	for i, l := range loops {
		if l.s == 1 && l.n >= 4 {
			copy(loops[i:], loops[i+1:])
			loops[len(loops)-1] = l
			return true
		}
	}
	return false
}

// cursor is a position in the outer loops: their counters and the offsets that these come to.
type cursor struct {
	at   []int
	d, s int
}

// seek returns the cursor of outer iteration i, its counters in the space of store where that suffices.
func (p *plan) seek(store []int, i int) cursor {
	c := cursor{at: append(store[:0], make([]int, len(p.outer))...)}
	for k := len(p.outer) - 1; k >= 0; k-- {
		l := p.outer[k]
		c.at[k] = i % l.n
		i /= l.n
		c.d += c.at[k] * l.d
		c.s += c.at[k] * l.s
	}
	return c
}

// next moves the cursor one outer iteration on.
func (p *plan) next(c *cursor) {
	for k := len(p.outer) - 1; k >= 0; k-- {
		l := p.outer[k]
		c.at[k]++
		c.d += l.d
		c.s += l.s
		if c.at[k] < l.n {
			return
		}
		c.at[k] = 0
		c.d -= l.n * l.d
		c.s -= l.n * l.s
	}
}
