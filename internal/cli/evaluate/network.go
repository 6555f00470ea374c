package evaluate

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// What --features takes beside the names of package features.
const (
	featuresAuto = "auto"
	featuresRaw  = "raw" // points as they are
)

// featureNames lists what --features takes.
func featureNames() []string {
	return append(append([]string{featuresAuto}, features.Names()...), featuresRaw)
}

// chosenFeatures are those of --features. For auto they are [features.For] of the data sets, and it says so where these
// have no classifier of their own; points are always compared as they are. The reference is nil where it isn't opened,
// but known by its name: a shard has to choose as a single process does.
//
// They are of the network of FID instead where that is meant: for a metric of its classes, for statistics and a
// reference in a .npz, where published ones are kept, and with --mode or --weights.
func (e evaluation) chosenFeatures(asked string, samples *sampleSource, name string, reference *eval.Set,
	std term.Streams) (string, error) {
	for _, set := range []*eval.Set{samples.set, reference} {
		if set == nil || set.Points == nil {
			continue
		}
		if !slices.Contains([]string{featuresAuto, featuresRaw}, asked) {
			return "", flags.Usagef("--features %s is for images, and %s has points; use raw", asked, set.Name)
		}
		asked = featuresRaw
	}
	if asked != featuresAuto {
		return asked, nil
	}
	known := []string{samples.set.Name, name}
	if samples.data != nil {
		known = append(known, samples.data.Dataset)
	}
	chosen := features.For(known...)
	if chosen != features.Lite {
		return chosen, nil
	}
	statistics := samples.set.Images == nil || filepath.Ext(name) == ".npz"
	if e.metric.Classes || statistics || e.mode != "" || e.weights != "" {
		return features.FID, nil
	}
	fmt.Fprintf(std.Err, "eval: the features are those of %s; for figures to compare with published ones pass "+
		"--features %s\n", chosen, features.FID)
	return chosen, nil
}

// openNetwork brings the network that images are compared in; nil for their pixels.
func (e evaluation) openNetwork(ctx context.Context, backend backends.Backend, std term.Streams) (eval.Network, error) {
	if e.features == featuresRaw {
		return nil, nil
	}
	return features.Open(ctx, backend, e.features, features.Options{Mode: resize.Mode(e.mode), Weights: e.weights,
		Progress: std.Fetching()})
}

// modeNames lists what --mode takes, the default first.
func modeNames() []string {
	var names []string
	for _, m := range resize.Modes() {
		names = append(names, string(m))
	}
	return names
}
