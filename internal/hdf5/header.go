package hdf5

import (
	"encoding/binary"
	"fmt"
)

// Kinds of messages in an object's header.
const (
	dataspaceMessage  = 0x01
	linkInfoMessage   = 0x02
	datatypeMessage   = 0x03
	linkMessage       = 0x06
	externalMessage   = 0x07
	layoutMessage     = 0x08
	filterMessage     = 0x0b
	attributeMessage  = 0x0c
	continuesMessage  = 0x10
	oldGroupMessage   = 0x11
	attributesMessage = 0x15
	lastMessage       = 0x17 // that the format knows
)

// message is one of an object's header.
type message struct {
	kind uint16
	data []byte
}

// headerBlock is a part of a header: bytes at an address.
type headerBlock struct{ at, n uint64 }

// header reads the messages of the object at an address.
func (f *File) header(at uint64) ([]message, error) {
	start, err := f.read(at, 16)
	if err != nil {
		return nil, err
	}
	var h headerReader
	if string(start[:4]) == "OHDR" {
		err = h.readNew(f, at, start)
	} else if start[0] == 1 {
		err = h.readOld(f, at, start)
	} else {
		err = damaged("object header", at)
	}
	return h.messages, err
}

// headerReader gathers the messages of a header.
type headerReader struct {
	messages []message
	blocks   []headerBlock // still to read
	taken    uint64        // bytes of the blocks so far
}

// readOld reads a header of version 1.
func (h *headerReader) readOld(f *File, at uint64, start []byte) error {
	count := int(binary.LittleEndian.Uint16(start[2:]))
	h.blocks = []headerBlock{{at + 16, uint64(binary.LittleEndian.Uint32(start[8:]))}}
	for len(h.blocks) > 0 {
		c, err := h.block(f)
		if err != nil {
			return err
		}
		for c.left() >= 8 && count > 0 {
			kind, size, flags := c.u16(), c.u16(), c.u8()
			c.skip(3)
			if err := h.add(f, kind, flags, c.take(int(size)), c.err); err != nil {
				return err
			}
			count--
		}
	}
	if count > 0 {
		return damaged("object header", at)
	}
	return nil
}

// block reads the next block.
func (h *headerReader) block(f *File) (*cursor, error) {
	b := h.blocks[0]
	h.blocks = h.blocks[1:]
	if h.taken += b.n; h.taken > f.size {
		return nil, damaged("object header", b.at)
	}
	data, err := f.read(b.at, b.n)
	return &cursor{data: data, from: b.at}, err
}

// readNew reads a header of version 2.
func (h *headerReader) readNew(f *File, at uint64, start []byte) error {
	flags := start[5]
	prefix := 6
	if flags&0x20 != 0 { // times
		prefix += 16
	}
	if flags&0x10 != 0 { // numbers of attributes
		prefix += 4
	}
	width := 1 << (flags & 3)
	head, err := f.read(at, uint64(prefix+width))
	if err != nil {
		return err
	}
	size := (&cursor{data: head, at: prefix}).uint(width)
	if start[4] != 2 || size > f.size {
		return damaged("object header", at)
	}
	h.blocks = []headerBlock{{at, uint64(prefix+width) + size + 4}}
	for first := true; len(h.blocks) > 0; first = false {
		c, err := h.block(f)
		if err != nil {
			return err
		}
		end := len(c.data) - 4
		skip := prefix + width
		if !first {
			skip = 4
			if end < skip || string(c.data[:4]) != "OCHK" {
				return damaged("object header", c.from)
			}
		}
		c.at = end
		if err := c.checksum("object header"); err != nil {
			return err
		}
		c.data, c.at = c.data[:end], skip
		least := 4
		if flags&4 != 0 {
			least = 6
		}
		for c.left() >= least {
			kind, size, shared := uint16(c.u8()), c.u16(), c.u8()
			c.skip(least - 4) // the order of creation
			if err := h.add(f, kind, shared, c.take(int(size)), c.err); err != nil {
				return err
			}
		}
	}
	return nil
}

// add takes a message.
func (h *headerReader) add(f *File, kind uint16, flags byte, data []byte, err error) error {
	if err != nil {
		return err
	}
	const shared = 2
	switch kind {
	case continuesMessage:
		c := &cursor{data: data}
		b := headerBlock{c.u64(), c.u64()}
		if c.err != nil || b.n < 8 || b.n > f.size {
			return damaged("object header", b.at)
		}
		h.blocks = append(h.blocks, b)
	case dataspaceMessage, linkInfoMessage, datatypeMessage, linkMessage, externalMessage, layoutMessage, filterMessage,
		attributeMessage, oldGroupMessage, attributesMessage:
		if flags&shared != 0 {
			return fmt.Errorf("a header that shares parts with others (message %#x), which isn't read; write it again",
				kind)
		}
		h.messages = append(h.messages, message{kind, data})
	default:
		if kind > lastMessage {
			return fmt.Errorf("a header with a message of the unknown kind %#x; copy it again", kind)
		}
	}
	return nil
}
