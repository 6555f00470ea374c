package arrays

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// tileSize is how many elements pass through the widest type of their kind at a time; the tile stays in L1.
const tileSize = 256

// tile holds elements on their way from one dtype to another, in the widest type of their kind.
type tile struct {
	kind kind
	i    [tileSize]int64
	u    [tileSize]uint64
	f    [tileSize]float64
	c    [tileSize]complex128
}

type kind int

const (
	signed kind = iota
	unsigned
	floating
	complexes
)

// load widens src[lo:hi].
func (t *tile) load(src any, lo, hi int) {
	switch s := src.(type) {
	case []bool:
		t.kind = unsigned
		for k, v := range s[lo:hi] {
			t.u[k] = 0
			if v {
				t.u[k] = 1
			}
		}
	case []int8:
		t.kind = signed
		cast(t.i[:], s[lo:hi])
	case []int16:
		t.kind = signed
		cast(t.i[:], s[lo:hi])
	case []int32:
		t.kind = signed
		cast(t.i[:], s[lo:hi])
	case []int64:
		t.kind = signed
		copy(t.i[:], s[lo:hi])
	case []uint8:
		t.kind = unsigned
		cast(t.u[:], s[lo:hi])
	case []uint16:
		t.kind = unsigned
		cast(t.u[:], s[lo:hi])
	case []uint32:
		t.kind = unsigned
		cast(t.u[:], s[lo:hi])
	case []uint64:
		t.kind = unsigned
		copy(t.u[:], s[lo:hi])
	default:
		t.loadFloat(src, lo, hi)
	}
}

func (t *tile) loadFloat(src any, lo, hi int) {
	t.kind = floating
	switch s := src.(type) {
	case []float16.Float16:
		for k, v := range s[lo:hi] {
			t.f[k] = float64(FromFloat16(uint16(v)))
		}
	case []bfloat16.BFloat16:
		for k, v := range s[lo:hi] {
			t.f[k] = float64(FromBFloat16(uint16(v)))
		}
	case []float32:
		cast(t.f[:], s[lo:hi])
	case []float64:
		copy(t.f[:], s[lo:hi])
	case []complex64:
		t.kind = complexes
		for k, v := range s[lo:hi] {
			t.c[k] = complex128(v)
		}
	case []complex128:
		t.kind = complexes
		copy(t.c[:], s[lo:hi])
	}
}

// store narrows the tile into dst[lo:hi].
func (t *tile) store(dst any, lo, hi int) {
	switch d := dst.(type) {
	case []bool:
		t.storeBool(d[lo:hi])
	case []int8:
		storeInt(t, d[lo:hi], math.MinInt8, math.MaxInt8)
	case []int16:
		storeInt(t, d[lo:hi], math.MinInt16, math.MaxInt16)
	case []int32:
		storeInt(t, d[lo:hi], math.MinInt32, math.MaxInt32)
	case []int64:
		storeInt(t, d[lo:hi], math.MinInt64, math.MaxInt64)
	case []uint8:
		storeInt(t, d[lo:hi], 0, math.MaxUint8)
	case []uint16:
		storeInt(t, d[lo:hi], 0, math.MaxUint16)
	case []uint32:
		storeInt(t, d[lo:hi], 0, math.MaxUint32)
	case []uint64:
		storeInt(t, d[lo:hi], 0, math.MaxUint64)
	default:
		t.storeFloat(dst, lo, hi)
	}
}

func (t *tile) storeFloat(dst any, lo, hi int) {
	if d, ok := dst.([]complex128); ok && t.kind == complexes {
		copy(d[lo:hi], t.c[:])
		return
	}
	if d, ok := dst.([]complex64); ok && t.kind == complexes {
		for k := range d[lo:hi] {
			d[lo+k] = complex64(t.c[k])
		}
		return
	}
	t.toFloats(hi - lo)
	switch d := dst.(type) {
	case []float16.Float16:
		for k := range d[lo:hi] {
			d[lo+k] = float16.Float16(ToFloat16(narrow(t.f[k])))
		}
	case []bfloat16.BFloat16:
		for k := range d[lo:hi] {
			d[lo+k] = bfloat16.BFloat16(ToBFloat16(narrow(t.f[k])))
		}
	case []float32:
		cast(d[lo:hi], t.f[:hi-lo])
	case []float64:
		copy(d[lo:hi], t.f[:])
	case []complex64:
		for k := range d[lo:hi] {
			d[lo+k] = complex(float32(t.f[k]), 0)
		}
	case []complex128:
		for k := range d[lo:hi] {
			d[lo+k] = complex(t.f[k], 0)
		}
	}
}

// toFloats makes the first n elements floats.
func (t *tile) toFloats(n int) {
	switch t.kind {
	case signed:
		cast(t.f[:], t.i[:n])
	case unsigned:
		cast(t.f[:], t.u[:n])
	case complexes:
		for k, v := range t.c[:n] {
			t.f[k] = real(v)
		}
	}
}

func (t *tile) storeBool(dst []bool) {
	for k := range dst {
		switch t.kind {
		case signed:
			dst[k] = t.i[k] != 0
		case unsigned:
			dst[k] = t.u[k] != 0
		case floating:
			dst[k] = t.f[k] != 0
		case complexes:
			dst[k] = t.c[k] != 0
		}
	}
}

// storeInt narrows to integers of the range [lo, hi], given as floats: hi may have been rounded up.
func storeInt[T Integer](t *tile, dst []T, lo, hi float64) {
	switch t.kind {
	case signed:
		cast(dst, t.i[:len(dst)])
		return
	case unsigned:
		cast(dst, t.u[:len(dst)])
		return
	}
	t.toFloats(len(dst))
	for k, x := range t.f[:len(dst)] {
		switch {
		case x != x:
			dst[k] = 0
		case x <= lo:
			dst[k] = minOf[T]()
		case x >= hi:
			dst[k] = ^minOf[T]()
		case lo == 0:
			dst[k] = T(uint64(x))
		default:
			dst[k] = T(int64(x))
		}
	}
}

// minOf is the least value of an integer type; its complement is the greatest.
func minOf[T Integer]() T {
	var zero T
	if ^zero > zero { // unsigned
		return 0
	}
	least := T(1)
	for least > 0 {
		least <<= 1
	}
	return least
}
