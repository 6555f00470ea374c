package train

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/featurestore"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// fid compares pictures with the training set, as `amgen eval fid` does.
type fid struct {
	judge     eval.Judge
	plan      *run.Plan
	std       term.Streams
	reference *eval.Features // nil before the first
}

// openFID opens the network whose features are compared, of those that need no download: a classifier that is part of
// the program, or one that is in the cache. Without one it says so, and returns nil.
func openFID(ctx context.Context, e *engine.Engine, plan *run.Plan, std term.Streams) (train.FID, error) {
	name := features.For(plan.Config.Dataset)
	network, err := features.Open(ctx, e.Backend, name, features.Options{Offline: true})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		fmt.Fprintf(std.Err, "train: evaluations have no FID: the features %s would have to be fetched, as `amgen "+
			"eval fid` does (%s)\n", name, flags.ErrorText(err))
		return nil, nil
	}
	f := &fid{plan: plan, std: std, judge: eval.Judge{Metric: "fid", Network: network, Memory: memory.There()}}
	if e.Choice.XLA() { // a GPU's features have other last digits
		f.judge.Engine = e.Backend.Name()
	}
	fmt.Fprintf(std.Err, "train: the FID of evaluations is by the features %s\n", name)
	return f.of, nil
}

// of is the distance of pictures.
func (f *fid) of(ctx context.Context, p train.Pictures) (float64, error) {
	if err := f.open(ctx); err != nil {
		return 0, err
	}
	set := eval.ImageSet("samples", drawn{p}, p.Dims[0], p.Dims[1], p.Dims[2])
	samples, err := f.judge.Samples(ctx, set)
	if err != nil {
		return 0, err
	}
	report, err := f.judge.Compare(ctx, samples, f.reference)
	if err != nil {
		return 0, err
	}
	return report.Value, nil
}

// open finds the features of the training set, in the cache where `amgen eval` has left them.
func (f *fid) open(ctx context.Context) error {
	if f.reference != nil {
		return nil
	}
	name := f.plan.Config.Dataset
	images, err := run.LoadImages(ctx, name, imaging.Train, f.plan.ImageOptions(), f.std.Loading())
	if err != nil {
		return err
	}
	set, err := eval.ArraySet(fmt.Sprintf("%s:%s", name, imaging.Train), &eval.ImageArray{Pixels: images.Images,
		Labels: images.Labels, Height: images.Height, Width: images.Width, Channels: images.Channels}, 0)
	if err != nil {
		return err
	}
	cached := f.judge
	if cache, err := fetch.CacheDir(); err == nil {
		cached.Open = eval.StoresIn(filepath.Join(cache, featurestore.Dir))
	}
	f.reference, err = cached.Reference(ctx, set)
	return err
}

// drawn are pictures for [eval.Judge]. Nothing is kept of them, so that they need no identity.
type drawn struct{ train.Pictures }

// Len implements [eval.Images].
func (d drawn) Len() int { return d.Count }

// Identity implements [eval.Images].
func (drawn) Identity() string { return "" }

// Read implements [eval.Images].
func (d drawn) Read(ctx context.Context, from, to int) (*tensors.Tensor, []float32, error) {
	return d.Pictures.Read(ctx, from, to)
}
