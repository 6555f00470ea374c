package hdf5

import "encoding/binary"

// Kinds of B-trees of version 1.
const (
	groupTree = 0
	chunkTree = 1
)

// walkTree visits the addresses that the leaves of a B-tree of version 1 have, in order, each with the keys before and
// after it. keyWidth is the length of a key.
func (f *File) walkTree(root uint64, kind byte, keyWidth int, visit func(key, next []byte, at uint64) error) error {
	w := treeWalk{f: f, kind: kind, keyWidth: keyWidth, visit: visit, left: f.size}
	return w.node(root, -1)
}

type treeWalk struct {
	f        *File
	kind     byte
	keyWidth int
	visit    func(key, next []byte, at uint64) error
	left     uint64 // bytes of nodes that may still come: all lie in the file, and none twice
}

// node visits a node of a level, and those below it; the level of the root is −1, any.
func (w *treeWalk) node(at uint64, level int) error {
	const what = "B-tree"
	c, err := w.f.signed(at, "TREE", 24, what)
	if err != nil {
		return err
	}
	kind, own, count := c.u8(), int(c.u8()), int(c.u16())
	if kind != w.kind || level >= 0 && own != level {
		return damaged(what, at)
	}
	width := w.keyWidth + 8
	n := uint64(count)*uint64(width) + uint64(w.keyWidth)
	if n+24 > w.left {
		return damaged(what, at)
	}
	w.left -= n + 24
	entries, err := w.f.read(at+24, n)
	if err != nil {
		return err
	}
	for ; count > 0; count-- {
		child := binary.LittleEndian.Uint64(entries[w.keyWidth:])
		if own == 0 {
			err = w.visit(entries[:w.keyWidth], entries[width:width+w.keyWidth], child)
		} else {
			err = w.node(child, own-1)
		}
		if err != nil {
			return err
		}
		entries = entries[width:]
	}
	return nil
}
