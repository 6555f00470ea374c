package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Places of data.
const (
	compactLayout    = 0
	contiguousLayout = 1
	chunkedLayout    = 2
)

// mostChunk bounds the bytes of a chunk, which is unpacked as a whole.
const mostChunk = 1 << 30

// layout says where the elements of a dataset are.
type layout struct {
	kind  byte
	data  []byte // compact
	at    uint64 // contiguous: of the data; chunked: of the index
	size  uint64 // contiguous, bytes; 0 where it isn't said
	chunk []int  // elements of a chunk along each dimension

	index         byte   // of chunks, see chunkindex.go
	single        uint64 // bytes of a single chunk that is packed
	singleSkipped uint32
	longSizes     bool // bytes of chunks are written as numbers of 8 bytes
}

// readLayout reads it from a message, for elements of so many bytes.
func readLayout(data []byte, element int) (layout, error) {
	c := &cursor{data: data}
	version := c.u8()
	var l layout
	var err error
	switch version {
	case 1, 2:
		l.readOldest(c)
	case 3, 4, 5:
		l.longSizes = version == 5
		switch l.kind = c.u8(); l.kind {
		case compactLayout:
			l.data = c.take(int(c.u16()))
		case contiguousLayout:
			l.at, l.size = c.u64(), c.u64()
		case chunkedLayout:
			if version == 3 {
				rank := int(c.u8())
				l.at = c.u64()
				l.dims(c, rank, 4)
			} else {
				err = l.readIndex(c)
			}
		case 3:
			return l, errors.New("data that are in other files (a virtual dataset), which aren't read; copy them " +
				"into one")
		default:
			err = damaged("layout", 0)
		}
	default:
		err = damaged("layout", 0)
	}
	if err == nil {
		err = c.err
	}
	if err != nil || l.kind != chunkedLayout {
		return l, err
	}
	last := len(l.chunk) - 1
	if last < 1 || l.chunk[last] != element || slices.Contains(l.chunk, 0) {
		return l, damaged("layout", 0)
	}
	if n, ok := product(l.chunk, 1); !ok || n > mostChunk {
		return l, fmt.Errorf("chunks of data of more than %d bytes; write it again in smaller ones", mostChunk)
	}
	l.chunk = l.chunk[:last]
	return l, nil
}

// readOldest reads versions 1 and 2.
func (l *layout) readOldest(c *cursor) {
	rank := int(c.u8())
	if l.kind = c.u8(); l.kind > chunkedLayout {
		c.err = errShort
	}
	c.skip(5)
	if l.kind != compactLayout {
		l.at = c.u64()
	}
	l.dims(c, rank, 4)
	if l.kind == compactLayout {
		if n := c.u32(); uint64(n) <= uint64(c.left()) {
			l.data = c.take(int(n))
		} else {
			c.err = errShort
		}
	}
}

// dims reads the lengths of a chunk, each in so many bytes.
func (l *layout) dims(c *cursor, rank, width int) {
	for range rank {
		d := c.uint(width)
		if d > 1<<32 {
			c.err = errShort
		}
		l.chunk = append(l.chunk, int(d))
	}
}

// readIndex reads which index of chunks there is, as versions 4 and 5 write it.
func (l *layout) readIndex(c *cursor) error {
	flags, rank, width := c.u8(), int(c.u8()), int(c.u8())
	if width < 1 || width > 8 {
		return damaged("layout", 0)
	}
	if flags&1 != 0 {
		return errors.New("chunks at the edge that are packed in another way, which aren't read; write it again")
	}
	l.dims(c, rank, width)
	switch l.index = c.u8(); l.index {
	case singleIndex:
		if flags&2 != 0 {
			l.single, l.singleSkipped = c.u64(), c.u32()
		}
	case implicitIndex:
	case fixedIndex:
		c.skip(1)
	case extensibleIndex:
		c.skip(5)
	case treeIndex:
		c.skip(6)
	default:
		return damaged("layout", 0)
	}
	l.at = c.u64()
	return c.err
}

// chunkPlace is where a chunk is.
type chunkPlace struct {
	number  uint64 // of the chunk, those along the last dimension in order
	at      uint64
	size    uint64
	skipped uint32 // a bit for each filter that wasn't used
}

// oldKey reads the key of a chunk in a B-tree of version 1: its size, what was skipped and its place in elements.
func oldKey(key []byte) (size, skipped uint32, offsets []byte) {
	return binary.LittleEndian.Uint32(key), binary.LittleEndian.Uint32(key[4:]), key[8:]
}
