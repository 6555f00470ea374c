// Package features opens the networks that images are compared in by their names, for [eval.Judge].
package features

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/efficientnet"
	"github.com/amgen/amgen/eval/inception"
	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/eval/resize"
)

// Names of features, beside "lenet-" before the name of each data set of package lenet.
const (
	// FID is the network of the published FIDs, whose weights are fetched.
	FID = "inception"
	// Lite is a network of photographs whose weights come with pip, for colour images where FID's can't be fetched. Its
	// numbers compare with nothing published.
	Lite = efficientnet.Name
	// Keras is a network of the same shape, whose numbers compare with nothing published.
	Keras = inception.KerasNSFW
	// Pixels are the images themselves.
	Pixels = "pixels"
)

const lenetPrefix = "lenet-"

// Names lists what [Open] takes.
func Names() []string {
	names := []string{FID, Lite, Keras}
	for _, name := range lenet.Datasets() {
		names = append(names, lenetPrefix+name)
	}
	return append(names, Pixels)
}

// For are the usual features for images of one of some data sets: of the last that has a classifier of its own, as
// "mnist" or "mnist:test" has, that; else those of Lite, whose weights are easy to have.
func For(datasets ...string) string {
	for _, name := range slices.Backward(datasets) {
		if set, _, _ := strings.Cut(name, ":"); slices.Contains(lenet.Datasets(), set) {
			return lenetPrefix + set
		}
	}
	return Lite
}

// Classifies is the data set whose classes the network of features tells apart, of those that amgen has; "" for none.
func Classifies(name string) (dataset string) {
	if set, ok := strings.CutPrefix(name, lenetPrefix); ok && slices.Contains(lenet.Datasets(), set) {
		return set
	}
	return ""
}

// NetworkName is that of the network of features: what its Name is once it is opened.
func NetworkName(name string) string {
	if name == FID {
		return inception.FID
	}
	return name
}

// DefaultMode is the preprocessing of the published figures of CIFAR-10, for the networks of inception.
const DefaultMode = resize.LegacyTF

// Options are of the networks whose weights are fetched. The zero value is ready to use.
type Options struct {
	// Mode is how images are resized; empty is [DefaultMode], and clean for [Lite].
	Mode resize.Mode
	// Weights is a file to take the weights from; empty fetches them on first use.
	Weights string
	// Offline never uses the network.
	Offline bool
	// Progress is called from time to time while files are fetched; it may be nil.
	Progress func(inception.Progress)
}

// Open brings a network by its name; nil for pixels, as [eval.Judge] has it. An unknown name is an error.
func Open(ctx context.Context, backend backends.Backend, name string, o Options) (eval.Network, error) {
	switch {
	case name == Pixels:
		return nil, nil
	case strings.HasPrefix(name, lenetPrefix):
		return lenet.Open(backend, strings.TrimPrefix(name, lenetPrefix))
	case name == Lite:
		return efficientnet.Open(ctx, backend, efficientnet.Options{Mode: o.Mode, Weights: o.Weights,
			Offline: o.Offline, Progress: o.Progress})
	case name != FID && name != Keras:
		return nil, fmt.Errorf("features: unknown %q; choose one of %s", name, strings.Join(Names(), ", "))
	}
	return inception.Open(ctx, backend, NetworkName(name), inception.Options{Mode: cmp.Or(o.Mode, DefaultMode),
		Weights: o.Weights,
		Offline: o.Offline, Progress: o.Progress})
}

// Fetched lists the networks whose weights are fetched, by the names that [NetworkName] gives.
func Fetched() []string { return append(inception.Names(), efficientnet.Name) }

// Verify reads the files of the weights of one of [Fetched] in a cache folder, empty for the user's, and compares them
// with their hashes. It fetches and changes nothing. An unknown name is an error; what is wrong with a file is in its
// verdict.
func Verify(name, cache string) ([]inception.Verdict, error) {
	if name == efficientnet.Name {
		return efficientnet.Verify(efficientnet.Options{Cache: cache}), nil
	}
	return inception.Verify(name, inception.Options{Cache: cache})
}
