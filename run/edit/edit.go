// Package edit uses a trained run of images, or a model, on given images: it fills in what is missing ([Restore]),
// starts from an image in place of noise ([Vary]), and goes from an image to its noise and back ([Encode], [Decode]).
// The mathematics is in package flows/edit, which the examples import as known:
//
//	import known "github.com/amgen/amgen/flows/edit"
//
// So the right half of a picture is filled in, say:
//
//	r, err := run.Open(ctx, "runs/first", run.Options{})
//	if err != nil { … }
//	defer r.Close()
//	mask := known.Pixels{Levels: picture, Fill: fill}
//	samples, err := edit.Restore(ctx, r, func(int) known.Known { return mask }, edit.Options{N: 8})
package edit

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// Options say how images are edited. The zero value makes one, without a class.
type Options struct {
	N int // how many are made; 0 is 1
	// Batch is how many are solved together; 0 is the run's default.
	Batch int
	Seed  int64 // of the noise
	// Solver is for [Vary], [Encode] and [Decode]; nil is the run's own, or [EncodeSolver].
	Solver solve.Solver
	// Restoration is for [Restore]. Its Schedule, Bound and OnStep are set here.
	Restoration known.Restoration
	// Classes of a run that learned some: image k has the class Classes[k mod its length]. nil is the null label for
	// all.
	Classes  []int32
	Guidance flows.Guidance
	// Progress is told after each step how many images are done; an unfinished batch counts in part.
	Progress func(done float64)
}

// Check returns a [run.ConfigError] unless runs of a plan can edit images: they have to lead from noise to images,
// along one curve from each noise.
func Check(plan *run.Plan) error {
	motion := plan.Model.Objective.Motion()
	_, scheduled := plan.Model.Path.(flows.Scheduled)
	cfg := plan.Config
	switch {
	case cfg.Points():
		return mistake.New("images are edited by a run of images, and this one was trained on %s, which has points; "+
			"choose another", cfg.Dataset)
	case plan.Restores():
		return mistake.New("the run was trained by {path} %s, and starts from a part of an image; editing needs one "+
			"that starts from noise, such as one by {path} linear", cfg.Path)
	case !scheduled:
		return mistake.New("the run was trained by {path} %s, which doesn't start from normal noise; editing needs "+
			"one of linear, trig and vp", cfg.Path)
	case motion.Diffusion != nil || motion.Growth:
		return mistake.New("the run was trained by {objective} %s, whose samples don't follow one curve from their "+
			"noise to the image; editing needs one by am, fm, dsm or ssm, without noise", cfg.Objective)
	case cfg.Distill != "":
		return mistake.New("the run was distilled to %d jumps, and editing needs the times between them; choose the "+
			"run that it was distilled from", cfg.Jumps)
	}
	return nil
}

// editor is a run with what it is asked for.
type editor struct {
	*run.Run
	Options
	schedule solve.Schedule
	size     int
}

func newEditor(r *run.Run, o Options) (*editor, error) {
	if err := Check(r.Plan); err != nil {
		return nil, err
	}
	if o.N == 0 {
		o.N = 1
	}
	if o.Batch == 0 {
		o.Batch = r.Source.Together()
	}
	if o.N < 0 || o.Batch < 0 {
		return nil, mistake.New("%d images, %d together; ask for one at least", o.N, o.Batch)
	}
	if err := (draw.Options{Classes: o.Classes, Guidance: o.Guidance}).CheckClasses(r.Source.Classes); err != nil {
		return nil, err
	}
	if o.Guidance.Weight != 0 && len(o.Classes) == 0 {
		return nil, mistake.New("{guidance} is towards a class, and none is asked for; ask for one, or leave it out")
	}
	return &editor{r, o, r.Plan.Model.Path.(flows.Scheduled).Schedule, r.Source.Size()}, nil
}

// labels are the classes of images first, first + 1, …
func (e *editor) labels(first, count int) []int32 {
	if e.Source.Classes == nil {
		return nil
	}
	list := make([]int32, count)
	for i := range list {
		list[i] = flows.NoClass
		if len(e.Classes) > 0 {
			list[i] = e.Classes[(first+i)%len(e.Classes)]
		}
	}
	return list
}

// batches hands the first image of each batch, and their number, to do. What it returns is appended.
func (e *editor) batches(do func(first, count int, progress func(share float64)) (x []float32, nfe int,
	err error)) (*draw.Samples, error) {
	all := draw.New(e.Source, nil)
	for first := 0; first < e.N; first += e.Options.Batch {
		count := min(e.Options.Batch, e.N-first)
		x, nfe, err := do(first, count, func(share float64) {
			if e.Progress != nil {
				e.Progress(float64(first) + share*float64(count))
			}
		})
		if err != nil {
			return nil, err
		}
		all.X, all.Labels = append(all.X, x...), append(all.Labels, e.labels(first, count)...)
		all.Report.NFE = max(all.Report.NFE, nfe)
	}
	return all, nil
}

// tensor is a batch of states.
func (e *editor) tensor(x []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(x, append([]int{len(x) / e.size}, e.Source.Dims...)...)
}

// noise draws that of images first, first + 1, …: the same that samples of the seed start from.
func (e *editor) noise(first, count int) ([]float32, error) {
	noise, err := flows.SourceNoise(e.Source.Path, e.Seed, first, count, e.Source.Dims...)
	if err != nil {
		return nil, err
	}
	defer noise.MustFinalizeAll()
	return tensors.CopyFlatData[float32](noise)
}

// dequantised is the value of a level, the middle of its interval in [-1, 1).
func dequantised(level uint8) float32 { return (float32(level)+0.5)/128 - 1 }

// data are the values of an image of 8 bits. One of another size is an error.
func (e *editor) data(levels []uint8) ([]float32, error) {
	if len(levels) != e.size {
		return nil, fmt.Errorf("an image of %d values, and the run's have %d; give height·width·channels", len(levels),
			e.size)
	}
	x := make([]float32, len(levels))
	for i, level := range levels {
		x[i] = dequantised(level)
	}
	return x, nil
}

// solver settles the solver if none was given.
func (e *editor) solver(standard solve.Solver, err error) error {
	if e.Solver == nil {
		e.Solver = standard
	}
	return err
}

// follow takes states of a batch from one time to another.
func (e *editor) follow(ctx context.Context, x []float32, from, to float64, first int,
	progress func(float64)) ([]float32, int, error) {
	state := e.tensor(x)
	defer state.MustFinalizeAll()
	options := flows.FollowOptions{Classes: e.labels(first, len(x)/e.size), Guidance: e.Guidance,
		OnStep: func(t float64, _ *tensors.Tensor) error {
			progress((t - from) / (to - from))
			return nil
		}}
	particles, err := e.Sampler.Follow(ctx, e.Solver, state, from, to, options)
	if err != nil {
		return nil, 0, err
	}
	defer particles.Finalize()
	end, err := tensors.CopyFlatData[float32](particles.X)
	return end, particles.Report.NFE, err
}
