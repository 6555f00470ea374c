package simd

import (
	"fmt"
	"slices"
	"strings"
)

// describe names a step by its kind and shapes; steps of equal cost have equal names.
func (s *step) describe() (kind, operands string) {
	var sources []string
	for _, n := range s.in {
		sources = append(sources, fmt.Sprint(n.shape.Dimensions))
	}
	if s.parts == nil {
		return opName(s.node.op), fmt.Sprintf("%v ← %s", s.node.shape.Dimensions, strings.Join(sources, " "))
	}
	slices.Sort(sources)
	var sums []string
	ops, stores, space := 0, 0, 0
	for _, part := range s.parts {
		p := part.prog
		ops += len(p.instrs)
		stores += len(p.stores)
		space = max(space, p.size)
		for i := range p.reduces {
			n := s.out[part.out[len(p.stores)+i]]
			sums = append(sums, fmt.Sprintf("%s%v", opName(n.op), n.shape.Dimensions))
		}
	}
	return "cluster", fmt.Sprintf("%d elements: %d parts, %d ops, %d stores, %v ← %v", space, len(s.parts), ops, stores,
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

// bytes counts the memory that a step reads and writes, each array once.
func (s *step) bytes() (total int64) {
	for _, size := range s.size {
		total += int64(size)
	}
	for _, n := range s.in {
		total += int64(n.shape.Memory())
	}
	return total
}

// flops counts the arithmetic of a step: of a cluster, one for each op or reduction and element; else that of its op.
func (s *step) flops() (total int64) {
	for _, part := range s.parts {
		p := part.prog
		total += int64(p.size) * int64(len(p.instrs)+len(p.reduces))
	}
	if s.parts != nil {
		return total
	}
	return nodeFLOPs(s.node)
}
