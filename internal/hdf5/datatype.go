package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Class is a kind of elements.
type Class byte

// The classes that are read.
const (
	Integer  Class = iota
	Float          // of IEEE, of 2, 4 or 8 bytes
	Text           // of a fixed length
	Long           // texts of any length, which lie in heaps
	Compound       // records of named fields
	other          // what isn't read
)

// Type is that of the elements of a dataset or an attribute.
type Type struct {
	Class Class
	// Bool tells whether integers are False and True, as h5py writes them.
	Bool bool

	size      int // bytes
	bigEndian bool
	signed    bool
	padding   byte // of a text: 0 up to a zero, 1 zeros, 2 spaces
	fields    []field
	shape     []int  // of an array of the elements, nil for one
	name      string // of a class that isn't read
}

// field is one of a compound's.
type field struct {
	name   string
	offset int
	of     Type
}

// Numbers tells whether the elements are numbers.
func (t Type) Numbers() bool { return t.Class == Integer || t.Class == Float }

// Texts tells whether the elements are texts.
func (t Type) Texts() bool { return t.Class == Text || t.Class == Long }

// String describes the type for errors.
func (t Type) String() string {
	switch t.Class {
	case Integer:
		return "integers"
	case Float:
		return "floats"
	case Text, Long:
		return "texts"
	case Compound:
		return "records"
	}
	return t.name
}

var otherClasses = map[byte]string{2: "times of HDF5", 4: "bits", 5: "opaque bytes", 7: "references",
	11: "complex numbers"}

// deepest bounds types inside of types.
const deepest = 4

// datatype reads a type from a message.
func datatype(c *cursor, depth int) (Type, error) {
	from := c.at
	head := c.u8()
	flags := uint32(c.uint(3))
	t := Type{size: int(c.u32()), Class: other}
	version := head >> 4
	if c.err != nil || t.size == 0 || t.size > 1<<30 || version == 0 || version > 5 || depth > deepest {
		return t, damaged("type", c.from+uint64(from))
	}
	var err error
	switch class := head & 15; class {
	case 0:
		t.Class, t.bigEndian, t.signed = Integer, flags&1 != 0, flags&8 != 0
		offset, precision := c.u16(), int(c.u16())
		if offset != 0 || precision != 8*t.size || t.size > 8 || t.size&(t.size-1) != 0 {
			t.Class, t.name = other, fmt.Sprintf("integers of %d bits in %d bytes", precision, t.size)
		}
	case 1:
		t.float(c, flags)
	case 3:
		t.Class, t.padding = Text, byte(flags&15)
	case 6:
		t.Class = Compound
		err = t.compound(c, version, int(flags&0xffff), depth)
	case 8:
		err = t.enumeration(c, version, int(flags&0xffff), depth)
	case 9:
		t.name = "lists of any length"
		if flags&15 == 1 {
			t.Class, t.padding = Long, byte(flags>>4&15)
		}
		if _, err = datatype(c, depth+1); err == nil && t.size != 16 {
			err = damaged("type", c.from+uint64(from))
		}
	case 10:
		err = t.array(c, version, depth)
	default:
		t.name = otherClasses[class]
		if t.name == "" {
			err = damaged("type", c.from+uint64(from))
		}
	}
	if err == nil {
		err = c.err
	}
	return t, err
}

// float reads the layout of a float.
func (t *Type) float(c *cursor, flags uint32) {
	type layout struct {
		size, sign, precision, exponent, exponentBits, mantissa, mantissaBits int
		bias                                                                  uint32
	}
	sign := int(flags >> 8 & 0xff)
	offset, precision := c.u16(), int(c.u16())
	is := layout{t.size, sign, precision, int(c.u8()), int(c.u8()), int(c.u8()), int(c.u8()), c.u32()}
	t.bigEndian = flags&1 != 0
	for _, known := range []layout{{2, 15, 16, 10, 5, 0, 10, 15}, {4, 31, 32, 23, 8, 0, 23, 127},
		{8, 63, 64, 52, 11, 0, 52, 1023}} {
		// bit 6 is the order of a VAX, bits 4 and 5 say that the leading bit of a mantissa is left out
		if is == known && offset == 0 && flags&0x40 == 0 && flags>>4&3 == 2 {
			t.Class = Float
			return
		}
	}
	t.name = fmt.Sprintf("floats of %d bytes that aren't IEEE's", t.size)
}

