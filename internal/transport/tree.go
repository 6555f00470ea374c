package transport

// tree is a rooted tree of numbered nodes; each but the root has a flow on the arc to its parent.
type tree struct {
	parent        []int // −1 at the root
	flow          []float64
	depth         []int
	child         []int // the first child, −1 without
	before, after []int // siblings, −1 at the ends
}

func newTree(nodes int) tree {
	return tree{
		parent: filled(nodes, -1), flow: make([]float64, nodes), depth: make([]int, nodes),
		child: filled(nodes, -1), before: filled(nodes, -1), after: filled(nodes, -1),
	}
}

// hang makes v, the root of a tree of its own, a child of parent.
func (t *tree) hang(v, parent int, flow float64) {
	first := t.child[parent]
	t.parent[v], t.flow[v], t.before[v], t.after[v] = parent, flow, -1, first
	if first >= 0 {
		t.before[first] = v
	}
	t.child[parent] = v
}

// cut makes v the root of a tree of its own.
func (t *tree) cut(v int) {
	before, after := t.before[v], t.after[v]
	if before >= 0 {
		t.after[before] = after
	} else {
		t.child[t.parent[v]] = after
	}
	if after >= 0 {
		t.before[after] = before
	}
	t.parent[v] = -1
}

// reroot cuts the arc above node last and makes v, below it, the root of what hangs there.
func (t *tree) reroot(v, last int) {
	child, flow := -1, 0.0 // the node before v on the way, and the flow between them
	for {
		parent, above := t.parent[v], t.flow[v]
		t.cut(v)
		if child >= 0 {
			t.hang(v, child, flow)
		}
		if v == last {
			return
		}
		child, flow, v = v, above, parent
	}
}

// meet is the lowest node that has both v and w below it or is one of them.
func (t *tree) meet(v, w int) int {
	for v != w {
		if t.depth[v] < t.depth[w] {
			v, w = w, v
		}
		v = t.parent[v]
	}
	return v
}
