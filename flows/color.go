package flows

import (
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/pkg/errors"
)

// Color is the path that colours images: from the grey image in each channel, with a tenth of noise, along straight
// lines to the image. The condition is the grey image, one channel.
type Color struct{}

// colorNoise blurs the source, which would be a sheet without volume.
const colorNoise = 0.1

// Begin implements [Conditional]. Grey is the luma of Rec. 601.
func (Color) Begin(data, noise *Node) (start, condition, shown *Node) {
	if c := data.Shape().Dimensions[3]; c != 3 {
		panic(errors.Errorf("flows: data has shape %s; colouring takes images of 3 channels", data.Shape()))
	}
	luma := Reshape(ConstAsDType(data.Graph(), data.DType(), []float64{0.299, 0.587, 0.114}), 1, 1, 1, 3)
	grey := ReduceAndKeep(Mul(data, luma), ReduceSum, 3) // [batch, height, width, 1]
	wide := BroadcastToShape(grey, data.Shape())
	return Add(wide, MulScalar(noise, colorNoise)), grey, wide
}

// ConditionChannels implements [Conditional].
func (Color) ConditionChannels(int) int { return 1 }

// Draw implements [Path].
func (p Color) Draw(vars *mlcontext.Context, data *Node) Curves {
	return drawConditional(vars, p, data)
}

// Name implements [Path].
func (Color) Name() string { return "color" }

// KnowsVelocity implements [Path].
func (Color) KnowsVelocity() bool { return true }
