// Package augmented joins a network to images that are changed at random, of which it is told.
package augmented

import (
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/augment"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
)

// Check is an error where images of a size aren't changed with a probability, or the jumps of another run's samples are
// learned, whose states are of images as they are.
func Check(probability float64, size int, jumps bool) error {
	switch {
	case probability == 0:
	case jumps:
		return mistake.New("{augment} changes images, and {distill} learns jumps to images as they are; leave one of " +
			"them out")
	case size < augment.LeastSize:
		return mistake.New("{augment} is for images of %d pixels or more, got {size} %d; leave it out",
			augment.LeastSize, size)
	}
	return nil
}

// Batch prepares a batch of pixels, changes it, and returns the action that is told how; class is that of each image,
// nil for a network without classes. It is [flows.TrainerConfig.Augment].
type Batch func(vars *mlcontext.Context, pixels, class *graph.Node) (*graph.Node, flows.Action)

// New changes images with a probability before the noise of their grey levels is added. The network of net, whose
// Augment is [augment.Labels], is an action on the path, or a vector field.
func New(net unet.Config, field bool, path flows.Path, flip bool, probability float64) Batch {
	model := unet.AugmentedAction(net)
	if field {
		model = unet.AugmentedNetwork(net)
	}
	return func(vars *mlcontext.Context, pixels, class *graph.Node) (*graph.Node, flows.Action) {
		var labels *graph.Node
		change := func(vars *mlcontext.Context, x *graph.Node) *graph.Node {
			x, labels = augment.Images(vars, x, probability)
			return x
		}
		x := imaging.Prepare(imaging.PrepareOptions{Flip: flip, Change: change})(vars, pixels)
		return x, flows.OnPath(func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node {
			return model(vars, t, x, class, labels)
		}, path)
	}
}
