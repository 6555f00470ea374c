package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/amgen/amgen/internal/chunks"
	"github.com/amgen/amgen/internal/npy"
)

// ChunkLen is how many images go through a network and into a file of a [Store] together.
const ChunkLen = 256

// Store keeps the features of a list of images in a directory, a file for each [ChunkLen] of them: work that was
// interrupted goes on where it was, and shards of it can be done by processes that share the directory, or be read
// together from several. A file that is damaged counts as missing.
type Store struct {
	// Dir is written to; "" keeps nothing. Others are read where it lacks something.
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

// Describe is what a store has of images' features by a network.
func Describe(net Network, images Images) About {
	return About{Network: net.Name(), Hash: net.Hash(), Mode: modeOf(net), Dim: net.Dim(), Classes: net.Classes(),
		Images: images.Identity(), Count: images.Len(), ChunkLen: ChunkLen}
}

// Names of the arrays in a chunk's file.
const (
	featuresArray = "features" // [images, Dim]
	logitsArray   = "logits"   // [images, Classes]
	nfeArray      = "nfe"      // [images, 1], of those that were drawn; older files have none
)

// chunk is what a file keeps.
type chunk struct {
	features []float32 // [images, Dim]
	logits   []float32 // [images, Classes]
	nfe      []float32 // [images]; nil where that isn't known
}

// files are the chunks in their directories.
func (s *Store) files() chunks.Files {
	f := chunks.Files{Dirs: s.Others, Count: s.Count, Len: ChunkLen}
	if s.Dir != "" {
		f.Dirs = append([]string{s.Dir}, s.Others...)
	}
	return f
}

// chunks is the number of files that all features take.
func (s *Store) chunks() int { return s.files().Chunks() }

// rows is the number of images in chunk c.
func (s *Store) rows(c int) int { return s.files().Rows(c) }

// read returns chunk c, or an error that wraps [chunks.ErrMissing].
func (s *Store) read(c int) (k chunk, err error) {
	const around = 1 << 16 // headers and names
	most := int64(ChunkLen)*8*(int64(s.Dim)+int64(s.Classes)+1) + around
	err = s.files().Read(c, most, func(archive *npy.Archive) error {
		if k.features, err = s.array(archive, c, featuresArray, s.Dim); err == nil && s.Classes > 0 {
			k.logits, err = s.array(archive, c, logitsArray, s.Classes)
		}
		if err == nil && archive.Has(nfeArray) {
			k.nfe, err = s.array(archive, c, nfeArray, 1)
		}
		return err
	})
	if err != nil && !errors.Is(err, chunks.ErrMissing) {
		return chunk{}, fmt.Errorf("eval: features: %w", err)
	}
	return k, err
}

// array reads dim numbers for each image of chunk c.
func (s *Store) array(archive *npy.Archive, c int, name string, dim int) ([]float32, error) {
	shape, values, err := npy.Named[float32](archive, name)
	if err != nil || len(shape) != 2 || shape[0] < s.rows(c) || shape[1] != dim {
		return nil, chunks.ErrMissing
	}
	return values[:s.rows(c)*dim], nil
}

// write keeps chunk c.
func (s *Store) write(c int, k chunk) error {
	if s.Dir == "" {
		return nil
	}
	arrays := []npy.Array{{Name: featuresArray, Shape: []int{s.rows(c), s.Dim}, Values: k.features}}
	if s.Classes > 0 {
		arrays = append(arrays, npy.Array{Name: logitsArray, Shape: []int{s.rows(c), s.Classes}, Values: k.logits})
	}
	if k.nfe != nil {
		arrays = append(arrays, npy.Array{Name: nfeArray, Shape: []int{s.rows(c), 1}, Values: k.nfe})
	}
	if err := s.files().Write(c, arrays...); err != nil {
		return fmt.Errorf("eval: features: %w", err)
	}
	return nil
}

// Fill computes what the store lacks of a shard. It calls progress, if that isn't nil, with the numbers of images
// that this call has computed, and that are done of the shard's. Its errors are ctx's, those of images and net, and
// those of the disk; what was computed before stays.
func (s *Store) Fill(ctx context.Context, net Network, images Images, shard Shard,
	progress func(computed, done, of int)) error {
	return s.fill(ctx, net, images, shard, progress, func(chunk) error { return nil })
}

// fill is Fill, and hands over each chunk of the shard, in order, as it was read or computed. It reads none twice.
func (s *Store) fill(ctx context.Context, net Network, images Images, shard Shard,
	progress func(computed, done, of int), take func(chunk) error) error {
	first, last := shard.Of(s.chunks())
	computed := 0
	for c := first; c < last; c++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		k, err := s.read(c)
		if errors.Is(err, chunks.ErrMissing) {
			k, err = s.compute(ctx, net, images, c)
			computed += s.rows(c)
		}
		if err == nil {
			err = take(k)
		}
		if err != nil {
			return err
		}
		if progress != nil {
			progress(computed, (c-first)*ChunkLen+s.rows(c), min(last*ChunkLen, s.Count)-first*ChunkLen)
		}
	}
	return nil
}

// compute makes chunk c, and keeps it.
func (s *Store) compute(ctx context.Context, net Network, images Images, c int) (k chunk, err error) {
	pictures, nfe, err := images.Read(ctx, c*ChunkLen, c*ChunkLen+s.rows(c))
	if err != nil {
		return k, err
	}
	defer pictures.MustFinalizeAll()
	k.nfe = nfe
	if k.features, k.logits, err = net.Extract(pictures); err != nil {
		return k, err
	}
	if len(k.features) != s.rows(c)*s.Dim || len(k.logits) != s.rows(c)*s.Classes {
		return k, fmt.Errorf("eval: %s gave %d features and %d logits of %d images; want %d and %d each", s.Network,
			len(k.features),
			len(k.logits), s.rows(c), s.Dim, s.Classes)
	}
	if nfe != nil && len(nfe) != s.rows(c) {
		return k, fmt.Errorf("eval: evaluations of %d images, got %d; want one number each", s.rows(c), len(nfe))
	}
	return k, s.write(c, k)
}

// each hands over all chunks in their order. A missing one is an error.
func (s *Store) each(take func(chunk) error) error {
	for c := range s.chunks() {
		k, err := s.read(c)
		if errors.Is(err, chunks.ErrMissing) {
			return fmt.Errorf("eval: %s has no features of images %d to %d; compute them, or bring all shards", s.Dir,
				c*ChunkLen,
				c*ChunkLen+s.rows(c)-1)
		}
		if err == nil {
			err = take(k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Each calls f with the features and logits of all images, some at a time and in their order. Features that are
// missing or cannot be read are an error, and the first error of f ends it.
func (s *Store) Each(f func(features, logits []float32) error) error {
	return s.each(func(k chunk) error { return f(k.features, k.logits) })
}

// Cloud is all features as points. Its errors are those of [Store.Each].
func (s *Store) Cloud() (Cloud, error) {
	g := newGathering(s.About, need{cloud: true})
	err := s.each(g.take)
	return g.cloud, err
}

// NFE is the most evaluations that one of the images took, of those that tell, and whether all do. Features that are
// missing don't tell; those that cannot be read are an error.
func (s *Store) NFE() (most int, all bool, err error) {
	g := newGathering(s.About, need{})
	for c := range s.chunks() {
		k, err := s.read(c)
		if err != nil && !errors.Is(err, chunks.ErrMissing) {
			return 0, false, err
		}
		if err := g.take(k); err != nil {
			return 0, false, err
		}
	}
	return g.nfe, g.told, nil
}