// compound reads the fields of a record.
func (t *Type) compound(c *cursor, version byte, count, depth int) error {
	for range count {
		f := field{name: c.text(version < 3)}
		width := 4
		if version >= 3 {
			width = encoded(uint64(t.size))
		}
		f.offset = int(c.uint(width))
		var shape []int
		if version == 1 {
			n := int(c.u8())
			c.skip(3 + 4 + 4)
			for k := range 4 {
				if d := int(c.u32()); k < n {
					shape = append(shape, d)
				}
			}
		}
		var err error
		if f.of, err = datatype(c, depth+1); err != nil {
			return err
		}
		f.of.shape = append(shape, f.of.shape...)
		length, ok := product(f.of.shape, f.of.size)
		if !ok || f.offset > t.size || length > t.size-f.offset {
			return damaged("type", c.from+uint64(c.at))
		}
		t.fields = append(t.fields, f)
	}
	return nil
}

// enumeration reads a type of named integers.
func (t *Type) enumeration(c *cursor, version byte, count, depth int) error {
	base, err := datatype(c, depth+1)
	if err != nil || base.size != t.size {
		return damaged("type", c.from+uint64(c.at))
	}
	*t = base
	names := map[string]uint64{}
	var order []string
	for range count {
		order = append(order, c.text(version < 3))
		if c.err != nil {
			return c.err
		}
	}
	for _, name := range order {
		names[name] = c.uint(t.size)
	}
	yes, a := names["TRUE"]
	no, b := names["FALSE"]
	t.Bool = len(order) == 2 && a && b && yes == 1 && no == 0 && t.size == 1
	return nil
}

// array reads a type of arrays.
func (t *Type) array(c *cursor, version byte, depth int) error {
	size, rank := t.size, int(c.u8())
	if version < 3 {
		c.skip(3)
	}
	var shape []int
	for range rank {
		shape = append(shape, int(c.u32()))
	}
	if version < 3 {
		c.skip(4 * rank)
	}
	if c.err != nil {
		return c.err
	}
	base, err := datatype(c, depth+1)
	if err != nil {
		return err
	}
	length, ok := product(shape, base.size)
	if !ok || length != size || len(base.shape) > 0 {
		return damaged("type", c.from+uint64(c.at))
	}
	*t = base
	t.shape = shape
	return nil
}

// product of lengths, starting with one; ok is false beyond what memory has.
func product(shape []int, n int) (size int, ok bool) {
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt/2/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// number returns what reads an element as float64.
func (t Type) number() func(b []byte) float64 {
	var order binary.ByteOrder = binary.LittleEndian
	if t.bigEndian {
		order = binary.BigEndian
	}
	switch {
	case t.Class == Float && t.size == 2:
		return func(b []byte) float64 { return half(order.Uint16(b)) }
	case t.Class == Float && t.size == 4:
		return func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case t.Class == Float:
		return func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	case t.size == 1 && t.signed:
		return func(b []byte) float64 { return float64(int8(b[0])) }
	case t.size == 1:
		return func(b []byte) float64 { return float64(b[0]) }
	case t.size == 2 && t.signed:
		return func(b []byte) float64 { return float64(int16(order.Uint16(b))) }
	case t.size == 2:
		return func(b []byte) float64 { return float64(order.Uint16(b)) }
	case t.size == 4 && t.signed:
		return func(b []byte) float64 { return float64(int32(order.Uint32(b))) }
	case t.size == 4:
		return func(b []byte) float64 { return float64(order.Uint32(b)) }
	case t.signed:
		return func(b []byte) float64 { return float64(int64(order.Uint64(b))) }
	}
	return func(b []byte) float64 { return float64(order.Uint64(b)) }
}

// half is a float of 16 bits.
func half(b uint16) float64 {
	sign := 1 - 2*float64(b>>15)
	exponent, mantissa := int(b>>10&31), float64(b&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(mantissa, -24)
	case 31:
		if mantissa != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+mantissa, exponent-25)
}
