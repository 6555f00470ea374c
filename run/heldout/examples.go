package heldout

import (
	"context"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
)

// The most held-out images, and the number of held-out points.
const (
	MostImages = 1024
	Points     = 8192
)

// How many examples are computed together.
const (
	imageBatch = 32
	pointBatch = 1024
)

// Examples are what a run isn't trained on.
type Examples struct {
	images  *imaging.Dataset // nil of points
	labels  []int32          // of a run that learns classes
	points  []float32        // [Points, dims...]
	dims    []int
	batch   int
	prepare func(vars *mlcontext.Context, batch *graph.Node) *graph.Node
}

// Load finds the held-out examples of a plan: up to [MostImages] images from all over the test split, or where a
// folder has none its validation split; [Points] new points of a distribution that can be drawn from. Where all
// examples are trained on it returns a [run.ConfigError].
func Load(ctx context.Context, plan *run.Plan, out run.Output) (*Examples, error) {
	if plan.Config.Points() {
		return drawn(plan)
	}
	images, err := plan.HeldOut(ctx, out)
	if err != nil {
		return nil, err
	}
	if images.Split == imaging.Train {
		return nil, mistake.New("{eval_every} needs images that aren't trained on, and %s has none; put some into a "+
			"folder val in it, or leave {eval_every} out", plan.Config.Dataset)
	}
	if images, err = images.Spread(min(MostImages, images.Len())); err != nil {
		return nil, err
	}
	labels, err := labelsOf(images, plan)
	return &Examples{images: images, labels: labels, batch: imageBatch,
		prepare: imaging.Prepare(imaging.PrepareOptions{})}, err
}

// labelsOf are the classes of images by the plan's numbers, nil of a plan without classes. A split may lack some.
func labelsOf(images *imaging.Dataset, plan *run.Plan) ([]int32, error) {
	if plan.Classes == nil {
		return nil, nil
	}
	if images.Labels == nil {
		return nil, mistake.New("{eval_every} of a run with {classes} needs held-out images with classes, and those "+
			"of %s have none; leave {eval_every} out", plan.Config.Dataset)
	}
	labels := make([]int32, images.Len())
	for i, label := range images.Labels {
		name := images.Classes[label]
		k := slices.Index(plan.Classes.Names, name)
		if k < 0 {
			return nil, mistake.New("{eval_every} needs held-out images of classes that are learned, and %s has some "+
				"of %q; take them away, or leave {eval_every} out", plan.Config.Dataset, name)
		}
		labels[i] = int32(k)
	}
	return labels, nil
}

// drawn are points of a distribution that has as many as one likes.
func drawn(plan *run.Plan) (*Examples, error) {
	problem, err := science.Open(plan.Config.Dataset, science.Options{Batch: Points, Seed: seed})
	if err != nil {
		return nil, err
	}
	_, inputs, _, err := problem.Dataset.Yield()
	if err != nil {
		return nil, err
	}
	defer finalize(inputs)
	points, err := tensors.CopyFlatData[float32](inputs[0])
	return &Examples{points: points, dims: inputs[0].Shape().Dimensions[1:], batch: pointBatch}, err
}

// Len is their number.
func (e *Examples) Len() int {
	if e.images != nil {
		return e.images.Len()
	}
	return Points
}

// tensors are examples first … end−1 and, if the run learns classes, their labels.
func (e *Examples) tensors(first, end int) ([]*tensors.Tensor, error) {
	if e.images == nil {
		size := len(e.points) / Points
		part := tensors.FromFlatDataAndDimensions(e.points[first*size:end*size], append([]int{end - first},
			e.dims...)...)
		return []*tensors.Tensor{part}, nil
	}
	pictures, err := e.images.Tensor(first, end)
	if err != nil {
		return nil, err
	}
	list := []*tensors.Tensor{pictures}
	if e.labels != nil {
		list = append(list, tensors.FromFlatDataAndDimensions(e.labels[first:end], end-first))
	}
	return list, nil
}
