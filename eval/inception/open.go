package inception

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/eval/resize"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/sniff"
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

// source is where the weights of a network come from.
type source struct {
	files *fetch.Set
	// convert brings the files to this package's form; read returns one by its name.
	convert func(read func(name string) ([]byte, error)) ([]weights.Tensor, error)
	// unpack takes the files out of the one that a user names; nil if that is the file itself.
	unpack func(path string) (read func(name string) ([]byte, error), err error)
}

// hash identifies the weights by the files they come in: a single one's SHA-256, else that of the list of them.
func (s source) hash() string {
	if len(s.files.Files) == 1 {
		return s.files.Files[0].SHA256
	}
	h := sha256.New()
	for _, f := range s.files.Files {
		fmt.Fprintf(h, "%s %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

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
	return newExtractor(backend, v, list, v.source.hash(), opts.Mode, opts.Batch)
}

// Verify reads the files of a network's weights in the cache and compares them with their hashes. It fetches and
// changes nothing. An unknown name is an error; what is wrong with a file is in its verdict.
func Verify(name string, opts Options) ([]Verdict, error) {
	v, err := lookup(name)
	if err != nil {
		return nil, err
	}
	return v.source.files.Verify(fetch.Options{Cache: opts.Cache}), nil
}

// The converted weights lie beside the files that they were made of, and say of which.
const (
	convertedName = "converted.safetensors"
	sourceKey     = "source"
	networkKey    = "network"
)

// load returns the weights in this package's form: those converted earlier, else of the user's file, else fetched.
func (v variant) load(ctx context.Context, opts Options) ([]weights.Tensor, error) {
	options := fetch.Options{Cache: opts.Cache, Offline: opts.Offline, Progress: opts.Progress}
	dir := v.source.files.Dir(options)
	converted := filepath.Join(dir, convertedName)
	if opts.Weights == "" {
		if list, ok := v.converted(converted); ok {
			return list, nil
		}
		if _, err := v.source.files.Ensure(ctx, options); err != nil {
			return nil, err
		}
	}
	read := func(name string) ([]byte, error) { return v.source.files.Read(dir, name) }
	if opts.Weights != "" {
		var err error
		if read, err = v.readUser(opts.Weights); err != nil {
			return nil, err
		}
	}
	list, err := v.source.convert(read)
	if err != nil {
		return nil, err
	}
	if err := v.checkWeights(list); err != nil {
		return nil, err
	}
	// A cache that cannot be written costs the conversion each time, and nothing else.
	if os.MkdirAll(dir, 0o755) == nil {
		_ = weights.File{Metadata: map[string]string{networkKey: v.name, sourceKey: v.source.hash()},
			Tensors: list}.WriteFile(converted)
	}
	return list, nil
}

// converted reads weights that were converted earlier; a file that isn't intact, or of other sources, counts as absent.
func (v variant) converted(path string) ([]weights.Tensor, bool) {
	file, err := weights.ReadFile(path)
	if err != nil || file.Metadata[networkKey] != v.name || file.Metadata[sourceKey] != v.source.hash() {
		return nil, false
	}
	return file.Tensors, v.checkWeights(file.Tensors) == nil
}

// readUser opens the file that a user names, and checks what is read of it.
func (v variant) readUser(path string) (func(name string) ([]byte, error), error) {
	largest := int64(0)
	for _, f := range v.source.files.Files {
		largest = max(largest, f.Size)
	}
	read := func(string) ([]byte, error) { return fetch.ReadRegular(path, largest) }
	if v.source.unpack != nil {
		var err error
		if read, err = v.source.unpack(path); err != nil {
			return nil, fmt.Errorf("inception: weights of %s, got %w from %s; %s", v.name, err, path,
				v.source.files.ByHand)
		}
	}
	return func(name string) ([]byte, error) {
		data, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("inception: weights of %s, got %w from %s; %s", v.name, err, path,
				v.source.files.ByHand)
		}
		for _, f := range v.source.files.Files {
			sum := sha256.Sum256(data)
			if got := hex.EncodeToString(sum[:]); f.Name == name && got != f.SHA256 {
				kind := ""
				if what, do := sniff.Name(data[:min(len(data), sniff.Length)]); do != "" && v.source.unpack == nil {
					kind = fmt.Sprintf(" (%s; %s)", what, do)
				}
				return nil, fmt.Errorf("inception: weights of %s, got %d bytes of sha256 %s in %s%s, want %d of %s; %s",
					v.name,
					len(data), got, path, kind, f.Size, f.SHA256, v.source.files.ByHand)
			}
		}
		return data, nil
	}, nil
}
