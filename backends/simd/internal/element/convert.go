package element

import (
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

// convertKernel converts a tile between dtypes by the rules of arrays.Convert.
func convertKernel(to, from dtypes.DType) Kernel {
	if f := fastConverts[[2]dtypes.DType{to, from}]; f != nil {
		return f
	}
	dst, src := dense.Storages[to], dense.Storages[from]
	return func(d, a, _, _ []byte) {
		for size, n := to.Size(), 0; len(d) > 0; d, a = d[n*size:], a[n*from.Size():] {
			n = min(len(d)/size, convertPiece)
			if err := arrays.Convert(nil, dst.ToFlat(d[:n*size]), src.ToFlat(a[:n*from.Size()])); err != nil {
				panic(err) // both are slices of supported types
			}
		}
	}
}

// convertPiece is a number of elements that arrays.Convert converts on the caller's goroutine, without a pool.
const convertPiece = 1024

// fastConverts are the conversions that training loops do, by {to, from}.
var fastConverts = map[[2]dtypes.DType]Kernel{
	{dtypes.Float32, dtypes.Uint8}: func(d, a, _, _ []byte) {
		kernels.Uint8ToFloat32(dense.Cast[float32](d), a)
	},
	{dtypes.Float32, dtypes.Int32}: func(d, a, _, _ []byte) {
		kernels.Int32ToFloat32(dense.Cast[float32](d), dense.Cast[int32](a))
	},
	{dtypes.Float32, dtypes.Uint32}: func(d, a, _, _ []byte) {
		kernels.Uint32ToFloat32(dense.Cast[float32](d), dense.Cast[uint32](a))
	},
	{dtypes.Float32, dtypes.BFloat16}: func(d, a, _, _ []byte) {
		kernels.BFloat16ToFloat32(dense.Cast[float32](d), dense.Cast[uint16](a))
	},
	{dtypes.Float32, dtypes.Float16}: func(d, a, _, _ []byte) {
		kernels.Float16ToFloat32(dense.Cast[float32](d), dense.Cast[uint16](a))
	},
	{dtypes.BFloat16, dtypes.Float32}: func(d, a, _, _ []byte) {
		kernels.Float32ToBFloat16(dense.Cast[uint16](d), dense.Cast[float32](a))
	},
	{dtypes.Float16, dtypes.Float32}: func(d, a, _, _ []byte) {
		kernels.Float32ToFloat16(dense.Cast[uint16](d), dense.Cast[float32](a))
	},
	{dtypes.Float32, dtypes.Bool}: func(d, a, _, _ []byte) {
		x := dense.Cast[float32](d)
		a = a[:len(x)]
		for i, v := range a {
			x[i] = float32(v)
		}
	},
}
