package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/version"
)

// featured is one of the two things that are compared, as features.
type featured struct {
	name     string
	hash     string
	count    int
	store    *eval.Store    // of images
	cloud    *eval.Cloud    // of points
	gaussian *eval.Gaussian // of statistics
	weights  []float64      // of the samples; nil are equal ones
}

// judge brings features and has a metric compare them.
type judge struct {
	o      *evalOptions
	metric metric
	engine *engine.Engine
	std    streams

	net  eval.Network // of images, once one was needed
	mode string
}

// featuresOf computes those of a side that haven't been computed before; those of points are the points.
func (j *judge) featuresOf(ctx context.Context, s *side, shard eval.Shard) (featured, error) {
	f := featured{name: s.name, hash: s.hash, count: s.count, cloud: s.points, gaussian: s.gaussian, weights: s.weights}
	if s.images == nil {
		return f, nil
	}
	if j.net == nil {
		var err error
		if j.net, j.mode, err = j.o.openNetwork(ctx, j.engine.Backend, s.size, j.std); err != nil {
			return f, err
		}
	}
	about := eval.Describe(j.net, j.mode, s.images)
	if about.Hash != "" && j.engine.Choice.XLA() { // a GPU's features have other last digits
		about.Engine = j.engine.Backend.Name()
	}
	var err error
	if f.store, err = j.storeOf(s, about); err != nil {
		return f, err
	}
	f.hash = s.hashed()
	b := newShareBar(j.std.err, "features of "+s.name)
	defer b.clear()
	watch := &watch{what: "eval: features of " + s.name, std: j.std, began: time.Now()}
	err = f.store.Fill(ctx, j.net, s.images, shard, func(computed, done, of int) {
		b.set(int64(shareParts * done / of))
		watch.see(b, computed, done, of)
	})
	return f, err
}

// storeOf opens the directory for a side's features: in the cache, or in the one that the user names.
func (j *judge) storeOf(s *side, about eval.About) (*eval.Store, error) {
	own := j.o.store
	if s.judged && own != "" {
		return eval.OpenStore(own, about)
	}
	var store *eval.Store
	cache, err := fetch.CacheDir()
	if err == nil {
		store, err = eval.OpenStore(filepath.Join(cache, featuresDir, about.Key()), about)
		if denied := (*fs.PathError)(nil); !errors.As(err, &denied) {
			return store, err
		}
		err = fmt.Errorf("%w; set AMGEN_CACHE to a folder that can be written to", err)
	}
	if own != "" {
		return eval.OpenStore(filepath.Join(own, "reference-"+about.Key()), about)
	}
	return nil, fmt.Errorf("features of %s: %w, or pass --store DIR", s.name, err)
}

// Gaussian is the mean and covariance of the features.
func (f featured) Gaussian() (eval.Gaussian, error) {
	if f.gaussian != nil {
		return *f.gaussian, nil
	}
	if f.cloud != nil {
		return eval.GaussianOf(*f.cloud)
	}
	if f.weights != nil {
		c, err := f.Cloud()
		if err != nil {
			return eval.Gaussian{}, err
		}
		return eval.GaussianOf(c)
	}
	m := eval.NewMoments(f.store.Dim)
	if err := f.store.Each(func(features, _ []float32) error { return m.AddFloat32(features) }); err != nil {
		return eval.Gaussian{}, err
	}
	return m.Gaussian()
}

// Cloud is the features as points.
func (f featured) Cloud() (eval.Cloud, error) {
	switch {
	case f.cloud != nil:
		return *f.cloud, nil
	case f.store != nil:
		c, err := f.store.Cloud()
		c.Weights = f.weights
		return c, err
	}
	return eval.Cloud{}, fmt.Errorf("%s has a mean and a covariance alone, and this compares features one by one; give images or their features", f.name)
}

// Some are features of at most so many samples, evenly taken; none of statistics, and of weighted samples.
func (f featured) Some(most int) (eval.Cloud, error) {
	if f.weights != nil {
		return eval.Cloud{}, nil
	}
	if f.cloud != nil || f.store == nil {
		return *cmp.Or(f.cloud, &eval.Cloud{}), nil
	}
	return f.store.Some(most)
}

// Probabilities are those of the classes, [count, classes], and the number of classes.
func (f featured) Probabilities() (p []float64, classes int, err error) {
	if f.store == nil || f.store.Classes == 0 {
		return nil, 0, fmt.Errorf("%s has no classes; give images, and --features of a network that classifies", f.name)
	}
	err = f.store.Each(func(_, logits []float32) error {
		rows, err := eval.Softmax(logits, f.store.Classes)
		p = append(p, rows...)
		return err
	})
	return p, f.store.Classes, err
}

// ClassCounts is how many of the samples the network takes for each class.
func (f featured) ClassCounts() ([]int, error) {
	p, classes, err := f.Probabilities()
	if err != nil {
		return nil, err
	}
	return eval.ClassCounts(p, classes)
}

// report judges.
func (j *judge) report(ctx context.Context, samples, reference featured, about Samples) (Report, error) {
	r := Report{Metric: j.metric.name, Samples: about, Version: version.Amgen()}
	r.Measure = Measure{Metric: j.metric.name, Network: featuresRaw, Count: samples.count, Options: j.metric.options(j.o.own),
		Reference: reference.name, ReferenceHash: reference.hash, ReferenceCount: reference.count}
	if j.net != nil {
		r.Measure.Network, r.Measure.NetworkHash, r.Measure.Mode = j.net.Name(), j.net.Hash(), j.mode
	}
	if noted, ok := j.net.(interface{ Note() string }); ok && noted.Note() != "" {
		r.Warnings = append(r.Warnings, noted.Note())
	}
	found, err := j.compute(ctx, samples, reference)
	if err != nil {
		return r, err
	}
	if err := found.checkFinite(j.metric.name); err != nil {
		return r, err
	}
	r.Value, r.Stderr, r.Parts = found.Value, found.StdErr, found.parts
	if found.Warning != "" {
		r.Warnings = append(r.Warnings, found.Warning)
	}
	return r, nil
}

// compute has the metric compare. Algebra that takes minutes can't be interrupted: it is left behind where the user wants
// to leave, and ends with the process.
func (j *judge) compute(ctx context.Context, samples, reference featured) (finding, error) {
	type outcome struct {
		finding
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		found, err := j.metric.compute(samples, reference, j.o.own, j.o.seed)
		done <- outcome{found, err}
	}()
	select {
	case o := <-done:
		return o.finding, o.err
	case <-ctx.Done():
		return finding{}, ctx.Err()
	}
}
