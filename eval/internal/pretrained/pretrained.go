// Package pretrained is what the feature networks with fetched weights share: weights that are verified and converted
// once, and images that go through in batches of one size.
package pretrained

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/sniff"
	"github.com/amgen/amgen/weights"
)

// Source is where the weights of a network come from.
type Source struct {
	Files *fetch.Set // its name is the network's
	// Convert brings the files to the form that the network takes; read returns one by its name.
	Convert func(read func(name string) ([]byte, error)) ([]weights.Tensor, error)
	// Unpack takes the files out of the one that a user names; nil if that is the file itself.
	Unpack func(path string) (read func(name string) ([]byte, error), err error)
	// Tensors are what the network takes.
	Tensors []Expected
}

// Options say where weights are found. The zero value is ready to use.
type Options struct {
	Weights  string // a user's file to take them from; empty fetches them
	Cache    string // amgen's cache folder; empty means the user's
	Offline  bool
	Progress func(fetch.Progress)
}

// Hash identifies the weights by the files they come in: a single one's SHA-256, else that of the list of them.
func (s Source) Hash() string {
	if len(s.Files.Files) == 1 {
		return s.Files.Files[0].SHA256
	}
	h := sha256.New()
	for _, f := range s.Files.Files {
		fmt.Fprintf(h, "%s %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Converted is the name of the converted weights' file. It lies beside the files that they were made of, and says of
// which.
const Converted = "converted.safetensors"

const (
	sourceKey  = "source"
	networkKey = "network"
)

// Load returns the weights as the network takes them: those converted earlier, else of the user's file, else fetched.
func (s Source) Load(ctx context.Context, opts Options) ([]weights.Tensor, error) {
	options := fetch.Options{Cache: opts.Cache, Offline: opts.Offline, Progress: opts.Progress}
	dir := s.Files.Dir(options)
	converted := filepath.Join(dir, Converted)
	if opts.Weights == "" {
		if list, ok := s.converted(converted); ok {
			return list, nil
		}
		if _, err := s.Files.Ensure(ctx, options); err != nil {
			return nil, err
		}
	}
	read := func(name string) ([]byte, error) { return s.Files.Read(dir, name) }
	if opts.Weights != "" {
		var err error
		if read, err = s.readUser(opts.Weights); err != nil {
			return nil, err
		}
	}
	list, err := s.Convert(read)
	if err != nil {
		return nil, err
	}
	if err := Check(s.Files.Owner, list, s.Tensors); err != nil {
		return nil, err
	}
	// A cache that cannot be written costs the conversion each time, and nothing else.
	if os.MkdirAll(dir, 0o755) == nil {
		_ = weights.File{Metadata: map[string]string{networkKey: s.Files.Name, sourceKey: s.Hash()},
			Tensors: list}.WriteFile(converted)
	}
	return list, nil
}

// converted reads weights that were converted earlier; a file that isn't intact, or of other sources, counts as absent.
func (s Source) converted(path string) ([]weights.Tensor, bool) {
	file, err := weights.ReadFile(path)
	if err != nil || file.Metadata[networkKey] != s.Files.Name || file.Metadata[sourceKey] != s.Hash() {
		return nil, false
	}
	return file.Tensors, Check(s.Files.Owner, file.Tensors, s.Tensors) == nil
}

// readUser opens the file that a user names, and checks what is read of it.
func (s Source) readUser(path string) (func(name string) ([]byte, error), error) {
	largest := int64(0)
	for _, f := range s.Files.Files {
		largest = max(largest, f.Size)
	}
	refused := func(err error) error {
		return fmt.Errorf("%s: weights of %s, got %w from %s; %s", s.Files.Owner, s.Files.Name, err, path,
			s.Files.ByHand)
	}
	read := func(string) ([]byte, error) { return fetch.ReadRegular(path, largest) }
	if s.Unpack != nil {
		var err error
		if read, err = s.Unpack(path); err != nil {
			return nil, refused(err)
		}
	}
	return func(name string) ([]byte, error) {
		data, err := read(name)
		if err != nil {
			return nil, refused(err)
		}
		return data, s.checkUser(path, name, data)
	}, nil
}

// checkUser refuses a file out of the user's that has another hash than the one of its name.
func (s Source) checkUser(path, name string, data []byte) error {
	for _, f := range s.Files.Files {
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); f.Name == name && got != f.SHA256 {
			kind := ""
			if what, do := sniff.Name(data[:min(len(data), sniff.Length)]); do != "" && s.Unpack == nil {
				kind = fmt.Sprintf(" (%s; %s)", what, do)
			}
			return fmt.Errorf("%s: weights of %s, got %d bytes of sha256 %s in %s%s, want %d of %s; %s", s.Files.Owner,
				s.Files.Name, len(data), got, path, kind, f.Size, f.SHA256, s.Files.ByHand)
		}
	}
	return nil
}
