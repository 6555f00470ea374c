package plan

import (
	"slices"

	"github.com/amgen/amgen/backends/simd/internal/graph"
	"github.com/amgen/amgen/backends/simd/internal/tile"
)

// Consecutive clusters of a normalisation read the same arrays again and again: for a sum over each example, then for
// what depends on the sum. As no example needs another's, the clusters may run one after another on a band of a few
// examples, which stays in the second-level cache, before they go on to the next band.

const (
	minBatch   = 8 // fewer would leave cores idle
	maxBatch   = 1024
	bandBytes  = 1 << 20 // what a band's arrays may take in cache
	minBanding = 2       // clusters
)

// joinBands merges runs of clusters that can go band by band into single steps.
func joinBands(steps []*Step) []*Step {
	var joined []*Step
	for i := 0; i < len(steps); {
		n := bandLength(steps[i:])
		if n < minBanding {
			joined = append(joined, steps[i])
			i++
			continue
		}
		batch := batchOf(steps[i])
		for _, group := range sharing(steps[i : i+n]) {
			if len(group) > 1 {
				group = []*Step{joinSteps(group, batch)}
			}
			joined = append(joined, group...)
		}
		i += n
	}
	return joined
}

// sharing splits steps that can go band by band into groups without an array in common, which gain nothing from each
// other's bands: an optimizer updates its parameters faster one by one. No step needs a value of another group's.
func sharing(steps []*Step) [][]*Step {
	group := make([]int, len(steps)) // of each step, the first step of its group
	owner := map[*graph.Node]int{}   // of each array, a step that has it
	for i, s := range steps {
		group[i] = i
		for _, n := range slices.Concat(s.In, s.Out) {
			if n.Shape.Size() == 1 {
				continue
			}
			if k, ok := owner[n]; ok && group[k] != group[i] {
				kept, gone := min(group[k], group[i]), max(group[k], group[i])
				for j := range i + 1 {
					if group[j] == gone {
						group[j] = kept
					}
				}
			}
			owner[n] = i
		}
	}
	var groups [][]*Step
	for first := range steps {
		var members []*Step
		for i, s := range steps {
			if group[i] == first {
				members = append(members, s)
			}
		}
		if members != nil {
			groups = append(groups, members)
		}
	}
	return groups
}

// batchOf guesses what a cluster's space is a batch of: the leading axis.
func batchOf(s *Step) int {
	n := s.Node
	if tile.IsReduce(n) {
		n = n.Inputs[0]
	}
	if n.Shape.Rank() == 0 {
		return 0
	}
	return n.Shape.Dimensions[0]
}

// bandLength counts the leading steps that can go band by band together.
func bandLength(steps []*Step) int {
	if steps[0].Parts == nil {
		return 0
	}
	batch := batchOf(steps[0])
	if batch < minBatch || batch > maxBatch {
		return 0
	}
	local := map[*graph.Node]bool{} // made by these steps: does an example's part depend on the example alone?
	for i, s := range steps {
		if s.Parts == nil || !joins(s, batch, local) {
			return i
		}
		p := s.Parts[0].Program
		for k, n := range s.Out {
			local[n] = k < len(p.Stores) ||
				p.Reduces[k-len(p.Stores)].Out.BatchLocal(p.Size, n.Shape.Size(), batch)
		}
	}
	return len(steps)
}

// joins reports whether a cluster reads of the values in local only the examples that it computes.
func joins(s *Step, batch int, local map[*graph.Node]bool) bool {
	p := s.Parts[0].Program
	if p.Size == 0 || p.Size%batch != 0 {
		return false
	}
	for _, in := range p.Inputs {
		source := s.In[in.Source]
		if ok, made := local[source]; made && (!ok || !in.Access.BatchLocal(p.Size, source.Shape.Size(), batch)) {
			return false
		}
	}
	return true
}

// joinSteps makes one step of several clusters and cuts it into bands, each of some of the batch's examples.
func joinSteps(steps []*Step, batch int) *Step {
	all := &Step{Node: steps[0].Node, batch: batch}
	cost, bytes := 0, 0
	for _, s := range steps {
		p := s.Parts[0].Program
		part := Part{Program: p}
		for _, n := range s.In {
			if k := slices.Index(all.Out, n); k >= 0 {
				part.In = append(part.In, ^k)
				continue
			}
			k := slices.Index(all.In, n)
			if k < 0 {
				k = len(all.In)
				all.In = append(all.In, n)
				bytes += int(n.Shape.Memory())
			}
			part.In = append(part.In, k)
		}
		for k, n := range s.Out {
			part.Out = append(part.Out, len(all.Out))
			all.Out = append(all.Out, n)
			all.Size = append(all.Size, s.Size[k])
			bytes += s.Size[k]
		}
		all.Parts = append(all.Parts, part)
		cost += p.Work()
	}
	bands := max(cost/tile.ChunkCost, (bytes+bandBytes-1)/bandBytes, 1)
	per := max(batch/min(bands, batch), 1) // examples a band
	for _, part := range all.Parts {
		var chunks []int
		for at := 0; at < batch; at += per {
			chunks = append(chunks, at*(part.Program.Size/batch))
		}
		part.Program.Cut(append(chunks, part.Program.Size))
	}
	return all
}
