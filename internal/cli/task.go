package cli

import (
	"context"
	"encoding/json"
	"image"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	mltrain "github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/weights"
)

// task is what a configuration asks for, and what differs between learning images by a U-Net and points by a
// perceptron.
type task interface {
	// unit is what examples are called.
	unit() string

	// architecture describes the network, as JSON, for a checkpoint to agree with.
	architecture() any

	// model is what the objective learns of the network: an action, or the vector field of a baseline.
	model(objective flows.Objective) flows.Action

	// params is the number of the network's parameters, flops that of the operations of its evaluation on a batch; places
	// is the number of pixels of an example, 1 of a point.
	params() int
	flops(batch int) int64
	places() int

	// smaller lists configurations of smaller networks for the same data, the largest first.
	smaller() ([]Config, error)

	// load brings the data to train on.
	load(ctx context.Context, std streams) (material, error)

	// exhibit brings what samples begin with and are shown beside.
	exhibit(ctx context.Context, backend backends.Backend, std streams) (exhibit, error)

	// match makes the task that of a checkpoint, and refuses data that it wasn't trained on.
	match(c *weights.Checkpoint, std streams) error

	// checkOutput refuses what samples cannot be written as.
	checkOutput(o *sampleOptions) error
}

// material is the data of a task, ready to train on.
type material struct {
	path    flows.Path
	hash    json.RawMessage // of the data, for a checkpoint to agree with
	points  json.RawMessage // a pointsRecord of snapshots
	batches batches
	size    int64 // of all examples in bytes, 0 where they are endless
	// prepare makes floats of a batch, nil leaves it.
	prepare func(ctx *mlcontext.Context, batch *graph.Node) *graph.Node
	// exhibit is that of the task on a backend, but of the data trained on.
	exhibit func(backend backends.Backend) exhibit
}

// batches is an endless dataset that can be made to go on from a step.
type batches interface {
	mltrain.Dataset
	Seek(step int) error
}

// exhibit is where samples begin and how they are shown.
type exhibit interface {
	path() flows.Path

	// dims are the dimensions of an example.
	dims() []int

	// available is the number of samples that there can be, math.MaxInt from noise.
	available() int

	// begin is the start of samples first, first+1, … of a seed, no more than are available.
	begin(seed int64, first, count int) (beginning, error)

	// picture shows a state of what was drawn: its samples, or one on the way there.
	picture(d *drawing, at state, look look) (image.Image, error)

	// previewed is how many examples a preview shows, together how many are solved at once unless the user wants others.
	previewed() int
	together() int
}

// look is what a user may say about a picture.
type look struct {
	cols, scale int   // of a grid; 0 for the default
	seed        int64 // of the choice of samples that have weights
	ways        bool  // the ways of points through all states, rather than one state
}

// task is what the configuration asks for, or a usage error where it doesn't go together.
func (c Config) task(ctx context.Context) (task, error) {
	if c.points() {
		return newPointTask(ctx, c)
	}
	return newImageTask(c)
}
