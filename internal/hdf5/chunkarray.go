package hdf5

import "math/bits"

// fixed visits an array of the places of chunks, of a dataset that can't grow without a limit.
func (x *chunkIndex) fixed(at uint64) error {
	c, err := x.f.signed(at, "FAHD", 28, indexName)
	if err != nil {
		return err
	}
	version, client, width, pageBits := c.u8(), c.u8(), int(c.u8()), int(c.u8())
	count, block := c.u64(), c.u64()
	if err := c.checksum(indexName); err != nil {
		return err
	}
	if version != 0 || client > 1 || !x.wide(width) || pageBits > 32 || count > x.f.size {
		return damaged(indexName, at)
	}
	if block == undefined {
		return nil
	}
	const head = 14
	page := uint64(1) << pageBits
	if count <= page {
		c, err := x.f.signed(block, "FADB", head+count*uint64(width)+4, indexName)
		if err != nil {
			return err
		}
		return x.elements(c, head, 0, count, width)
	}
	pages := (count + page - 1) / page
	used := (pages + 7) / 8
	c, err = x.f.signed(block, "FADB", head+used+4, indexName)
	if err != nil {
		return err
	}
	c.at = head
	inUse := c.take(int(used))
	if err := c.checksum(indexName); err != nil {
		return err
	}
	next := block + head + used + 4
	for k := range pages {
		n := min(page, count-k*page)
		if bit(inUse, k) {
			data, err := x.f.read(next, n*uint64(width)+4)
			if err != nil {
				return err
			}
			if err := x.elements(&cursor{data: data, from: next}, 0, k*page, n, width); err != nil {
				return err
			}
		}
		next += page*uint64(width) + 4
	}
	return nil
}

// elements takes so many chunks, from a number on, of an array that begins at a place of a block, and compares the
// checksum that follows.
func (x *chunkIndex) elements(c *cursor, from int, first, count uint64, width int) error {
	c.at = from + int(count)*width
	if err := c.checksum(indexName); err != nil {
		return err
	}
	c.at = from
	for k := range count {
		at, size, skipped := x.element(c, width)
		if err := x.numberedExtensible(first+k, at, size, skipped); err != nil {
			return err
		}
	}
	return nil
}

// numberedExtensible is [chunkIndex.numbered] for arrays that grow, in which the dimension without a limit counts
// first.
func (x *chunkIndex) numberedExtensible(k, at, size uint64, skipped uint32) error {
	if x.layout.index != extensibleIndex {
		return x.numbered(k, at, size, skipped)
	}
	grows := 0
	for d, is := range x.unlimited {
		if is {
			grows = d
		}
	}
	rest := uint64(1) // chunks of the other dimensions
	for d, n := range x.limits {
		if d != grows {
			rest *= uint64(n)
		}
	}
	if rest == 0 || at == undefined || k/rest >= uint64(x.grid[grows]) {
		return nil
	}
	places := make([]uint64, len(x.grid))
	places[grows] = k / rest
	k %= rest
	for d := len(x.grid) - 1; d >= 0; d-- {
		if d != grows {
			places[d] = k % uint64(x.limits[d])
			k /= uint64(x.limits[d])
		}
	}
	number := uint64(0)
	for d, along := range x.grid {
		if places[d] >= uint64(along) {
			return nil
		}
		number = number*uint64(along) + places[d]
	}
	return x.add(number, at, size, skipped)
}

// extensible is an array of the places of chunks that grows.
type extensible struct {
	x           *chunkIndex
	width       int // bytes of an element
	offsetWidth int // bytes of an element's number
	page        uint64
	count       uint64 // elements that were ever set

	inIndex uint64 // elements in the index itself
	least   uint64 // elements of the smallest block
	levels  int    // of blocks, whose number or size doubles by turns
	direct  int    // levels whose blocks the index names
}

