package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"unsafe"
)

// Number is a type that numbers are read as. Of a wider type in the file, float32 has the nearest ones; uint8 takes
// nothing but uint8 and bool.
type Number interface{ float32 | float64 | uint8 }

// Read fills dst with the next numbers. Asking for more than there are is an error. An array in Fortran's order is
// taken into memory first, as it lies in the file.
func Read[T Number](a *Reader, dst []T) error {
	if len(dst) > a.left {
		return fmt.Errorf("%d more numbers, not the %d asked for", a.left, len(dst))
	}
	if err := holds[T](a.kind); err != nil {
		return err
	}
	if a.columns {
		return readColumns(a, dst)
	}
	const most = 1 << 13 // numbers at a time
	if a.room == nil {
		a.room = make([]byte, min(most, a.left)*a.kind.width)
	}
	for len(dst) > 0 {
		n := min(len(dst), most)
		raw := a.room[:n*a.kind.width]
		if got, err := io.ReadFull(a.r, raw); err != nil {
			a.left -= got / a.kind.width
			return a.tooFew(err)
		}
		if a.kind.check != nil {
			if err := a.kind.check(raw); err != nil {
				return err
			}
		}
		decode(a.kind, dst[:n], raw)
		dst, a.left = dst[n:], a.left-n
	}
	return nil
}

// holds returns an error where a type can't hold the numbers of a kind.
func holds[T Number](k kind) error {
	if _, bytes := any(T(0)).(uint8); bytes && k.name != "uint8" && k.name != "bool" {
		return fmt.Errorf("numbers of type %s, not uint8", k.name)
	}
	return nil
}

// decode reads a number for each place of dst. What has one type in the file and in memory isn't widened on the way.
func decode[T Number](k kind, dst []T, raw []byte) {
	switch to := any(dst).(type) {
	case []uint8:
		if k.name == "uint8" {
			copy(to, raw)
			return
		}
	case []float32:
		if k.name == "float32" && k.little {
			for i := range to {
				to[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			}
			return
		}
	case []float64:
		if k.name == "float64" && k.little {
			for i := range to {
				to[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
			}
			return
		}
	}
	for i := range dst {
		dst[i] = T(k.one(raw[i*k.width:]))
	}
}

// All reads the rest of the array to the end. Where the header promises more than there is, it takes no more memory
// than is there; for an array that is packed in an archive it takes 16 MB, or 64 times what it is packed into, and an
// error where that isn't enough.
func All[T Number](a *Reader) ([]T, error) {
	if size := uint64(unsafe.Sizeof(T(0))); !a.there && a.packed > 0 && bomb(size*uint64(a.left), a.packed) {
		return nil, fmt.Errorf("%d numbers packed into %d bytes; save it with numpy.savez, unpacked", a.left, a.packed)
	}
	if err := holds[T](a.kind); err != nil {
		return nil, err
	}
	if a.columns && a.rows == nil { // before the room for the numbers
		if err := a.takeColumns(); err != nil {
			return nil, err
		}
	}
	step := 1 << 16
	if a.there || a.columns {
		step = a.left
	}
	values := make([]T, 0, min(a.left, step))
	for a.left > 0 {
		n := min(a.left, max(step, len(values)))
		values = slices.Grow(values, n)[:len(values)+n]
		if err := Read(a, values[len(values)-n:]); err != nil {
			return nil, err
		}
	}
	return values, a.End()
}

// Named reads a whole array of an archive. Its errors name the array.
func Named[T Number](a *Archive, name string) (shape []int, values []T, err error) {
	r, entry, err := a.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer entry.Close()
	if values, err = All[T](r); err != nil {
		return nil, nil, fmt.Errorf("array %q with %v", name, err)
	}
	return r.Shape, values, nil
}
