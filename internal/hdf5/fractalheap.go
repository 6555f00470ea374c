package hdf5

import (
	"errors"
	"math/bits"
)

// fractalHeap is a heap of messages: blocks that double in size, in a table of rows.
type fractalHeap struct {
	f       *File
	idWidth int // bytes of a place
	at      uint64

	checked        bool // direct blocks have checksums
	offsetWidth    int  // bytes of an offset in the heap
	lengthWidth    int  // bytes of a length
	width          uint64
	start, largest uint64 // bytes of the first direct block, and of the largest
	root           uint64
	rows           int // of the root, 0 where it is a direct block
	blocks         map[uint64][]byte
	blockBytes     uint64 // of the blocks that were read
}

const heapName = "heap of messages"

// fractalHeap reads the head of the heap at an address.
func (f *File) fractalHeap(at uint64) (*fractalHeap, error) {
	c, err := f.signed(at, "FRHP", 146, heapName)
	if err != nil {
		return nil, err
	}
	h := &fractalHeap{f: f, at: at, blocks: map[uint64][]byte{}}
	version := c.u8()
	h.idWidth = int(c.u16())
	filters, flags := c.u16(), c.u8()
	largest := c.u32() // object
	c.skip(12 * 8)     // huge and tiny objects, free space
	h.width = uint64(c.u16())
	h.start, h.largest = c.u64(), c.u64()
	most := int(c.u16()) // bits of an offset
	c.skip(2)
	h.root = c.u64()
	h.rows = int(c.u16())
	if filters != 0 {
		return nil, errors.New("names or attributes that are compressed, which aren't read; write it again")
	}
	if err := c.checksum(heapName); err != nil {
		return nil, err
	}
	h.checked = flags&2 != 0
	h.offsetWidth = (most + 7) / 8
	h.lengthWidth = min(encoded(uint64(largest)), encoded(h.largest))
	if version != 0 || h.width == 0 || bits.OnesCount64(h.width) != 1 || bits.OnesCount64(h.start) != 1 ||
		bits.OnesCount64(h.largest) != 1 || h.start > h.largest || h.largest > 1<<32 || most > 64 ||
		h.idWidth < 1+h.offsetWidth+h.lengthWidth || h.rows > 64 {
		return nil, damaged(heapName, at)
	}
	return h, nil
}

// object is the message at a place.
func (h *fractalHeap) object(id []byte) ([]byte, error) {
	c := &cursor{data: id}
	const managed, tiny = 0, 2
	switch flags := c.u8(); {
	case flags>>6 != 0:
		return nil, damaged(heapName, h.at)
	case flags>>4 == tiny:
		return c.take(min(int(flags&15)+1, c.left())), nil
	case flags>>4 != managed:
		return nil, errors.New("an attribute of many kilobytes, which isn't read; write it without")
	}
	offset, length := c.uint(h.offsetWidth), c.uint(h.lengthWidth)
	block, from, err := h.find(h.root, h.rows, 0, offset)
	if err != nil {
		return nil, err
	}
	if at := offset - from; at > uint64(len(block)) || length > uint64(len(block))-at {
		return nil, damaged(heapName, h.at)
	}
	return block[offset-from:][:length], nil
}

// find is the direct block that has an offset, and the offset at which it begins; at is a block that begins at from.
func (h *fractalHeap) find(at uint64, rows int, from, offset uint64) (block []byte, begins uint64, err error) {
	if rows == 0 {
		block, err = h.direct(at, h.start, from)
		return block, from, err
	}
	for depth := 0; depth < 64; depth++ {
		row, size := 0, h.start
		if relative := (offset - from) / (h.width * h.start); relative > 0 {
			row = bits.Len64(relative)
			size = h.start << (row - 1)
		}
		if offset < from || row >= rows || size == 0 {
			return nil, 0, damaged(heapName, at)
		}
		begin := from
		if row > 0 {
			begin += h.width * size
		}
		column := (offset - begin) / size
		begin += column * size
		if column >= h.width {
			return nil, 0, damaged(heapName, at)
		}
		entry := uint64(row)*h.width + column
		child, err := h.entry(at, rows, from, entry)
		if err != nil {
			return nil, 0, err
		}
		if size <= h.largest {
			block, err = h.direct(child, size, begin)
			return block, begin, err
		}
		at, from = child, begin
		rows = bits.Len64(size) - bits.Len64(h.start*h.width) + 1
		if rows < 1 {
			return nil, 0, damaged(heapName, at)
		}
	}
	return nil, 0, damaged(heapName, at)
}

// entry is an address in an indirect block of so many rows.
func (h *fractalHeap) entry(at uint64, rows int, from, k uint64) (uint64, error) {
	const what = heapName
	n := uint64(13+h.offsetWidth) + 8*uint64(rows)*h.width + 4
	data, known := h.blocks[at]
	if !known {
		if h.blockBytes += n; h.blockBytes > h.f.size {
			return 0, damaged(what, at)
		}
		c, err := h.f.signed(at, "FHIB", n, what)
		if err != nil {
			return 0, err
		}
		version := c.u8()
		c.skip(8)
		begins := c.uint(h.offsetWidth)
		c.at = int(n) - 4
		if err := c.checksum(what); err != nil || version != 0 || begins != from {
			return 0, damaged(what, at)
		}
		data = c.data
		h.blocks[at] = data
	}
	if uint64(len(data)) != n {
		return 0, damaged(what, at)
	}
	c := &cursor{data: data, at: 13 + h.offsetWidth + 8*int(k)}
	return c.u64(), nil
}

// direct is a block of messages.
func (h *fractalHeap) direct(at, size, from uint64) ([]byte, error) {
	data, known := h.blocks[at]
	if known && uint64(len(data)) == size {
		return data, nil
	}
	if h.blockBytes += size; h.blockBytes > h.f.size {
		return nil, damaged(heapName, at)
	}
	c, err := h.f.signed(at, "FHDB", size, heapName)
	if err != nil {
		return nil, err
	}
	version := c.u8()
	c.skip(8)
	begins := c.uint(h.offsetWidth)
	if version != 0 || begins != from {
		return nil, damaged(heapName, at)
	}
	if h.checked {
		sum := c.u32()
		if c.err != nil {
			return nil, c.err
		}
		field := c.data[c.at-4 : c.at]
		clear(field)
		if lookup3(c.data) != sum {
			return nil, damaged(heapName, at)
		}
	}
	h.blocks[at] = c.data
	return c.data, c.err
}
