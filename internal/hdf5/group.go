package hdf5

import (
	"bytes"
	"encoding/binary"
)

// oldGroup lists the objects of a group that is a B-tree of symbol tables, with names in a heap.
func (f *File) oldGroup(data []byte, add func(name string, at uint64) error) error {
	c := &cursor{data: data}
	tree, heap := c.u64(), c.u64()
	if c.err != nil {
		return c.err
	}
	h, err := f.signed(heap, "HEAP", 32, "heap of names")
	if err != nil {
		return err
	}
	version := h.u8()
	h.skip(3)
	size := h.u64()
	h.skip(8)
	names, err := f.read(h.u64(), size)
	if err != nil || version != 0 {
		return damaged("heap of names", heap)
	}
	before := ""
	return f.walkTree(tree, groupTree, 8, func(_, next []byte, node uint64) error {
		last := uint64(undefined)
		err := f.symbols(node, names, func(place uint64, name string, at uint64) error {
			if name <= before {
				return damaged("symbol table", node)
			}
			before, last = name, place
			return add(name, at)
		})
		if err == nil && last != binary.LittleEndian.Uint64(next) { // the key is that of the last name
			err = damaged("symbol table", node)
		}
		return err
	})
}

// symbols lists the objects of a symbol table, with the places of their names.
func (f *File) symbols(at uint64, names []byte, add func(place uint64, name string, at uint64) error) error {
	const what = "symbol table"
	c, err := f.signed(at, "SNOD", 8, what)
	if err != nil {
		return err
	}
	version := c.u8()
	c.skip(1)
	const width = 40
	entries, err := f.read(at+8, width*uint64(c.u16()))
	if err != nil || version != 1 {
		return damaged(what, at)
	}
	for ; len(entries) > 0; entries = entries[width:] {
		place := binary.LittleEndian.Uint64(entries)
		object := binary.LittleEndian.Uint64(entries[8:])
		kind := binary.LittleEndian.Uint32(entries[16:])
		if place >= uint64(len(names)) || kind > 2 {
			return damaged(what, at)
		}
		name, _, ended := bytes.Cut(names[place:], []byte{0})
		if !ended {
			return damaged(what, at)
		}
		if kind == 2 { // a symbolic link
			object = undefined
		}
		if err := add(place, string(name), object); err != nil {
			return err
		}
	}
	return nil
}

// link takes the object that a message of a new group names.
func link(data []byte, add func(name string, at uint64) error) error {
	c := &cursor{data: data}
	version, flags := c.u8(), c.u8()
	kind := byte(0)
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 { // the order of creation
		c.skip(8)
	}
	if flags&16 != 0 { // the encoding of the name
		c.skip(1)
	}
	size := c.uint(1 << (flags & 3))
	if size > uint64(c.left()) || version != 1 {
		return damaged("link", 0)
	}
	name := string(c.take(int(size)))
	at := undefined
	if kind == 0 {
		at = c.u64()
	}
	if c.err != nil {
		return c.err
	}
	return add(name, at)
}

// denseLinks lists the objects of a new group that has many: they are in a heap, with a B-tree over them.
func (f *File) denseLinks(data []byte, add func(name string, at uint64) error) error {
	c := &cursor{data: data}
	version, flags := c.u8(), c.u8()
	if flags&1 != 0 {
		c.skip(8)
	}
	heap, tree := c.u64(), c.u64()
	if c.err != nil || version != 0 {
		return damaged("list of links", 0)
	}
	if heap == undefined {
		return nil
	}
	const byName = 5
	return f.dense(heap, tree, byName, 4, func(data []byte) error { return link(data, add) })
}

// dense visits the messages in a heap in the order of the B-tree over them, whose records have the place in the heap
// after so many bytes.
func (f *File) dense(heap, tree uint64, kind byte, skip int, visit func(data []byte) error) error {
	h, err := f.fractalHeap(heap)
	if err != nil {
		return err
	}
	return f.walkTree2(tree, kind, func(record []byte) error {
		if len(record) < skip+h.idWidth {
			return damaged("B-tree", tree)
		}
		data, err := h.object(record[skip : skip+h.idWidth])
		if err != nil {
			return err
		}
		return visit(data)
	})
}
