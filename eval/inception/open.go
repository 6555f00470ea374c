package inception

import (
	"context"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

// Options say how images are brought to a network and where its weights are found. The zero value is ready to use.
type Options struct {
	Mode resize.Mode // empty means clean
	// Batch is how many images go through at once, 16 if 0: of the executable's size, to which the last ones are filled
	// up.
	Batch int
	// Weights is a file to take the weights from instead of fetching it: for FID the .pth of pytorch-fid, for KerasNSFW
	// the archive that `npm pack` makes. Its content is checked as that of a fetched one.
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

// Open returns the network of a name: see Names. Its weights are fetched once into the user's cache, verified by hash
// and converted there to safetensors. Where they are absent and may not be fetched, the error wraps [ErrOffline] and
// says what to put where.
func Open(ctx context.Context, backend backends.Backend, name string, opts Options) (*Extractor, error) {
	v, err := lookup(name)
	if err != nil {
		return nil, err
	}
	list, err := v.load(ctx, opts)
	if err != nil {
		return nil, err
	}
	return newExtractor(backend, v, list, opts.Mode, opts.Batch)
}

// Verify reads the files of a network's weights in the cache and compares them with their hashes. It fetches and
// changes nothing. An unknown name is an error; what is wrong with a file is in its verdict.
func Verify(name string, opts Options) ([]Verdict, error) {
	v, err := lookup(name)
	if err != nil {
		return nil, err
	}
	return v.source.Files.Verify(fetch.Options{Cache: opts.Cache}), nil
}

func (v variant) load(ctx context.Context, opts Options) ([]weights.Tensor, error) {
	return v.source.Load(ctx, pretrained.Options{Weights: opts.Weights, Cache: opts.Cache, Offline: opts.Offline,
		Progress: opts.Progress})
}
