package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

const (
	fillMessage      = 0x05
	groupInfoMessage = 0x0a
	constantFlag     = 1 // of a message that nobody changes
)

// header encodes the header of a node, version 2. Its length doesn't depend on addresses.
func (f *writer) header(p *placed) ([]byte, error) {
	h := &headerWriter{}
	if d := p.node.Data; d != nil {
		h.add(dataspaceMessage, 0, encodedShape(d.shape))
		h.add(datatypeMessage, constantFlag, d.encoded)
		h.add(fillMessage, constantFlag, []byte{3, 0x0a}) // allocated late, filled if set, the default
		size, _ := d.size()
		layout := binary.LittleEndian.AppendUint64([]byte{3, contiguousLayout}, p.data)
		h.add(layoutMessage, 0, binary.LittleEndian.AppendUint64(layout, uint64(size)))
	} else {
		none := binary.LittleEndian.AppendUint64([]byte{0, 0}, undefined) // no heap and no B-tree of links
		h.add(linkInfoMessage, 0, binary.LittleEndian.AppendUint64(none, undefined))
		h.add(groupInfoMessage, constantFlag, []byte{0, 0})
		for k, m := range p.node.Members {
			h.add(linkMessage, 0, encodedLink(m.Name, p.members[k].header))
		}
	}
	if len(p.node.Attributes) > 0 {
		none := binary.LittleEndian.AppendUint64([]byte{0, 0}, undefined)
		h.add(attributesMessage, 0, binary.LittleEndian.AppendUint64(none, undefined))
	}
	for k, a := range p.node.Attributes {
		data, err := f.attributeData(a, p.attributes[k], p.path)
		if err != nil {
			return nil, err
		}
		h.add(attributeMessage, 0, encodedAttribute(a, data))
	}
	if h.long || len(h.messages) > math.MaxUint32 {
		return nil, fmt.Errorf("hdf5: %s has an attribute of more than 64 KiB, or too many members; make it smaller",
			shown(p.path))
	}
	const sizeOf4 = 2
	head := binary.LittleEndian.AppendUint32(append([]byte("OHDR"), 2, sizeOf4), uint32(len(h.messages)))
	return withChecksum(append(head, h.messages...)), nil
}

// headerWriter gathers the messages of a header.
type headerWriter struct {
	messages []byte
	long     bool // one was too long
}

func (h *headerWriter) add(kind, flags byte, data []byte) {
	h.long = h.long || len(data) > math.MaxUint16
	h.messages = binary.LittleEndian.AppendUint16(append(h.messages, kind), uint16(len(data)))
	h.messages = append(append(h.messages, flags), data...)
}

// encodedShape is that of an array, or of a value by itself.
func encodedShape(shape []int) []byte {
	kind := byte(1)
	if len(shape) == 0 {
		kind = 0
	}
	b := []byte{2, byte(len(shape)), 0, kind}
	for _, d := range shape {
		b = binary.LittleEndian.AppendUint64(b, uint64(d))
	}
	return b
}

const utf8Set = 1

// encodedLink names an object at an address.
func encodedLink(name string, at uint64) []byte {
	const sizeOf2, hasSet = 1, 0x10
	b := binary.LittleEndian.AppendUint16([]byte{1, sizeOf2 | hasSet, utf8Set}, uint16(len(name)))
	return binary.LittleEndian.AppendUint64(append(b, name...), at)
}

func encodedAttribute(a Attribute, data []byte) []byte {
	shape := encodedShape(a.Data.shape)
	b := []byte{3, 0}
	for _, n := range []int{len(a.Name) + 1, len(a.Data.encoded), len(shape)} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(append(append(b, utf8Set), a.Name...), 0)
	return append(append(append(b, a.Data.encoded...), shape...), data...)
}

// attributeData are the bytes of an attribute's values.
func (f *writer) attributeData(a Attribute, texts []textPlace, path string) (data []byte, err error) {
	if size, ok := a.Data.size(); !ok || size > math.MaxUint16 {
		return nil, fmt.Errorf("hdf5: attribute %.80q of %s takes more than 64 KiB; make it smaller", a.Name,
			shown(path))
	}
	put := func(b []byte) error { data = append(data, b...); return nil }
	err = a.Data.write(put, f.heap.references(texts), path)
	return data, err
}
