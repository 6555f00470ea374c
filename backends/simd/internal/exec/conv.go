package exec

import (
	"sync"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/x448/float16"

	"github.com/amgen/amgen/backends/simd/internal/conv"
	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/gemm"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

func init() { registerPrepared(backends.OpTypeConvGeneral, prepareConv) }

// convFunc computes a convolution.
type convFunc func(r *Run, x *convolution, in, kernel, out *dense.Array)

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

// HasConvolution reports whether arrays of the dtype can be convolved.
func HasConvolution(dtype dtypes.DType) bool { return convolutions[dtype] != nil }

// prepareConv makes the task of a ConvGeneral.
func prepareConv(n *graph.Node) Task {
	x, convolve := newConvolution(convSpec(n)), convolutions[n.Shape.DType]
	return func(r *Run, in, out []*dense.Array) error {
		convolve(r, x, in[0], in[1], out[0])
		return nil
	}
}

// convolution is a convolution, planned where that pays.
type convolution struct {
	spec               conv.Spec
	fast, byDefinition func() *conv.Plan
}

func newConvolution(s conv.Spec) *convolution {
	return &convolution{spec: s, fast: sync.OnceValue(func() *conv.Plan { return conv.Prepare(s) }),
		byDefinition: sync.OnceValue(func() *conv.Plan {
			s.ByDefinition = true
			return conv.Prepare(s)
		})}
}

func convFloat32(r *Run, x *convolution, in, kernel, out *dense.Array) {
	plan := x.fast
	if r.NoWinograd {
		plan = x.byDefinition
	}
	plan().Run(r.Pool, dense.Flat[float32](in), dense.Flat[float32](kernel), dense.Flat[float32](out))
}

func convAny[T interface {
	dense.Element
	gemm.Number
}](r *Run, x *convolution, in, kernel, out *dense.Array) {
	conv.Any(r.Pool, x.spec, dense.Flat[T](in), dense.Flat[T](kernel), dense.Flat[T](out))
}

// convHalf convolves 16-bit floats in float32 and rounds once.
func convHalf[T interface {
	dense.Element
	half
}](r *Run, x *convolution, in, kernel, out *dense.Array) {
	wide, done := widened[T](r, in)
	defer done()
	k, done := widened[T](r, kernel)
	defer done()
	mem, done := r.Scratch(4 * out.Size())
	defer done()
	sums := &dense.Array{Shape: shapes.Shape{DType: dtypes.Float32, Dimensions: out.Shape.Dimensions}, Mem: mem}
	convFloat32(r, x, wide, k, sums)
	narrow(dense.Flat[T](out), dense.Flat[float32](sums))
}

// convSpec describes the convolution of a ConvGeneral node.
func convSpec(n *graph.Node) conv.Spec {
	a := n.Attrs.(graph.ConvAttrs)
	in, kernel, out := n.Inputs[0].Shape, n.Inputs[1].Shape, n.Shape
	inSteps, kernelSteps, outSteps := in.Strides(), kernel.Strides(), out.Strides()
	x := &a.Axes
	s := conv.Spec{
		Batch: out.Dimensions[x.OutputBatch], Channels: kernel.Dimensions[x.KernelInputChannels],
		Features: out.Dimensions[x.OutputChannels],
		InBatch:  inSteps[x.InputBatch], OutBatch: outSteps[x.OutputBatch],
		InChannel: inSteps[x.InputChannels], KernelChannel: kernelSteps[x.KernelInputChannels],
		KernelFeature: kernelSteps[x.KernelOutputChannels], OutFeature: outSteps[x.OutputChannels],
		ChannelGroups: a.ChannelGroupCount, BatchGroups: a.BatchGroupCount,
	}
	for i := range x.InputSpatial {
		ia, ka, oa := x.InputSpatial[i], x.KernelSpatial[i], x.OutputSpatial[i]
		kernelStep := kernelSteps[ka]
		if a.Reversed[i] {
			s.KernelAt += (kernel.Dimensions[ka] - 1) * kernelStep
			kernelStep = -kernelStep
		}
		s.Spatial = append(s.Spatial, conv.Axis{
			In: in.Dimensions[ia], Kernel: kernel.Dimensions[ka], Out: out.Dimensions[oa],
			InStep: inSteps[ia], KernelStep: kernelStep, OutStep: outSteps[oa],
			Stride: a.Strides[i], Pad: a.Paddings[i][0],
			InDilation: a.InputDilations[i], KernelDilation: a.KernelDilations[i],
		})
	}
	return s
}
