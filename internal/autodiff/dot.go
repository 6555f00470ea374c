package autodiff

import (
	"slices"

	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// dotRule covers vector·vector, matrix·vector and matrix·matrix: the last axis of the left operand is contracted with
// the first of the right one.
func dotRule(node, v *Node) []*Node {
	lhs, rhs := node.Inputs()[0], node.Inputs()[1]
	return contractionRule(contraction{
		lhs: operand{lhs, []int{lhs.Rank() - 1}, nil},
		rhs: operand{rhs, []int{0}, nil},
	}, v)
}

func dotGeneralRule(node, v *Node) []*Node {
	lhs, rhs := node.Inputs()[0], node.Inputs()[1]
	a := attributesOf(node)
	return contractionRule(contraction{
		lhs: operand{lhs, a.integers("lhsContractingAxes"), a.integers("lhsBatchAxes")},
		rhs: operand{rhs, a.integers("rhsContractingAxes"), a.integers("rhsBatchAxes")},
	}, v)
}

// operand is one side of a contraction with the roles of its axes. The i-th contracting (batch) axes of the two sides
// belong together; the other axes are free.
type operand struct {
	x                  *Node
	contracting, batch []int
}

// contraction is DotGeneral: its result has the batch axes, then the free axes of lhs, then those of rhs.
type contraction struct{ lhs, rhs operand }

// free lists the axes that are neither contracted nor batch, ascending.
func (o operand) free() []int {
	axes := make([]int, 0, o.x.Rank())
	for axis := range o.x.Rank() {
		if !slices.Contains(o.contracting, axis) && !slices.Contains(o.batch, axis) {
			axes = append(axes, axis)
		}
	}
	return axes
}

func contractionRule(c contraction, v *Node) []*Node {
	batch := len(c.lhs.batch)
	lhsFree, rhsFree := c.lhs.free(), c.rhs.free()
	vLHS := consecutive(batch, len(lhsFree))              // where v holds the free axes of lhs
	vRHS := consecutive(batch+len(lhsFree), len(rhsFree)) // and those of rhs
	vBatch := consecutive(0, batch)
	return []*Node{
		gradientOf(c.lhs, operand{v, vRHS, vBatch}, operand{c.rhs.x, rhsFree, c.rhs.batch}, c.rhs.contracting),
		gradientOf(c.rhs, operand{v, vLHS, vBatch}, operand{c.lhs.x, lhsFree, c.lhs.batch}, c.lhs.contracting),
	}
}

// gradientOf contracts v with the other operand over that operand's free axes, which leaves the batch axes, the free
// axes of target and the contracted ones, and puts them where target has them. Of the two orders of the factors it
// takes the one whose result needs no transposition, if there is one.
func gradientOf(target, v, other operand, otherContracting []int) *Node {
	// Axes of target in the order in which the result holds them: contracted ones follow the order of the other's axes.
	contracted := make([]int, len(otherContracting))
	order := slices.Clone(otherContracting)
	slices.Sort(order)
	for i, axis := range order {
		contracted[i] = target.contracting[slices.Index(otherContracting, axis)]
	}
	vFirst := slices.Concat(target.batch, target.free(), contracted)
	if !slices.IsSorted(vFirst) {
		if otherFirst := slices.Concat(target.batch, contracted, target.free()); slices.IsSorted(otherFirst) {
			return DotGeneral(other.x, other.contracting, other.batch, v.x, v.contracting, v.batch)
		}
	}
	product := DotGeneral(v.x, v.contracting, v.batch, other.x, other.contracting, other.batch)
	return transpose(product, inverse(vFirst))
}

// inverse returns the permutation that undoes p.
func inverse(p []int) []int {
	out := make([]int, len(p))
	for to, from := range p {
		out[from] = to
	}
	return out
}

// consecutive returns n consecutive integers from start.
func consecutive(start, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = start + i
	}
	return out
}
