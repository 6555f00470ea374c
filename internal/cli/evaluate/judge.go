package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/featurestore"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/fetch"
)

// judge makes an [eval.Judge] by the options, for samples and a reference, which may be nil. It opens the network if
// one of them has images.
func (e evaluation) judge(ctx context.Context, samples *sampleSource, reference *eval.Set,
	std term.Streams) (eval.Judge, error) {
	j := eval.Judge{Metric: e.metric.Name, Options: e.own, Seed: e.seed, Open: e.storeOf, Memory: memory.There(),
		Progress: samples.progress.show(std)}
	on, err := samples.engine(e.backend, std)
	if err != nil {
		return j, err
	}
	if on.Choice.XLA() { // a GPU's features have other last digits
		j.Engine = on.Backend.Name()
	}
	for _, s := range []*eval.Set{samples.set, reference} {
		if s != nil && (s.Images != nil || s.Features != nil) {
			j.Network, err = e.openNetwork(ctx, on.Backend, std)
			return j, err
		}
	}
	return j, nil
}

// extraction shows the progress of the features of a set.
type extraction struct {
	bar   *term.Bar
	watch *term.Watch
}

func (e *extraction) show(std term.Streams) func(set *eval.Set, computed, done, of int) {
	return func(set *eval.Set, computed, done, of int) {
		if done == 0 {
			e.bar = term.NewShareBar(std.Err, "features of "+set.Name)
			e.watch = term.NewWatch("eval: features of "+set.Name, std)
			return
		}
		e.bar.Share(float64(done) / float64(of))
		e.watch.See(e.bar, computed, done, of)
		if done == of {
			e.close()
		}
	}
}

// close removes the bar, also if the work has failed.
func (e *extraction) close() {
	if e.bar != nil {
		e.bar.Clear()
		e.bar = nil
	}
}

// storeOf opens the directory for the features of a set: in the cache or, for the samples', in the one that the user
// names.
func (e evaluation) storeOf(about eval.About, reference bool) (*eval.Store, error) {
	if !reference && e.store != "" {
		return eval.OpenStore(e.store, about)
	}
	var store *eval.Store
	cache, err := fetch.CacheDir()
	if err == nil {
		store, err = eval.OpenStore(filepath.Join(cache, featurestore.Dir, about.Key()), about)
		if denied := (*fs.PathError)(nil); !errors.As(err, &denied) {
			return store, err
		}
		err = fmt.Errorf("%w; set AMGEN_CACHE to a folder that can be written to", err)
	}
	if e.store != "" {
		return eval.OpenStore(filepath.Join(e.store, "reference-"+about.Key()), about)
	}
	what := "samples"
	if reference {
		what = "reference"
	}
	return nil, fmt.Errorf("features of the %s: %w, or pass --store DIR", what, err)
}
