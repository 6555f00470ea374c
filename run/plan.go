package run

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	mltrain "github.com/gomlx/gomlx/pkg/ml/train"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run/augmented"
	"github.com/amgen/amgen/unet"
)

// Plan is what a configuration stands for, resolved once: the model, its network and its data. It is made by
// [Config.Resolve] and by [Find], and its fields are to be read.
type Plan struct {
	Config Config

	// Model has the network as an action, the path and the objective.
	Model flows.Model
	// Times draws training times.
	Times flows.Times

	// Network is the U-Net of images; its zero value of points. Its channels are those that it sees, which on a torus
	// are twice those of the images.
	Network unet.Config
	// Perceptron is the network of points; its zero value of images.
	Perceptron flows.MLP
	// Problem has the source and the true marginals of points, nil of images. Of hydrogen it has few samples to train
	// on.
	Problem *science.Problem

	// Classes are those that the run learns, nil of a run without. Their counts are known once the run is opened.
	Classes *Classes

	images imageTask // of images, for the task as well
	task
}

// Output takes what is to be said of work while it is done. The zero value is silent.
type Output struct {
	// Log is told lines without an end, about data, engines and what is passed over. nil drops them.
	Log func(line string)
	// Progress is told how far a fetch has come. nil drops it.
	Progress func(imaging.Progress)
}

func (o Output) logf(format string, args ...any) {
	if o.Log != nil {
		o.Log(fmt.Sprintf(format, args...))
	}
}

// task is what differs between learning images by a U-Net and points by a perceptron.
type task interface {
	unit() string
	architecture() any
	params() int
	flops(batch int) int64
	places() int
	smaller() ([]*Plan, error)
	load(ctx context.Context, out Output) (*Data, error)
	source(ctx context.Context, backend backends.Backend, out Output) (*Source, error)
}

// Unit is what examples are called: images or points.
func (p *Plan) Unit() string { return p.unit() }

// Architecture describes the network. As JSON it is in checkpoints, which have to agree with it.
func (p *Plan) Architecture() any { return p.architecture() }

// Params is the number of the network's parameters.
func (p *Plan) Params() int { return p.params() }

// FLOPs is the number of operations of an evaluation of the network on a batch, a multiplication and an addition
// being two.
func (p *Plan) FLOPs(batch int) int64 { return p.flops(batch) }

// Places is the number of pixels of an example, 1 of a point.
func (p *Plan) Places() int { return p.places() }

// Smaller lists plans of smaller networks for the same data, the largest first.
func (p *Plan) Smaller() ([]*Plan, error) { return p.smaller() }

// Load brings the data to train on. It fetches what isn't in the cache, and stops when ctx is done.
func (p *Plan) Load(ctx context.Context, out Output) (*Data, error) { return p.load(ctx, out) }

// Source makes what samples begin with, on a backend, which may be nil on a path from noise. Images to restore are
// loaded: those that the plan wasn't trained on, where there are any.
func (p *Plan) Source(ctx context.Context, backend backends.Backend, out Output) (*Source, error) {
	s, err := p.source(ctx, backend, out)
	if err == nil {
		s.Classes = p.Classes
	}
	return s, err
}

// WithLoss is the plan with another estimator and weight of its loss, each by its name.
func (p *Plan) WithLoss(estimator, weight string) (*Plan, error) {
	other := *p
	other.Config.Estimator, other.Config.Weight = estimator, weight
	objective, err := other.Config.objective()
	if err == nil {
		err = objective.Check(p.Model.Path)
	}
	other.Model.Objective = objective
	return &other, err
}

// Data is what a plan trains on.
type Data struct {
	// Path is the plan's, with the times of snapshots.
	Path flows.Path
	// Batches are without end, and those of a seed always the same.
	Batches Batches
	// Hash tells whether data are the same, as JSON.
	Hash json.RawMessage
	// Record is what takes snapshots to the coordinates that are learned, as JSON; nil of other data.
	Record json.RawMessage
	// Skipped counts and names the files of a folder that hold no picture, as JSON; nil where there are none.
	Skipped json.RawMessage
	// Classes are those of the examples, nil of a run without.
	Classes *Classes
	// Times are those at which the data have a velocity; nil are the plan's.
	Times flows.Times
	// Jumps are those of distilled states, see [Config.Jumps]; 0 of other data.
	Jumps int
	// Size is that of all examples in bytes, 0 where they are without end.
	Size int64
	// Prepare makes numbers of a batch of pixels; nil leaves it.
	Prepare func(vars *mlcontext.Context, batch *graph.Node) *graph.Node
	// Augment prepares and changes a batch of pixels in the place of Prepare; nil without [Config.Augment].
	Augment augmented.Batch

	source func(backend backends.Backend) *Source
}

// Source makes what samples begin with, of the data trained on.
func (d *Data) Source(backend backends.Backend) *Source {
	s := d.source(backend)
	s.Classes = d.Classes
	return s
}

// Batches is a dataset without end that can go on from a step.
type Batches interface {
	mltrain.Dataset
	Seek(step int) error
}

// Resolve settles the configuration ([Config.Settle]) and finds the model and the data. It opens files of snapshots,
// and fetches the embryos' where need be; images are opened by [Plan.Load]. For a run with classes it lists the folders
// of an image folder.
func (c Config) Resolve(ctx context.Context) (*Plan, error) {
	c, err := c.Settle()
	if err != nil {
		return nil, err
	}
	return c.Plan(ctx, Output{})
}

// Plan finds the model and the data of a configuration that was settled before, on this machine or another. It
// fetches the embryos where need be.
func (c Config) Plan(ctx context.Context, out Output) (*Plan, error) {
	objective, path, times, err := c.flow()
	if err == nil {
		err = c.nameClasses(ctx)
	}
	if err != nil {
		return nil, err
	}
	p := &Plan{Config: c, Classes: c.classes(), Times: times, Model: flows.Model{Objective: objective, Path: path}}
	if c.Points() {
		err = p.openPoints(ctx, out)
	} else {
		err = p.openImages()
	}
	return p, err
}
