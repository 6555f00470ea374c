package graph

// dropDead keeps the nodes that the outputs depend on. Parameters stay callable whether needed or not.
func (g *Graph) dropDead() {
	needed := make(map[*Node]bool, len(g.Nodes))
	for _, n := range g.Outputs {
		needed[n] = true
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if needed[g.Nodes[i]] {
			for _, in := range g.Nodes[i].Inputs {
				needed[in] = true
			}
		}
	}
	live := g.Nodes[:0]
	for _, n := range g.Nodes {
		if needed[n] {
			live = append(live, n)
		}
	}
	clear(g.Nodes[len(live):])
	g.Nodes = live
}
