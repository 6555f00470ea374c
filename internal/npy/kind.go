package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/x448/float16"
)

// kind is a type of element: its name in NumPy, its size in bytes, and how one is read.
type kind struct {
	name   string
	width  int
	one    func(raw []byte) float64
	little bool                   // the lowest byte comes first
	check  func(raw []byte) error // what a header can't tell, or nil
}

// readTypes names what is read, for errors.
const readTypes = "bool, int8 to int64, uint8 to uint64, float16, float32, float64 and the longdouble of x86"

// names are those of types that dtype also takes in words.
var names = map[string]string{"bool": "b1", "bool_": "b1", "?": "b1", "half": "f2", "single": "f4", "double": "f8",
	"float": "f8", "int": "i8", "uint": "u8",
	"int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2", "uint32": "u4",
	"uint64":  "u8",
	"float16": "f2", "float32": "f4", "float64": "f8", "d": "f8", "f": "f4", "e": "f2", "B": "u1"}

// kindOf is the type that a header names: an order of bytes, a letter and a size. A bool is 0 or 1; integers beyond 2⁵³
// are rounded.
func kindOf(descr string) (kind, error) {
	mark, code := byte('<'), descr
	if descr != "" && strings.IndexByte("<>|=", descr[0]) >= 0 {
		mark, code = descr[0], descr[1:]
	}
	if word, ok := names[code]; ok {
		code = word
	}
	var order binary.ByteOrder = binary.LittleEndian
	if mark == '>' {
		order = binary.BigEndian
	}
	letter, size := "", 0
	if code != "" {
		letter = code[:1]
		size, _ = strconv.Atoi(code[1:])
	}
	if k := numbers(letter, size, order); k.width > 0 {
		k.little = order == binary.LittleEndian
		return k, nil
	}
	unread := func(what, do string) (kind, error) {
		return kind{}, fmt.Errorf("elements of type %.20q, %s; %s (%s are read)", descr, what, do, readTypes)
	}
	switch {
	case letter == "f" && size > 8:
		if order != binary.LittleEndian {
			return unread("longdouble of another machine than x86", "save it with x.astype(float)")
		}
		if size == 12 || size == 16 {
			return extended(size), nil
		}
	case letter == "O":
		return unread("pickled objects of Python",
			"save an array of numbers, of rows of one length, as x.astype(float)")
	case letter == "c":
		return unread("complex numbers", "save their parts as x.real and x.imag")
	case letter == "U" || letter == "S" || letter == "a":
		return unread("texts", "save numbers")
	case letter == "M" || letter == "m":
		return unread("dates or times", "save numbers, as x.astype('int64')")
	case letter == "V":
		return unread("raw bytes, as which bfloat16 is saved", "save it with x.astype('float32')")
	}
	return unread("which isn't read", "save it with x.astype(float)")
}

// numbers is the type of a letter and a size, none where that isn't read.
func numbers(letter string, size int, order binary.ByteOrder) kind {
	switch fmt.Sprint(letter, size) {
	case "b1":
		return each("bool", 1, func(b []byte) float64 { return float64(min(b[0], 1)) })
	case "u1":
		return each("uint8", 1, func(b []byte) float64 { return float64(b[0]) })
	case "i1":
		return each("int8", 1, func(b []byte) float64 { return float64(int8(b[0])) })
	case "u2":
		return each("uint16", 2, func(b []byte) float64 { return float64(order.Uint16(b)) })
	case "i2":
		return each("int16", 2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) })
	case "u4":
		return each("uint32", 4, func(b []byte) float64 { return float64(order.Uint32(b)) })
	case "i4":
		return each("int32", 4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) })
	case "u8":
		return each("uint64", 8, func(b []byte) float64 { return float64(order.Uint64(b)) })
	case "i8":
		return each("int64", 8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) })
	case "f2":
		return each("float16", 2, func(b []byte) float64 {
			return float64(float16.Frombits(order.Uint16(b)).Float32())
		})
	case "f4":
		return each("float32", 4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) })
	case "f8":
		return each("float64", 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	}
	return kind{}
}

func each(name string, width int, one func([]byte) float64) kind {
	return kind{name: name, width: width, one: one}
}

// Longdoubles of x86 have 80 bits, of which the rest up to the width is padding that holds anything: 64 bits of a
// mantissa with its leading one, 15 of an exponent, the sign.
func extended(width int) kind {
	k := each("longdouble", width, func(b []byte) float64 {
		mantissa, top := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])
		exponent, v := int(top&0x7fff), 0.0
		switch {
		case exponent == 0x7fff && mantissa<<1 == 0:
			v = math.Inf(1)
		case exponent == 0x7fff:
			v = math.NaN()
		case mantissa != 0:
			v = math.Ldexp(float64(mantissa), max(exponent, 1)-16383-63)
		}
		if top&0x8000 != 0 {
			v = -v
		}
		return v
	})
	k.check = func(raw []byte) error { return checkExtended(raw, width) }
	return k
}

// checkExtended refuses longdoubles that another machine may have written; nothing in a header tells. In the 128 bits
// of others, the exponent is where x86 has padding, so that what has no leading one isn't x86's, nor are numbers that
// would all be 0 before such exponents.
func checkExtended(raw []byte, width int) error {
	certain, doubtful := 0, 0
	for at := 0; at < len(raw); at += width {
		b := raw[at : at+width]
		mantissa, top := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])
		exponent, other := int(top&0x7fff), binary.LittleEndian.Uint16(b[width-2:])&0x7fff
		const far = 1200 // beyond the exponents of float64
		switch {
		case (exponent == 0) == (mantissa>>63 == 1):
			certain, doubtful = 0, len(raw)
			at = len(raw)
		case mantissa == 0 && top == 0 && other > 0x3c00 && other < 0x4400:
			doubtful++
		case exponent > 16383-far && exponent < 16383+far, exponent == 0x7fff && mantissa<<2 == 0:
			// a number, infinity or the usual NaN
			certain++
		}
	}
	if doubtful > 0 && certain == 0 {
		return errors.New("longdouble that may be of another machine than x86; save it with x.astype(float)")
	}
	return nil
}
