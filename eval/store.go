package eval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/internal/evenly"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// ChunkLen is how many images go through a network and into a file of a [Store] together.
const ChunkLen = 256

// Store keeps the features of a list of images in a directory, a file for each [ChunkLen] of them: work that was
// interrupted goes on where it was, and shards of it can be done by processes that share the directory, or be read
// together from several. A file that is damaged counts as missing.
type Store struct {
	// Dir is written to. Others are read where it lacks something.
	Dir    string
	Others []string
	About
}

// About is what the features in a store are of.
type About struct {
	Network  string `json:"network"`
	Hash     string `json:"network_hash,omitempty"`
	Mode     string `json:"mode,omitempty"` // of preprocessing
	Dim      int    `json:"dim"`
	Classes  int    `json:"classes"`
	Engine   string `json:"engine,omitempty"` // that the network computes on, none for simd
	Images   string `json:"images"`           // their identity
	Count    int    `json:"count"`
	ChunkLen int    `json:"chunk_len"`
}

// Key names the features: a hash of all that they depend on but the number of images.
func (a About) Key() string {
	a.Count = 0
	text, err := json.Marshal(a)
	if err != nil {
		panic(err) // strings and numbers can always be encoded
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Describe is what a store has of images' features by a network whose preprocessing is called mode.
func Describe(net Network, mode string, images Images) About {
	return About{Network: net.Name(), Hash: net.Hash(), Mode: mode, Dim: net.Dim(), Classes: net.Classes(),
		Images: images.Identity(), Count: images.Len(), ChunkLen: ChunkLen}
}

// aboutName is the file that tells what the features in a directory are of.
const aboutName = "about.json"

// OpenStore makes the directory, if need be, that keeps these features: dir itself. It refuses one that keeps others.
func OpenStore(dir string, about About) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("eval: directory for features: %w", err)
	}
	if err := checkStore(dir); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, aboutName)
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() { // a FIFO would wait
		return nil, fmt.Errorf("eval: directory for features: %s is no regular file; remove it", file)
	}
	text, err := os.ReadFile(file)
	var kept About
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if text, err = json.Marshal(about); err == nil {
			err = replace.File(file, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
		}
		if err != nil {
			return nil, fmt.Errorf("eval: directory for features: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("eval: directory for features: %w", err)
	case json.Unmarshal(text, &kept) != nil || kept.Key() != about.Key():
		return nil, fmt.Errorf("eval: %s keeps features of other images, or by another network; give another directory", dir)
	}
	return &Store{Dir: dir, About: about}, nil
}

// checkStore refuses a directory with somebody's files of the names that a store's have: they would be replaced.
func checkStore(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("eval: directory for features: %w", err)
	}
	_, err = os.Lstat(filepath.Join(dir, aboutName))
	begun := err == nil
	for _, e := range entries {
		if ours := e.Name() == aboutName || chunkName.MatchString(e.Name()); ours && !(begun && e.Type().IsRegular()) {
			return fmt.Errorf("eval: %s is there, and no file of features; move it away, or give another directory", filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// chunkName matches what [Store.file] makes.
var chunkName = regexp.MustCompile(`^\d{8,}\.npz$`)

// chunks is the number of files that all features take.
func (s *Store) chunks() int { return (s.Count + ChunkLen - 1) / ChunkLen }

// rows is the number of images in chunk c.
func (s *Store) rows(c int) int { return min(ChunkLen, s.Count-c*ChunkLen) }

// file is the name of chunk c: the number of its first image.
func (s *Store) file(c int) string { return fmt.Sprintf("%08d.npz", c*ChunkLen) }

// Names of the arrays in a chunk's file.
const (
	featuresArray = "features" // [images, Dim]
	logitsArray   = "logits"   // [images, Classes]
	nfeArray      = "nfe"      // [images, 1], of those that were drawn; older files have none
)

// errMissing reports that a chunk has to be computed.
var errMissing = errors.New("missing")

// read returns the features and logits of chunk c.
func (s *Store) read(c int) (features, logits []float32, err error) {
	for _, dir := range append([]string{s.Dir}, s.Others...) {
		if features, logits, err = s.readFrom(dir, c); !errors.Is(err, errMissing) {
			break
		}
	}
	return features, logits, err
}

// readFrom reads from one directory. The checksums of the archive are what tells damage.
func (s *Store) readFrom(dir string, c int) (features, logits []float32, err error) {
	if err := s.plausible(dir, c); err != nil {
		return nil, nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, s.file(c)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errMissing
	} else if err != nil {
		return nil, nil, fmt.Errorf("eval: features: %w", err)
	}
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, errMissing
	}
	if features, err = s.array(archive, c, featuresArray, s.Dim); err == nil && s.Classes > 0 {
		logits, err = s.array(archive, c, logitsArray, s.Classes)
	}
	if err == nil && archive.Has(nfeArray) {
		_, err = s.array(archive, c, nfeArray, 1)
	}
	if err != nil {
		return nil, nil, err
	}
	return features, logits, nil
}

// plausible looks at the file of chunk c before it is opened: a FIFO would wait, and what is far too large is damaged.
func (s *Store) plausible(dir string, c int) error {
	path := filepath.Join(dir, s.file(c))
	info, err := os.Stat(path)
	const around = 1 << 16 // headers and names
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errMissing
	case err != nil:
		return fmt.Errorf("eval: features: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("eval: features: %s is no regular file; remove it", path)
	case info.Size() > int64(ChunkLen)*8*(int64(s.Dim)+int64(s.Classes)+1)+around:
		return errMissing
	}
	return nil
}

// array reads dim numbers for each image of chunk c.
func (s *Store) array(archive *npy.Archive, c int, name string, dim int) ([]float32, error) {
	shape, values, err := npy.Named[float32](archive, name)
	if err != nil || len(shape) != 2 || shape[0] < s.rows(c) || shape[1] != dim {
		return nil, errMissing
	}
	return values[:s.rows(c)*dim], nil
}

func (s *Store) write(c int, features, logits, nfe []float32) error {
	arrays := []npy.Array{{Name: featuresArray, Shape: []int{s.rows(c), s.Dim}, Values: features}}
	if s.Classes > 0 {
		arrays = append(arrays, npy.Array{Name: logitsArray, Shape: []int{s.rows(c), s.Classes}, Values: logits})
	}
	if nfe != nil {
		arrays = append(arrays, npy.Array{Name: nfeArray, Shape: []int{s.rows(c), 1}, Values: nfe})
	}
	if err := replace.File(filepath.Join(s.Dir, s.file(c)), func(w io.Writer) error { return npy.WriteArchive(w, arrays...) }); err != nil {
		return fmt.Errorf("eval: features: %w; check the space and the rights there", err)
	}
	return nil
}

// Fill computes what the store lacks of a shard. It calls progress, if that isn't nil, with the numbers of images
// that this call has computed, and that are done of the shard's. Its errors are ctx's, those of images and net, and
// those of the disk; what was computed before stays.
func (s *Store) Fill(ctx context.Context, net Network, images Images, shard Shard, progress func(computed, done, of int)) error {
	first, last := shard.Of(s.chunks())
	computed := 0
	for c := first; c < last; c++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch _, _, err := s.read(c); {
		case errors.Is(err, errMissing):
			if err := s.compute(ctx, net, images, c); err != nil {
				return err
			}
			computed += s.rows(c)
		case err != nil:
			return err
		}
		if progress != nil {
			progress(computed, (c-first)*ChunkLen+s.rows(c), min(last*ChunkLen, s.Count)-first*ChunkLen)
		}
	}
	return nil
}

func (s *Store) compute(ctx context.Context, net Network, images Images, c int) error {
	pixels, err := images.Read(ctx, c*ChunkLen, c*ChunkLen+s.rows(c))
	if err != nil {
		return err
	}
	defer pixels.MustFinalizeAll()
	features, logits, err := net.Extract(pixels)
	if err != nil {
		return err
	}
	if len(features) != s.rows(c)*s.Dim || len(logits) != s.rows(c)*s.Classes {
		return fmt.Errorf("eval: %s gave %d features and %d logits of %d images; want %d and %d each", s.Network, len(features),
			len(logits), s.rows(c), s.Dim, s.Classes)
	}
	var nfe []float32
	if drawn, ok := images.(Drawn); ok {
		if nfe = drawn.NFE(); len(nfe) != s.rows(c) {
			return fmt.Errorf("eval: evaluations of %d images, got %d; want one number each", s.rows(c), len(nfe))
		}
	}
	return s.write(c, features, logits, nfe)
}

// Each calls f with the features and logits of all images, some at a time and in their order. Features that are
// missing or cannot be read are an error, and the first error of f ends it.
func (s *Store) Each(f func(features, logits []float32) error) error {
	for c := range s.chunks() {
		features, logits, err := s.read(c)
		if errors.Is(err, errMissing) {
			return fmt.Errorf("eval: %s has no features of images %d to %d; compute them, or bring all shards", s.Dir, c*ChunkLen,
				c*ChunkLen+s.rows(c)-1)
		}
		if err == nil {
			err = f(features, logits)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Some are the features of n images, at least one, from all over the store at equal distances, or of all where there are no more.
// Its errors are those of [Store.Each].
func (s *Store) Some(n int) (Cloud, error) {
	n = min(n, s.Count)
	some, at := Cloud{Dim: s.Dim}, 0
	err := s.Each(func(features, _ []float32) error {
		for ; len(features) > 0; features = features[s.Dim:] {
			if have := some.Len(); have < n && at == evenly.Index(have, n, s.Count) {
				some.Narrow = append(some.Narrow, features[:s.Dim]...)
			}
			at++
		}
		return nil
	})
	return some, err
}

// Cloud is all features as points. Its errors are those of [Store.Each].
func (s *Store) Cloud() (Cloud, error) {
	const most = 1 << 28 // numbers that room is made for before they have come
	cloud := Cloud{Dim: s.Dim, Narrow: make([]float32, 0, min(s.Count, most/s.Dim)*s.Dim)}
	err := s.Each(func(features, _ []float32) error {
		cloud.Narrow = append(cloud.Narrow, features...)
		return nil
	})
	return cloud, err
}
