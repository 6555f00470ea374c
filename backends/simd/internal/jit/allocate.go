package jit

import (
	"errors"
	"math"
)

// errMasks is why a chain can't be assembled that needs more masks at once than there are registers.
var errMasks = errors.New("jit: too many masks at once")

// allocation assigns registers to the values of a chain while its operations are emitted in order. What a value needs
// is known in advance, so the register to free is that of the value that is needed last.
type allocation struct {
	target  *Target
	vectors int // those that may be used
	chain   *Chain
	uses    [][]int // the operations that need each value, in order
	at      int     // the current operation
	place   []int   // the register of each value, -1 if it is in none
	slot    []int   // where it is spilled, -1 if it isn't
	slots   int
	owner   []int // the value in each register, -1 if it is free
	pinned  []bool
}

func newAllocation(t *Target, vectors int, c *Chain, uses [][]int) *allocation {
	registers := t.vectors + t.masks
	a := &allocation{target: t, vectors: vectors, chain: c, uses: uses, place: make([]int, len(c.ops)),
		slot: make([]int, len(c.ops)), owner: make([]int, registers), pinned: make([]bool, registers)}
	for v := range a.place {
		a.place[v], a.slot[v] = -1, -1
	}
	for r := range a.owner {
		a.owner[r] = -1
	}
	return a
}

// usesOf lists the operations that need each value. Operations whose result nobody needs are left out.
func usesOf(c *Chain) [][]int {
	uses := make([][]int, len(c.ops))
	for i := len(c.ops) - 1; i >= 0; i-- {
		o := c.ops[i]
		if o.kind < store && len(uses[i]) == 0 {
			continue
		}
		for k, v := range o.args {
			if v >= 0 && !contains(o.args[:k], v) {
				uses[v] = append([]int{i}, uses[v]...)
			}
		}
	}
	return uses
}

func contains(values []Value, v Value) bool {
	for _, x := range values {
		if x == v {
			return true
		}
	}
	return false
}

// nextUse is the first operation from the given one on that needs a value.
func (a *allocation) nextUse(v, from int) int {
	for _, i := range a.uses[v] {
		if i >= from {
			return i
		}
	}
	return math.MaxInt
}

// dies reports whether the current operation is the last that needs a value.
func (a *allocation) dies(v Value) bool { return a.nextUse(int(v), a.at+1) == math.MaxInt }

// pin keeps a register until the end of the operation.
func (a *allocation) pin(r int) { a.pinned[r] = true }

// endOperation frees the registers of values that are needed no more.
func (a *allocation) endOperation() {
	clear(a.pinned)
	for r, v := range a.owner {
		if v >= 0 && a.nextUse(v, a.at+1) == math.MaxInt {
			a.release(r)
		}
	}
}

func (a *allocation) release(r int) {
	if v := a.owner[r]; v >= 0 {
		a.place[v] = -1
		a.owner[r] = -1
	}
}

// set gives a register to a value.
func (a *allocation) set(r int, v Value) {
	a.release(r)
	a.owner[r] = int(v)
	a.place[v] = r
}

// take returns a free register for a vector or, if the target has such, for a mask. If there is none, the value that is
// needed last makes way; spill writes it where it can't be read or computed again.
func (a *allocation) take(mask bool, spill func(register, slot int)) (int, error) {
	from, to := 0, a.vectors
	if mask = mask && a.target.masks > 0; mask {
		from, to = a.target.vectors+a.target.firstMask, a.target.vectors+a.target.masks
	}
	best, latest := -1, -1
	for r := from; r < to; r++ {
		if a.pinned[r] {
			continue
		}
		v := a.owner[r]
		if v < 0 {
			return r, nil
		}
		if next := a.nextUse(v, a.at); next > latest {
			best, latest = r, next
		}
	}
	if best < 0 {
		return 0, errMasks
	}
	v := a.owner[best]
	if !a.chain.ops[v].kind.inMemory() && a.slot[v] < 0 {
		if mask {
			return 0, errMasks
		}
		a.slot[v] = a.slots
		a.slots++
		spill(best, a.slot[v])
	}
	a.release(best)
	return best, nil
}
