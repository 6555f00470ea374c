// Package inception computes the features that FID, KID, precision and recall are taken of and the logits that the
// Inception Score is, with Inception-v3 networks as GoMLX graphs.
//
// [FID] is the network of the published scores: TensorFlow's of 2015-12-05 with 1008 classes, as ported to PyTorch. Its
// average pools leave the padding out and its last block, Mixed_7c, pools by the maximum. [KerasNSFW] is another
// network of the same shape with weights that any package manager brings, to exercise the whole path; its numbers
// compare with nothing published.
//
// Batch normalisations are folded into the convolutions when the weights are converted, and images go through in
// batches of one size, so that a single executable serves and memory doesn't grow with their number.
package inception

import (
	"fmt"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/internal/pretrained"
)

// Names of the networks.
const (
	FID       = eval.FIDNetwork
	KerasNSFW = "keras-nsfw"
)

const (
	// Dim is the length of a feature.
	Dim = 2048
	// Side is the height and width of the images that the networks take.
	Side = 299
)

// variant is what distinguishes one network of the registry from the others.
type variant struct {
	name    string
	lastMax bool    // Mixed_7c pools by the maximum
	head    []dense // from the feature to the logits, rectified in between
	// unit is whether pixels are brought to [0, 1]; otherwise the mode of resizing says to what.
	unit bool
	// unbiased is whether the bias of the last dense layer is left out of the logits, as in the program of the
	// Inception Score's authors.
	unbiased bool
	note     string // what a report must say beside the numbers
	source   pretrained.Source
}

// dense is a fully connected layer.
type dense struct {
	path    string
	in, out int
}

// variants lists the networks in the order in which help prints them.
func variants() []variant { return []variant{fidVariant(), kerasVariant()} }

// Names lists what Open accepts.
func Names() []string {
	var names []string
	for _, v := range variants() {
		names = append(names, v.name)
	}
	return names
}

func lookup(name string) (variant, error) {
	for _, v := range variants() {
		if v.name == name {
			return v, nil
		}
	}
	return variant{}, fmt.Errorf("inception: network, got %q; choose one of %s", name, strings.Join(Names(), ", "))
}

// expected lists the tensors of a network in this package's form: of each convolution /path/weights [height, width, in,
// out] and /path/biases [out], with the batch normalisation folded in, and of each dense layer /path/weights [in, out]
// and /path/biases [out].
func expected(head []dense) []pretrained.Expected {
	var list []pretrained.Expected
	for _, l := range layers() {
		list = append(list, pretrained.Expected{Name: l.path() + "/weights", Shape: l.shape()},
			pretrained.Expected{Name: l.path() + "/biases", Shape: []int{l.out}})
	}
	for _, d := range head {
		list = append(list, pretrained.Expected{Name: d.path + "/weights", Shape: []int{d.in, d.out}},
			pretrained.Expected{Name: d.path + "/biases", Shape: []int{d.out}})
	}
	return list
}

// classes is the number of logits.
func (v variant) classes() int { return v.head[len(v.head)-1].out }
