package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/fft"
)

func init() {
	registerOp(backends.OpTypeFFT, func(r *run, n *node, in, out []*array) error {
		attrs := n.attrs.(fftAttrs)
		if out[0].size() == 0 {
			return nil
		}
		last := len(attrs.Lengths) - 1
		switch attrs.Type {
		case backends.FFTForwardReal:
			src, done, err := inDType(r, in[0], dtypes.Float64)
			if err != nil {
				return err
			}
			defer done()
			return r.throughComplex128(out[0], func(dst []complex128) error {
				fft.Real(r.pool, dst, flat[float64](src), attrs.Lengths[last])
				transform(r, attrs, dst, out[0].shape.Dimensions, last)
				return nil
			})
		case backends.FFTInverseReal:
			mem, done := r.scratch(16 * in[0].size())
			defer done()
			src := &array{shape: withDType(in[0], dtypes.Complex128), mem: mem}
			if err := convert(r, src, in[0]); err != nil {
				return err
			}
			transform(r, attrs, flat[complex128](src), in[0].shape.Dimensions, last)
			mem, done = r.scratch(8 * out[0].size())
			defer done()
			dst := &array{shape: withDType(out[0], dtypes.Float64), mem: mem}
			fft.RealInverse(r.pool, flat[float64](dst), flat[complex128](src), attrs.Lengths[last])
			return convert(r, out[0], dst)
		}
		return r.throughComplex128(out[0], func(dst []complex128) error {
			whole := &array{shape: withDType(out[0], dtypes.Complex128), mem: bytesOf(dst)}
			if err := convert(r, whole, in[0]); err != nil {
				return err
			}
			transform(r, attrs, dst, out[0].shape.Dimensions, last+1)
			return nil
		})
	})
}

// transform transforms the first count of the node's axes, in place.
func transform(r *run, a fftAttrs, data []complex128, dims []int, count int) {
	first := len(dims) - len(a.Lengths)
	for axis := first; axis < first+count; axis++ {
		inverse := a.Type == backends.FFTInverse || a.Type == backends.FFTInverseReal
		fft.Complex(r.pool, data, arrays.Size(dims[:axis]), dims[axis], arrays.Size(dims[axis+1:]), inverse)
	}
}

// inDType returns a buffer of the dtype: buf itself or a temporary copy.
func inDType(r *run, buf *array, dtype dtypes.DType) (same *array, done func(), err error) {
	if buf.shape.DType == dtype {
		return buf, func() {}, nil
	}
	same = &array{shape: withDType(buf, dtype)}
	same.mem, done = r.scratch(dtype.Size() * buf.size())
	return same, done, convert(r, same, buf)
}

// throughComplex128 has f compute an output in complex128 and rounds the result once.
func (r *run) throughComplex128(out *array, f func(dst []complex128) error) error {
	if out.shape.DType == dtypes.Complex128 {
		return f(flat[complex128](out))
	}
	mem, done := r.scratch(16 * out.size())
	defer done()
	if err := f(castSlice[complex128](mem)); err != nil {
		return err
	}
	return convert(r, out, &array{shape: withDType(out, dtypes.Complex128), mem: mem})
}
