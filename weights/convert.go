package weights

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/x448/float16"
)

// To returns t in another type of floats: dtypes.Float32, dtypes.BFloat16 or dtypes.Float16, rounded to nearest, ties
// to even. Numbers beyond the type's largest become infinite, see [Tensor.Broken]; that of Float16 is 65504. A tensor
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
	case dtypes.Float16:
		for v := range values {
			data = binary.LittleEndian.AppendUint16(data, float16.Fromfloat32(float32(v)).Bits())
		}
	default:
		return Tensor{}, fmt.Errorf("weights: tensor %s, got type %s to convert to; use F32, BF16 or F16", t, dtype)
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
		value = func(b []byte) float64 { return float64(float16.Frombits(binary.LittleEndian.Uint16(b)).Float32()) }
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
