package simd

import "slices"

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
func joinBands(steps []*step) []*step {
	var joined []*step
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
				group = []*step{joinSteps(group, batch)}
			}
			joined = append(joined, group...)
		}
		i += n
	}
	return joined
}

// sharing splits steps that can go band by band into groups without an array in common, which gain nothing from each
// other's bands: an optimizer updates its parameters faster one by one. No step needs a value of another group's.
func sharing(steps []*step) [][]*step {
	group := make([]int, len(steps)) // of each step, the first step of its group
	owner := map[*node]int{}         // of each array, a step that has it
	for i, s := range steps {
		group[i] = i
		for _, n := range slices.Concat(s.in, s.out) {
			if n.shape.Size() == 1 {
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
	var groups [][]*step
	for first := range steps {
		var members []*step
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
func batchOf(s *step) int {
	n := s.node
	if isReduce(n) {
		n = n.inputs[0]
	}
	if n.shape.Rank() == 0 {
		return 0
	}
	return n.shape.Dimensions[0]
}

// bandLength counts the leading steps that can go band by band together.
func bandLength(steps []*step) int {
	if steps[0].parts == nil {
		return 0
	}
	batch := batchOf(steps[0])
	if batch < minBatch || batch > maxBatch {
		return 0
	}
	local := map[*node]bool{} // made by these steps: does an example's part depend on the example alone?
	for i, s := range steps {
		if s.parts == nil || !joins(s, batch, local) {
			return i
		}
		p := s.parts[0].prog
		for k, n := range s.out {
			local[n] = k < len(p.stores) ||
				p.reduces[k-len(p.stores)].out.batchLocal(p.size, n.shape.Size(), batch)
		}
	}
	return len(steps)
}

// joins reports whether a cluster reads of the values in local only the examples that it computes.
func joins(s *step, batch int, local map[*node]bool) bool {
	p := s.parts[0].prog
	if p.size == 0 || p.size%batch != 0 {
		return false
	}
	for _, in := range p.inputs {
		source := s.in[in.source]
		if ok, made := local[source]; made && (!ok || !in.access.batchLocal(p.size, source.shape.Size(), batch)) {
			return false
		}
	}
	return true
}

// joinSteps makes one step of several clusters and cuts it into bands, each of some of the batch's examples.
func joinSteps(steps []*step, batch int) *step {
	all := &step{node: steps[0].node, batch: batch}
	cost, bytes := 0, 0
	for _, s := range steps {
		p := s.parts[0].prog
		part := part{prog: p}
		for _, n := range s.in {
			if k := slices.Index(all.out, n); k >= 0 {
				part.in = append(part.in, ^k)
				continue
			}
			k := slices.Index(all.in, n)
			if k < 0 {
				k = len(all.in)
				all.in = append(all.in, n)
				bytes += int(n.shape.Memory())
			}
			part.in = append(part.in, k)
		}
		for k, n := range s.out {
			part.out = append(part.out, len(all.out))
			all.out = append(all.out, n)
			all.size = append(all.size, s.size[k])
			bytes += s.size[k]
		}
		all.parts = append(all.parts, part)
		cost += p.work()
	}
	bands := max(cost/chunkCost, (bytes+bandBytes-1)/bandBytes, 1)
	per := max(batch/min(bands, batch), 1) // examples a band
	for _, part := range all.parts {
		var chunks []int
		for at := 0; at < batch; at += per {
			chunks = append(chunks, at*(part.prog.size/batch))
		}
		part.prog.cut(append(chunks, part.prog.size))
	}
	return all
}
