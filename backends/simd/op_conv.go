package simd

import (
	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"
)

func init() { registerOp(backends.OpTypeConvGeneral, execConv) }

// convFunc computes a convolution.
type convFunc func(r *run, s conv.Spec, in, kernel, out *array)

// convolutions holds the function of each dtype that has convolutions.
var convolutions = map[dtypes.DType]convFunc{
	dtypes.Float32:    convFloat32,
	dtypes.Float64:    convAny[float64],
	dtypes.Int8:       convAny[int8],
	dtypes.Int16:      convAny[int16],
	dtypes.Int32:      convAny[int32],
	dtypes.Int64:      convAny[int64],
	dtypes.Uint8:      convAny[uint8],
	dtypes.Uint16:     convAny[uint16],
	dtypes.Uint32:     convAny[uint32],
	dtypes.Uint64:     convAny[uint64],
	dtypes.Complex64:  convAny[complex64],
	dtypes.Complex128: convAny[complex128],
	dtypes.BFloat16:   convHalf[bfloat16.BFloat16],
	dtypes.Float16:    convHalf[float16.Float16],
}

// hasConvolution reports whether arrays of the dtype can be convolved.
func hasConvolution(dtype dtypes.DType) bool { return convolutions[dtype] != nil }

// execConv runs a ConvGeneral.
func execConv(r *run, n *node, in, out []*array) error {
	convolutions[n.shape.DType](r, convSpec(n), in[0], in[1], out[0])
	return nil
}

func convFloat32(r *run, s conv.Spec, in, kernel, out *array) {
	s.ByDefinition = r.noWinograd
	conv.Float32(r.pool, s, flat[float32](in), flat[float32](kernel), flat[float32](out))
}

func convAny[T interface {
	element
	gemm.Number
}](r *run, s conv.Spec, in, kernel, out *array) {
	conv.Any(r.pool, s, flat[T](in), flat[T](kernel), flat[T](out))
}

// convHalf convolves 16-bit floats in float32 and rounds once.
func convHalf[T interface {
	element
	half
}](r *run, s conv.Spec, in, kernel, out *array) {
	x, done := widened[T](r, in)
	defer done()
	k, done := widened[T](r, kernel)
	defer done()
	mem, done := r.scratch(4 * out.size())
	defer done()
	sums := &array{shape: shapes.Shape{DType: dtypes.Float32, Dimensions: out.shape.Dimensions}, mem: mem}
	convFloat32(r, s, x, k, sums)
	narrow(flat[T](out), flat[float32](sums))
}

// convSpec describes the convolution of a ConvGeneral node.
func convSpec(n *node) conv.Spec {
	a := n.attrs.(convAttrs)
	in, kernel, out := n.inputs[0].shape, n.inputs[1].shape, n.shape
	inSteps, kernelSteps, outSteps := in.Strides(), kernel.Strides(), out.Strides()
	x := &a.axes
	s := conv.Spec{
		Batch: out.Dimensions[x.OutputBatch], Channels: kernel.Dimensions[x.KernelInputChannels],
		Features: out.Dimensions[x.OutputChannels],
		InBatch:  inSteps[x.InputBatch], OutBatch: outSteps[x.OutputBatch],
		InChannel: inSteps[x.InputChannels], KernelChannel: kernelSteps[x.KernelInputChannels],
		KernelFeature: kernelSteps[x.KernelOutputChannels], OutFeature: outSteps[x.OutputChannels],
		ChannelGroups: a.channelGroupCount, BatchGroups: a.batchGroupCount,
	}
	for i := range x.InputSpatial {
		ia, ka, oa := x.InputSpatial[i], x.KernelSpatial[i], x.OutputSpatial[i]
		kernelStep := kernelSteps[ka]
		if a.reversed[i] {
			s.KernelAt += (kernel.Dimensions[ka] - 1) * kernelStep
			kernelStep = -kernelStep
		}
		s.Spatial = append(s.Spatial, conv.Axis{
			In: in.Dimensions[ia], Kernel: kernel.Dimensions[ka], Out: out.Dimensions[oa],
			InStep: inSteps[ia], KernelStep: kernelStep, OutStep: outSteps[oa],
			Stride: a.strides[i], Pad: a.paddings[i][0],
			InDilation: a.inputDilations[i], KernelDilation: a.kernelDilations[i],
		})
	}
	return s
}
