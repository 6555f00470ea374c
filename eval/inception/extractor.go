package inception

import (
	"cmp"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/weights"
)

// defaultBatch is large enough for the products to run at their full rate, and takes about 300 MB.
const defaultBatch = 16

// Extractor turns images into features and logits. It isn't for use by several goroutines at once: one call keeps all
// cores busy.
type Extractor struct {
	variant variant
	batches *pretrained.Batches
}

// newExtractor makes a network of weights in this package's form, see expected.
func newExtractor(backend backends.Backend, v variant, list []weights.Tensor, mode resize.Mode, batch int) (*Extractor,
	error) {
	mode = cmp.Or(mode, resize.Clean)
	batches, err := pretrained.New(backend, pretrained.Network{Owner: owner, Name: v.name, Side: Side, Dim: Dim,
		Classes: v.classes(), Graph: func(vars *context.Context, x *Node) []*Node { return v.graph(vars, x, mode) }},
		list, mode, cmp.Or(batch, defaultBatch))
	if err != nil {
		return nil, err
	}
	return &Extractor{v, batches}, nil
}

// graph is x [batch, 299, 299, 3] in grey levels → features [batch, 2048], logits [batch, classes].
func (v variant) graph(ctx *context.Context, x *Node, mode resize.Mode) []*Node {
	b := newBuilder(ctx, v.lastMax)
	scale, shift := mode.Range()
	if v.unit {
		scale, shift = 1.0/255, 0
	}
	pool := b.features(AddScalar(MulScalar(x, scale), shift))
	h := pool
	for i, d := range v.head {
		if i > 0 {
			h = MaxScalar(h, 0)
		}
		if last := i == len(v.head)-1; last && v.unbiased {
			h = b.product(h, d.path)
		} else {
			h = b.dense(h, d.path)
		}
	}
	return []*Node{pool, h}
}

// Name is the network's, as Open takes it.
func (e *Extractor) Name() string { return e.variant.name }

// Hash is the SHA-256, in hex, of the file that the weights came in.
func (e *Extractor) Hash() string { return e.variant.source.Hash() }

// Mode is the rule by which images are resized.
func (e *Extractor) Mode() resize.Mode { return e.batches.Mode }

// Dim is the length of a feature.
func (e *Extractor) Dim() int { return Dim }

// Classes is the number of logits.
func (e *Extractor) Classes() int { return e.variant.classes() }

// Note is a sentence that belongs beside every number computed with the network; empty if there is nothing to say.
func (e *Extractor) Note() string { return e.variant.note }

// Extract returns the features and logits of pixels, uint8 [n, height, width, channels] with 1 or 3 channels: n rows
// of Dim and of Classes. The logits of the FID network leave out the bias, as the Inception Score's authors do.
// Pixels of another shape or type are an error.
func (e *Extractor) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	return e.batches.Extract(pixels)
}
