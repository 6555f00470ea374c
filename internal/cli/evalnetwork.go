package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/inception"
	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/eval/resize"
)

// Features that images can be compared in, beside the names of lenet's.
const (
	featuresAuto   = "auto"
	featuresFID    = "inception"
	featuresKeras  = "keras-nsfw"
	featuresPixels = "pixels"
	featuresRaw    = "raw" // points as they are
)

// featureNames lists what --features takes.
func featureNames() []string {
	names := []string{featuresAuto, featuresFID, featuresKeras}
	for _, name := range lenet.Datasets() {
		names = append(names, "lenet-"+name)
	}
	return append(names, featuresPixels, featuresRaw)
}

// resolveFeatures takes for auto the classifier of the data set where there is one, else the network of FID; points are
// always compared as they are. reference is nil where it isn't opened, but known by its name.
func (o *evalOptions) resolveFeatures(samples *judged, name string, reference *eval.Set) error {
	for _, set := range []*eval.Set{samples.set, reference} {
		if set == nil || set.Points == nil {
			continue
		}
		if !slices.Contains([]string{featuresAuto, featuresRaw}, o.features) {
			return usagef("--features %s is for images, and %s has points; use raw", o.features, set.Name)
		}
		o.features = featuresRaw
	}
	if o.features != featuresAuto {
		return nil
	}
	o.features = featuresFID
	known := []string{samples.set.Name, name}
	if samples.home != nil {
		known = append(known, samples.home.Dataset)
	}
	for _, of := range known {
		if set, _, _ := strings.Cut(of, ":"); slices.Contains(lenet.Datasets(), set) {
			o.features = "lenet-" + set
		}
	}
	return nil
}

// networkName is that of the network that images are compared in.
func (o *evalOptions) networkName() string {
	if o.features == featuresFID {
		return inception.FID
	}
	return o.features
}

// openNetwork brings the network that images are compared in; nil for their pixels.
func (o *evalOptions) openNetwork(ctx context.Context, backend backends.Backend, std streams) (eval.Network, error) {
	switch {
	case o.features == featuresPixels || o.features == featuresRaw:
		return nil, nil
	case strings.HasPrefix(o.features, "lenet-"):
		return lenet.Open(backend, strings.TrimPrefix(o.features, "lenet-"))
	}
	name := inception.FID
	if o.features == featuresKeras {
		name = inception.KerasNSFW
	}
	return inception.Open(ctx, backend, name, inception.Options{Mode: cmp.Or(resize.Mode(o.mode), defaultMode), Weights: o.weights,
		Offline: o.offline, Progress: fetchProgress(std)})
}

// defaultMode is that of the published figures of CIFAR-10.
const defaultMode = resize.LegacyTF

// modeNames lists what --mode takes, the default first.
func modeNames() []string {
	var names []string
	for _, m := range resize.Modes() {
		names = append(names, string(m))
	}
	return names
}
