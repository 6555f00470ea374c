package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// Describe names a step by its kind and shapes; steps of equal cost have equal names.
func (s *Step) Describe() (kind, operands string) {
	var sources []string
	for _, n := range s.In {
		sources = append(sources, fmt.Sprint(n.Shape.Dimensions))
	}
	if s.Parts == nil {
		return graph.OpName(s.Node.Op), fmt.Sprintf("%v ← %s", s.Node.Shape.Dimensions, strings.Join(sources, " "))
	}
	slices.Sort(sources)
	var sums []string
	ops, stores, space := 0, 0, 0
	for _, part := range s.Parts {
		p := part.Program
		ops += len(p.Instrs)
		stores += len(p.Stores)
		space = max(space, p.Size)
		for i := range p.Reduces {
			n := s.Out[part.Out[len(p.Stores)+i]]
			sums = append(sums, fmt.Sprintf("%s%v", graph.OpName(n.Op), n.Shape.Dimensions))
		}
	}
	return "cluster", fmt.Sprintf("%d elements: %d parts, %d ops, %d stores, %v ← %v", space, len(s.Parts), ops, stores,
		sums, compact(sources))
}

// compact writes repeated strings once, with their number.
func compact(sorted []string) []string {
	var out []string
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		out = append(out, fmt.Sprintf("%d×%s", j-i, sorted[i]))
		i = j
	}
	return out
}

// Bytes counts the memory that a step reads and writes, each array once.
func (s *Step) Bytes() (total int64) {
	for _, size := range s.Size {
		total += int64(size)
	}
	for _, n := range s.In {
		total += int64(n.Shape.Memory())
	}
	return total
}

// FLOPs counts the arithmetic of a step: of a cluster, one for each op or reduction and element; else that of its op.
func (s *Step) FLOPs() (total int64) {
	for _, part := range s.Parts {
		p := part.Program
		total += int64(p.Size) * int64(len(p.Instrs)+len(p.Reduces))
	}
	if s.Parts != nil {
		return total
	}
	return exec.FLOPs(s.Node)
}
