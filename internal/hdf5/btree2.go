package hdf5

import "math/bits"

// walkTree2 visits the records of a B-tree of version 2, in order.
func (f *File) walkTree2(at uint64, kind byte, visit func(record []byte) error) error {
	const what = "B-tree"
	c, err := f.signed(at, "BTHD", 38, what)
	if err != nil {
		return err
	}
	version, own := c.u8(), c.u8()
	w := tree2Walk{f: f, kind: kind, visit: visit, size: uint64(c.u32()), width: int(c.u16())}
	depth := int(c.u16())
	c.skip(2)
	root, count, all := c.u64(), int(c.u16()), c.u64()
	if err := c.checksum(what); err != nil {
		return err
	}
	const prefix = 10 // bytes of a node besides its records
	if version != 0 || own != kind || w.width == 0 || w.size < prefix || w.size > f.size || depth > 32 {
		return damaged(what, at)
	}
	most := (w.size - prefix) / uint64(w.width)
	w.levels = []tree2Level{{most: most, all: most}}
	w.countWidth = encoded(most)
	for range depth {
		below := w.levels[len(w.levels)-1]
		pointer := 8 + w.countWidth + below.allWidth
		if w.size < uint64(prefix+pointer) {
			return damaged(what, at)
		}
		most := (w.size - uint64(prefix+pointer)) / uint64(w.width+pointer)
		all := min((most+1)*below.all+most, 1<<40)
		w.levels = append(w.levels, tree2Level{most: most, all: all, allWidth: encoded(all)})
	}
	if all == 0 || root == undefined {
		return nil
	}
	if err := w.node(root, depth, count); err != nil {
		return err
	}
	if w.visited != all {
		return damaged(what, at)
	}
	return nil
}

type tree2Walk struct {
	f          *File
	kind       byte
	visit      func(record []byte) error
	size       uint64 // bytes of a node
	width      int    // bytes of a record
	countWidth int    // bytes of the number of a node's records
	levels     []tree2Level
	visited    uint64 // records
	taken      uint64 // bytes of nodes
}

// tree2Level is what is known of the nodes of a level: most records in one, and in all below it with its own.
type tree2Level struct {
	most, all uint64
	allWidth  int // bytes of a number of all; 0 for leaves, which don't have it
}

// encoded is the number of bytes that numbers up to a limit take.
func encoded(limit uint64) int { return (max(bits.Len64(limit), 1)-1)/8 + 1 }

// node visits a node of a level that has so many records, and those below it.
func (w *tree2Walk) node(at uint64, level, count int) error {
	const what = "B-tree"
	signature := "BTLF"
	if level > 0 {
		signature = "BTIN"
	}
	if w.taken += w.size; uint64(count) > w.levels[level].most || w.taken > w.f.size {
		return damaged(what, at)
	}
	n := 6 + count*w.width + 4
	pointer := 0
	if level > 0 {
		pointer = 8 + w.countWidth + w.levels[level-1].allWidth
		n += (count + 1) * pointer
	}
	c, err := w.f.signed(at, signature, uint64(n), what)
	if err != nil {
		return err
	}
	version, kind := c.u8(), c.u8()
	records := c.take(count * w.width)
	pointers := &cursor{data: c.take((count + 1) * pointer)}
	if level == 0 {
		c.at = 6 + count*w.width
	}
	if err := c.checksum(what); err != nil || version != 0 || kind != w.kind {
		return damaged(what, at)
	}
	for k := range count + 1 {
		if level > 0 {
			child, below := pointers.u64(), int(pointers.uint(w.countWidth))
			pointers.skip(w.levels[level-1].allWidth)
			if err := w.node(child, level-1, below); err != nil {
				return err
			}
		}
		if k < count {
			w.visited++
			if err := w.visit(records[k*w.width : (k+1)*w.width]); err != nil {
				return err
			}
		}
	}
	return nil
}
