package hdf5

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Floats reads so many rows of numbers, from a row on, in the order of the last dimension.
func (d *Dataset) Floats(first, count int) ([]float64, error) {
	raw, err := d.raw(first, count)
	if err == nil {
		var values []float64
		if values, err = floats(d.Type, raw); err == nil {
			return values, nil
		}
	}
	return nil, fmt.Errorf("%w (%s)", err, shown(d.Path))
}

// Strings reads so many rows of texts, from a row on.
func (d *Dataset) Strings(first, count int) ([]string, error) {
	raw, err := d.raw(first, count)
	if err == nil {
		var texts []string
		if texts, err = d.f.texts(d.Type, raw); err == nil {
			return texts, nil
		}
	}
	return nil, fmt.Errorf("%w (%s)", err, shown(d.Path))
}

func floats(t Type, raw []byte) ([]float64, error) {
	if !t.Numbers() {
		return nil, fmt.Errorf("%s in place of numbers", t)
	}
	number := t.number()
	values := make([]float64, len(raw)/t.size)
	for i := range values {
		values[i] = number(raw[i*t.size:])
	}
	return values, nil
}

// texts are those of elements; long ones lie in heaps.
func (f *File) texts(t Type, raw []byte) ([]string, error) {
	if !t.Texts() {
		return nil, fmt.Errorf("%s in place of texts", t)
	}
	list := make([]string, len(raw)/t.size)
	for i := range list {
		b := raw[i*t.size : (i+1)*t.size]
		if t.Class == Text {
			list[i] = unpadded(t.padding, string(b))
			continue
		}
		var err error
		if list[i], err = f.longText(b); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// unpadded is a text of a fixed length without what fills it up.
func unpadded(padding byte, text string) string {
	switch padding {
	case 0:
		text, _, _ = strings.Cut(text, "\x00")
		return text
	case 1:
		return strings.TrimRight(text, "\x00")
	}
	return strings.TrimRight(text, " ")
}

// heapCollection is a part of the heap of texts.
type heapCollection struct {
	text   string
	places map[uint32][2]int // begin and end of each object
}

// longText is the text that an element refers to: its length, the address of a collection and a number in it.
func (f *File) longText(element []byte) (string, error) {
	const what = "heap of texts"
	length := int(binary.LittleEndian.Uint32(element))
	at, number := binary.LittleEndian.Uint64(element[4:]), binary.LittleEndian.Uint32(element[12:])
	if length == 0 {
		return "", nil
	}
	heap := f.heaps[at]
	if heap == nil {
		var err error
		if heap, err = f.heap(at); err != nil {
			return "", err
		}
		f.heaps[at] = heap
	}
	place, ok := heap.places[number]
	if !ok || length > place[1]-place[0] {
		return "", damaged(what, at)
	}
	text, _, _ := strings.Cut(heap.text[place[0]:place[0]+length], "\x00")
	return text, nil
}

// heap reads a collection of the heap of texts.
func (f *File) heap(at uint64) (*heapCollection, error) {
	const what, head = "heap of texts", 16
	c, err := f.signed(at, "GCOL", head, what)
	if err != nil {
		return nil, err
	}
	version := c.u8()
	c.skip(3)
	size := c.u64()
	if f.heapBytes += size; version != 1 || size < head || size > f.size || f.heapBytes > f.size {
		return nil, damaged(what, at) // no two collections share bytes of the file
	}
	data, err := f.read(at, size)
	if err != nil {
		return nil, err
	}
	heap := &heapCollection{text: string(data), places: map[uint32][2]int{}}
	c = &cursor{data: data, at: head}
	for c.left() >= head {
		number := uint32(c.u16())
		c.skip(6)
		length := c.u64()
		if number == 0 { // free
			break
		}
		if _, twice := heap.places[number]; twice || length > uint64(c.left()) {
			return nil, damaged(what, at)
		}
		heap.places[number] = [2]int{c.at, c.at + int(length)}
		c.skip(min(int(length+7)&^7, c.left()))
	}
	return heap, nil
}
