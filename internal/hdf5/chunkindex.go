package hdf5

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// Indices of chunks. The oldest is a B-tree of version 1.
const (
	oldIndex        = 0
	singleIndex     = 1
	implicitIndex   = 2
	fixedIndex      = 3
	extensibleIndex = 4
	treeIndex       = 5
)

// chunks are the places of all chunks of a dataset, in order. A chunk that isn't there is an error.
func (d *Dataset) chunks() ([]chunkPlace, error) {
	if d.places != nil {
		return d.places, nil
	}
	x := chunkIndex{f: d.f, layout: d.layout, packed: len(d.filters) > 0}
	x.bytes, _ = product(d.layout.chunk, d.element.bytes()) // which is bounded
	x.count = 1
	for k, n := range d.stored {
		along := (n + d.layout.chunk[k] - 1) / d.layout.chunk[k]
		x.grid = append(x.grid, along)
		limit := along // of a dataset that may grow
		if d.limits[k] >= 0 {
			limit = (d.limits[k]-1)/d.layout.chunk[k] + 1
		}
		x.limits = append(x.limits, limit)
		x.unlimited = append(x.unlimited, d.limits[k] < 0)
		var ok bool
		if x.count, ok = product([]int{along}, x.count); !ok {
			return nil, damaged("shape", 0)
		}
	}
	if uint64(x.count) > d.f.size { // each takes a byte at least
		return nil, fmt.Errorf("%d chunks of data in %d bytes; copy it again", x.count, d.f.size)
	}
	if err := x.find(); err != nil {
		return nil, err
	}
	slices.SortFunc(x.places, func(a, b chunkPlace) int { return cmp.Compare(a.number, b.number) })
	if len(x.places) != x.count {
		return nil, fmt.Errorf("%d of %d chunks of data; copy it again, or write it again whole", len(x.places),
			x.count)
	}
	for k, p := range x.places {
		if p.number != uint64(k) {
			return nil, damaged("index of chunks", d.layout.at)
		}
		if !x.packed && p.size != uint64(x.bytes) {
			return nil, damaged("index of chunks", d.layout.at)
		}
	}
	d.places = x.places
	return x.places, nil
}

// chunkIndex finds the chunks of a dataset.
type chunkIndex struct {
	f         *File
	layout    layout
	packed    bool
	bytes     int   // of a chunk, unpacked
	grid      []int // chunks along each dimension
	limits    []int // the same of the greatest size, which numbers them
	unlimited []bool
	count     int
	places    []chunkPlace
}

const indexName = "index of chunks"

// find visits the index.
func (x *chunkIndex) find() error {
	at := x.layout.at
	if at == undefined {
		return nil
	}
	switch x.layout.index {
	case singleIndex:
		size := uint64(x.bytes)
		if x.layout.single > 0 {
			size = x.layout.single
		}
		return x.add(0, at, size, x.layout.singleSkipped)
	case implicitIndex:
		for k := range x.count {
			if err := x.numbered(uint64(k), at+uint64(k)*uint64(x.bytes), uint64(x.bytes), 0); err != nil {
				return err
			}
		}
		return nil
	case fixedIndex:
		return x.fixed(at)
	case extensibleIndex:
		return x.extensible(at)
	case treeIndex:
		return x.tree(at)
	}
	rank := len(x.grid)
	return x.f.walkTree(at, chunkTree, 8+8*(rank+1), func(key, _ []byte, at uint64) error {
		size, skipped, offsets := oldKey(key)
		number := uint64(0)
		for k, along := range x.grid {
			offset, length := binary.LittleEndian.Uint64(offsets[8*k:]), uint64(x.layout.chunk[k])
			if offset%length != 0 || offset/length >= uint64(along) {
				return damaged(indexName, x.layout.at)
			}
			number = number*uint64(along) + offset/length
		}
		if binary.LittleEndian.Uint64(offsets[8*rank:]) != 0 {
			return damaged(indexName, x.layout.at)
		}
		return x.add(number, at, uint64(size), skipped)
	})
}

// add takes a chunk.
func (x *chunkIndex) add(number, at, size uint64, skipped uint32) error {
	if len(x.places) == x.count || at == undefined || size == 0 {
		return damaged(indexName, x.layout.at)
	}
	if x.places == nil {
		x.places = make([]chunkPlace, 0, min(x.count, 1<<10))
	}
	x.places = append(x.places, chunkPlace{number, at, size, skipped})
	return nil
}

// numbered takes a chunk by its number in a dataset of the greatest size; one beyond the present size isn't there.
func (x *chunkIndex) numbered(k, at, size uint64, skipped uint32) error {
	number, stride := uint64(0), uint64(1)
	for d := len(x.grid) - 1; d >= 0; d-- {
		place := k % uint64(x.limits[d])
		if k /= uint64(x.limits[d]); place >= uint64(x.grid[d]) {
			return nil
		}
		number += place * stride
		stride *= uint64(x.grid[d])
	}
	if k > 0 || at == undefined {
		return nil
	}
	return x.add(number, at, size, skipped)
}

// element reads the place of a chunk from an array of places.
func (x *chunkIndex) element(c *cursor, width int) (at, size uint64, skipped uint32) {
	at, size = c.u64(), uint64(x.bytes)
	if x.packed {
		size = c.uint(width - 12)
		skipped = c.u32()
	}
	return at, size, skipped
}

// wide tells whether elements of an array of places have a possible width.
func (x *chunkIndex) wide(width int) bool {
	return !x.packed && width == 8 || x.packed && width > 12 && width <= 20
}

// tree visits a B-tree of version 2.
func (x *chunkIndex) tree(at uint64) error {
	kind, sizeWidth := byte(10), 0
	if x.packed {
		kind, sizeWidth = 11, x.sizeWidth()
	}
	return x.f.walkTree2(at, kind, func(record []byte) error {
		c := &cursor{data: record}
		at, size, skipped := c.u64(), uint64(x.bytes), uint32(0)
		if x.packed {
			size, skipped = c.uint(sizeWidth), c.u32()
		}
		number := uint64(0)
		for _, along := range x.grid {
			place := c.u64()
			if place >= uint64(along) {
				return damaged(indexName, x.layout.at)
			}
			number = number*uint64(along) + place
		}
		if c.err != nil || c.left() > 0 {
			return damaged(indexName, x.layout.at)
		}
		return x.add(number, at, size, skipped)
	})
}

// sizeWidth is the number of bytes in which the size of a packed chunk is written.
func (x *chunkIndex) sizeWidth() int {
	if x.layout.longSizes {
		return 8
	}
	return min(8, 1+(bits.Len64(uint64(x.bytes))-1+8)/8)
}
