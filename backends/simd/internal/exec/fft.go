package exec

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/fft"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

func init() {
	registerOp(backends.OpTypeFFT, func(r *Run, n *graph.Node, in, out []*dense.Array) error {
		attrs := n.Attrs.(graph.FFTAttrs)
		if out[0].Size() == 0 {
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
				fft.Real(r.Pool, dst, dense.Flat[float64](src), attrs.Lengths[last])
				transform(r, attrs, dst, out[0].Shape.Dimensions, last)
				return nil
			})
		case backends.FFTInverseReal:
			mem, done := r.Scratch(16 * in[0].Size())
			defer done()
			src := &dense.Array{Shape: withDType(in[0], dtypes.Complex128), Mem: mem}
			if err := convert(r, src, in[0]); err != nil {
				return err
			}
			transform(r, attrs, dense.Flat[complex128](src), in[0].Shape.Dimensions, last)
			mem, done = r.Scratch(8 * out[0].Size())
			defer done()
			dst := &dense.Array{Shape: withDType(out[0], dtypes.Float64), Mem: mem}
			fft.RealInverse(r.Pool, dense.Flat[float64](dst), dense.Flat[complex128](src), attrs.Lengths[last])
			return convert(r, out[0], dst)
		}
		return r.throughComplex128(out[0], func(dst []complex128) error {
			whole := &dense.Array{Shape: withDType(out[0], dtypes.Complex128), Mem: dense.Bytes(dst)}
			if err := convert(r, whole, in[0]); err != nil {
				return err
			}
			transform(r, attrs, dst, out[0].Shape.Dimensions, last+1)
			return nil
		})
	})
}

// transform transforms the first count of the node's axes, in place.
func transform(r *Run, a graph.FFTAttrs, data []complex128, dims []int, count int) {
	first := len(dims) - len(a.Lengths)
	for axis := first; axis < first+count; axis++ {
		inverse := a.Type == backends.FFTInverse || a.Type == backends.FFTInverseReal
		fft.Complex(r.Pool, data, arrays.Size(dims[:axis]), dims[axis], arrays.Size(dims[axis+1:]), inverse)
	}
}

// inDType returns a buffer of the dtype: buf itself or a temporary copy.
func inDType(r *Run, buf *dense.Array, dtype dtypes.DType) (same *dense.Array, done func(), err error) {
	if buf.Shape.DType == dtype {
		return buf, func() {}, nil
	}
	same = &dense.Array{Shape: withDType(buf, dtype)}
	same.Mem, done = r.Scratch(dtype.Size() * buf.Size())
	return same, done, convert(r, same, buf)
}

// throughComplex128 has f compute an output in complex128 and rounds the result once.
func (r *Run) throughComplex128(out *dense.Array, f func(dst []complex128) error) error {
	if out.Shape.DType == dtypes.Complex128 {
		return f(dense.Flat[complex128](out))
	}
	mem, done := r.Scratch(16 * out.Size())
	defer done()
	if err := f(dense.Cast[complex128](mem)); err != nil {
		return err
	}
	return convert(r, out, &dense.Array{Shape: withDType(out, dtypes.Complex128), Mem: mem})
}
