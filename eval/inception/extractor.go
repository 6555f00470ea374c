package inception

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/weights"
)

// defaultBatch is large enough for the products to run at their full rate, and takes about 300 MB.
const defaultBatch = 16

// Extractor turns images into features and logits. It isn't for use by several goroutines at once: one call keeps all
// cores busy.
type Extractor struct {
	variant variant
	hash    string
	mode    resize.Mode
	batch   int
	exec    *context.Exec

	resizer *resize.Resizer // of the size of the last images
	size    [2]int
}

// newExtractor makes a network of weights in this package's form: see checkWeights.
func newExtractor(backend backends.Backend, v variant, list []weights.Tensor, hash string, mode resize.Mode,
	batch int) (*Extractor, error) {
	if mode == "" {
		mode = resize.Clean
	}
	if _, err := resize.Parse(string(mode)); err != nil {
		return nil, err
	}
	if batch == 0 {
		batch = defaultBatch
	}
	if batch < 0 || batch > 1024 {
		return nil, fmt.Errorf("inception: batch, got %d images; use 1 to 1024, or 0 for %d", batch, defaultBatch)
	}
	if err := v.checkWeights(list); err != nil {
		return nil, err
	}
	ctx := context.New()
	if err := weights.Install(ctx, list); err != nil {
		return nil, err
	}
	e := &Extractor{variant: v, hash: hash, mode: mode, batch: batch}
	var err error
	e.exec, err = context.NewExec(backend, ctx.Reuse(), func(ctx *context.Context, x *Node) []*Node {
		return e.graph(ctx, x)
	})
	if err != nil {
		return nil, fmt.Errorf("inception: %s, got %w", v.name, err)
	}
	return e, nil
}

// graph is x [batch, 299, 299, 3] in grey levels → features [batch, 2048], logits [batch, classes].
func (e *Extractor) graph(ctx *context.Context, x *Node) []*Node {
	b := newBuilder(ctx, e.variant.lastMax)
	scale, shift := e.mode.Range()
	if e.variant.unit {
		scale, shift = 1.0/255, 0
	}
	pool := b.features(AddScalar(MulScalar(x, scale), shift))
	h := pool
	for i, d := range e.variant.head {
		if i > 0 {
			h = MaxScalar(h, 0)
		}
		if last := i == len(e.variant.head)-1; last && e.variant.unbiased {
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
func (e *Extractor) Hash() string { return e.hash }

// Mode is the rule by which images are resized.
func (e *Extractor) Mode() resize.Mode { return e.mode }

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
	if pixels.DType() != dtypes.Uint8 || pixels.Rank() != 4 {
		return nil, nil, fmt.Errorf("inception: pixels of %s; give uint8 [n, height, width, channels]", pixels.Shape())
	}
	d := pixels.Shape().Dimensions
	n, height, width, channels := d[0], d[1], d[2], d[3]
	if e.resizer == nil || e.size != [2]int{height, width} {
		if e.resizer, err = resize.New(e.mode, height, width, Side, Side); err != nil {
			return nil, nil, err
		}
		e.size = [2]int{height, width}
	}
	features, logits = make([]float32, n*Dim), make([]float32, n*e.Classes())
	failed := pixels.ConstFlatData(func(flat any) {
		src := flat.([]uint8)
		image := height * width * channels
		for first := 0; first < n && err == nil; first += e.batch {
			end := min(first+e.batch, n)
			err = e.extractBatch(src[first*image:end*image], end-first, channels, features[first*Dim:end*Dim],
				logits[first*e.Classes():end*e.Classes()])
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, nil, err
	}
	return features, logits, nil
}

// extractBatch computes n ≤ e.batch images; the rest of the batch is black.
func (e *Extractor) extractBatch(src []uint8, n, channels int, features, logits []float32) (err error) {
	input := tensors.FromShape(shapes.Make(dtypes.Float32, e.batch, Side, Side, 3))
	defer input.MustFinalizeAll()
	tensors.MustMutableFlatData(input, func(flat []float32) {
		err = e.resizer.Run(flat[:n*e.resizer.Len()], src, channels)
	})
	if err != nil {
		return err
	}
	out, err := e.exec.Exec(input)
	if err != nil {
		return fmt.Errorf("inception: %s on %d images, got %w", e.variant.name, n, err)
	}
	for i, dst := range [][]float32{features, logits} {
		tensors.MustConstFlatData(out[i], func(flat []float32) { copy(dst, flat) })
		out[i].MustFinalizeAll()
	}
	return nil
}
