package hdf5

import "encoding/binary"

// numberType encodes the type of numbers, and says how many bytes one takes.
func numberType[T Number]() (encoded []byte, width int) {
	var zero T
	width = binary.Size(zero)
	switch any(zero).(type) {
	case float32:
		return floatType(4, 23, 8, 127), width
	case float64:
		return floatType(8, 52, 11, 1023), width
	}
	const signed = 8
	b := typeHead(0, signed, 0, 0, width)
	b = binary.LittleEndian.AppendUint16(b, 0)
	return binary.LittleEndian.AppendUint16(b, uint16(8*width)), width
}

// typeHead begins a type of version 1: its class, 24 bits about it, and the bytes of an element.
func typeHead(class, a, b, c byte, width int) []byte {
	return binary.LittleEndian.AppendUint32([]byte{1<<4 | class, a, b, c}, uint32(width))
}

// floatType is a float of IEEE with so many bits of mantissa and exponent.
func floatType(width int, mantissa, exponent byte, bias uint32) []byte {
	const impliedBit = 0x20 // the mantissa's first bit is left out
	b := typeHead(1, impliedBit, byte(8*width-1), 0, width)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(8*width))
	b = append(b, mantissa, exponent, 0, mantissa)
	return binary.LittleEndian.AppendUint32(b, bias)
}

// boolType is an enumeration of FALSE and TRUE over a type of one byte.
func boolType(base []byte) []byte {
	b := append(typeHead(8, 2, 0, 0, 1), base...)
	return append(b, "FALSE\x00\x00\x00TRUE\x00\x00\x00\x00\x00\x01"...)
}

// fixedTextType is a text in UTF-8 that zeros fill up.
func fixedTextType(width int) []byte {
	const zeros = 1
	return typeHead(3, zeros|utf8Set<<4, 0, 0, width)
}

// longTextType is a text in UTF-8 in a heap: its length, the address of a collection, a number in it.
func longTextType() []byte {
	const text, width = 1, 16
	base := typeHead(0, 0, 0, 0, 1) // bytes
	base = append(base, 0, 0, 8, 0)
	return append(typeHead(9, text, utf8Set, 0, width), base...)
}
