package weights

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// To returns t in another type of floats: dtypes.Float32 or dtypes.BFloat16, rounded to nearest, ties to even. A tensor
// of that type already is returned as it is; one of integers is refused.
func (t Tensor) To(dtype dtypes.DType) (Tensor, error) {
	if t.DType == dtype {
		return t, nil
	}
	values, err := t.Values()
	if err != nil {
		return Tensor{}, err
	}
	size, _ := dtypeSize(t.DType)
	width, _ := dtypeSize(dtype)
	data := make([]byte, 0, len(t.Data)/size*width)
	switch dtype {
	case dtypes.Float32:
		for v := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
		}
	case dtypes.BFloat16:
		for v := range values {
			data = binary.LittleEndian.AppendUint16(data, bfloat16(float32(v)))
		}
	default:
		return Tensor{}, fmt.Errorf("weights: tensor %s, got type %s to convert to; use F32 or BF16", t, dtype)
	}
	t.DType, t.Data = dtype, data
	return t, t.check()
}

// Values goes through the values of a tensor of floats, without a copy of all of them. A tensor of another type is an
// error.
func (t Tensor) Values() (iter.Seq[float64], error) {
	size, _ := dtypeSize(t.DType)
	var value func(b []byte) float64
	switch t.DType {
	case dtypes.Float64:
		value = func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	case dtypes.Float32:
		value = func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case dtypes.BFloat16:
		value = func(b []byte) float64 {
			return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16))
		}
	case dtypes.Float16:
		value = func(b []byte) float64 { return half(binary.LittleEndian.Uint16(b)) }
	default:
		return nil, fmt.Errorf("weights: tensor %s, got no floats; want F64, F32, BF16 or F16", t)
	}
	return func(yield func(float64) bool) {
		for at := 0; at < len(t.Data); at += size {
			if !yield(value(t.Data[at:])) {
				return
			}
		}
	}, nil
}

// Broken counts the values of a tensor of floats that aren't finite. A tensor of another type is an error.
func (t Tensor) Broken() (n int, err error) {
	values, err := t.Values()
	if err != nil {
		return 0, err
	}
	for v := range values {
		if v-v != 0 { // an infinity or NaN
			n++
		}
	}
	return n, nil
}

// bfloat16 are the upper 16 bits of x, rounded to nearest, ties to even.
func bfloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	if x != x {
		return uint16(bits>>16) | 0x40 // a NaN whose upper bits are zero would become an infinity
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// half is the value of an IEEE 754 binary16.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	value := math.Ldexp(fraction+1024, exponent-25)
	switch {
	case exponent == 0:
		value = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		value = math.Inf(1)
	case exponent == 31:
		value = math.NaN()
	}
	if bits>>15 == 1 {
		return -value
	}
	return value
}
