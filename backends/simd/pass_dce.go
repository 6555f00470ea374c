package simd

// dropDead keeps the nodes that the outputs depend on. Parameters stay callable whether needed or not.
func (g *graph) dropDead() {
	needed := make(map[*node]bool, len(g.nodes))
	for _, n := range g.outputs {
		needed[n] = true
	}
	for i := len(g.nodes) - 1; i >= 0; i-- {
		if needed[g.nodes[i]] {
			for _, in := range g.nodes[i].inputs {
				needed[in] = true
			}
		}
	}
	live := g.nodes[:0]
	for _, n := range g.nodes {
		if needed[n] {
			live = append(live, n)
		}
	}
	clear(g.nodes[len(live):])
	g.nodes = live
}
