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

// resolveFeatures takes for auto the classifier of the data set where there is one, else the network of FID; points are always compared as they are.
func (o *evalOptions) resolveFeatures(samples *judged, reference *side) error {
	if samples.points != nil || reference.points != nil {
		if !slices.Contains([]string{featuresAuto, featuresRaw}, o.features) {
			return usagef("--features %s is for images, and %s has points; use raw", o.features, o.pointsOf(samples.side, reference))
		}
		o.features = featuresRaw
	}
	if o.features != featuresAuto {
		return nil
	}
	o.features = featuresFID
	known := []string{samples.name, reference.name}
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

func (o *evalOptions) pointsOf(samples, reference *side) string {
	if samples.points != nil {
		return samples.name
	}
	return reference.name
}

// openNetwork brings the network that images are compared in, for images of a size.
func (o *evalOptions) openNetwork(ctx context.Context, backend backends.Backend, size [3]int, std streams) (net eval.Network, mode string, err error) {
	switch {
	case o.features == featuresPixels:
		return eval.Pixels{Height: size[0], Width: size[1], Channels: size[2]}, "", nil
	case strings.HasPrefix(o.features, "lenet-"):
		net, err := lenet.Open(backend, strings.TrimPrefix(o.features, "lenet-"))
		return net, "", err
	}
	name := inception.FID
	if o.features == featuresKeras {
		name = inception.KerasNSFW
	}
	opened, err := inception.Open(ctx, backend, name, inception.Options{Mode: cmp.Or(resize.Mode(o.mode), defaultMode), Weights: o.weights,
		Offline: o.offline, Progress: fetchProgress(std)})
	if err != nil {
		return nil, "", err
	}
	return opened, string(opened.Mode()), nil
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