// extensible visits an array of the places of chunks, of a dataset that can grow in one dimension.
func (x *chunkIndex) extensible(at uint64) error {
	c, err := x.f.signed(at, "EAHD", 72, indexName)
	if err != nil {
		return err
	}
	version, client, width, most := c.u8(), c.u8(), int(c.u8()), int(c.u8())
	inIndex, least, pointers, pageBits := uint64(c.u8()), uint64(c.u8()), uint64(c.u8()), int(c.u8())
	c.skip(4 * 8)
	e := extensible{x: x, width: width, offsetWidth: (most + 7) / 8, page: 1 << min(pageBits, 40), count: c.u64(),
		inIndex: inIndex, least: least}
	c.skip(8)
	index := c.u64()
	if err := c.checksum(indexName); err != nil {
		return err
	}
	if version != 0 || client > 1 || !x.wide(width) || most == 0 || most > 64 || bits.OnesCount64(least) != 1 ||
		bits.OnesCount64(pointers) != 1 || bits.Len64(least) > most || e.count > x.f.size {
		return damaged(indexName, at)
	}
	e.levels = 1 + most - (bits.Len64(least) - 1)
	e.direct = 2 * (bits.Len64(pointers) - 1)
	if e.levels < e.direct {
		return damaged(indexName, at)
	}
	if index == undefined {
		return nil
	}
	return e.index(index, 2*(pointers-1)+uint64(e.levels-e.direct))
}

// index visits the elements of the index, and the blocks whose addresses it has.
func (e extensible) index(at, blocks uint64) error {
	const head = 14
	n := head + e.inIndex*uint64(e.width) + 8*blocks
	c, err := e.x.f.signed(at, "EAIB", n+4, indexName)
	if err != nil {
		return err
	}
	c.at = int(n)
	if err := c.checksum(indexName); err != nil {
		return err
	}
	c.at = head
	for k := range e.inIndex {
		at, size, skipped := e.x.element(c, e.width)
		if err := e.x.numberedExtensible(k, at, size, skipped); err != nil {
			return err
		}
	}
	next := e.inIndex
	for level := range e.levels {
		number, elements := uint64(1)<<(level/2), e.least<<((level+1)/2)
		if level >= e.direct {
			if at := c.u64(); at != undefined && next < e.count {
				if err := e.secondary(at, next, number, elements); err != nil {
					return err
				}
			}
			next += number * elements
			continue
		}
		for range number {
			if at := c.u64(); at != undefined && next < e.count {
				if err := e.block(at, next, elements, nil); err != nil {
					return err
				}
			}
			next += elements
		}
	}
	return c.err
}

// secondary visits a block of the addresses of blocks.
func (e extensible) secondary(at, first, number, elements uint64) error {
	pages, bytes := uint64(0), uint64(0) // of a block, and bytes that say which of them are used
	if elements > e.page {
		pages = elements / e.page
		bytes = (pages + 7) / 8
	}
	head := 14 + uint64(e.offsetWidth)
	if number > e.x.f.size || bytes > e.x.f.size/number {
		return damaged(indexName, at)
	}
	c, err := e.x.f.signed(at, "EASB", head+number*bytes+8*number+4, indexName)
	if err != nil {
		return err
	}
	c.at = int(head + number*bytes + 8*number)
	if err := c.checksum(indexName); err != nil {
		return err
	}
	c.at = int(head)
	bits := c.take(int(number * bytes))
	for k := range number {
		used := func(page uint64) bool { return bit(bits, k*pages+page) }
		if at := c.u64(); at != undefined && first < e.count {
			if err := e.block(at, first, elements, used); err != nil {
				return err
			}
		}
		first += elements
	}
	return nil
}

// block visits elements, in pages where there are many.
func (e extensible) block(at, first, elements uint64, used func(page uint64) bool) error {
	head := 14 + uint64(e.offsetWidth)
	if elements > e.x.f.size {
		return damaged(indexName, at)
	}
	if elements <= e.page {
		c, err := e.x.f.signed(at, "EADB", head+elements*uint64(e.width)+4, indexName)
		if err != nil {
			return err
		}
		return e.x.elements(c, int(head), first, elements, e.width)
	}
	c, err := e.x.f.signed(at, "EADB", head+4, indexName)
	if err != nil {
		return err
	}
	c.at = int(head)
	if err := c.checksum(indexName); err != nil {
		return err
	}
	next := at + head + 4
	for k := uint64(0); k < elements/e.page; k++ {
		if used == nil || used(k) {
			data, err := e.x.f.read(next, e.page*uint64(e.width)+4)
			if err != nil {
				return err
			}
			if err := e.x.elements(&cursor{data: data, from: next}, 0, first, e.page, e.width); err != nil {
				return err
			}
		}
		next += e.page*uint64(e.width) + 4
		first += e.page
	}
	return nil
}

// bit is a bit of many, of which the first is the highest of a byte.
func bit(bits []byte, k uint64) bool { return bits[k/8]>>(7-k%8)&1 != 0 }
