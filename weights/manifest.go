package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"syscall"
)

// FormatVersion is the version of the checkpoint folder that this package writes and reads.
const FormatVersion = 1

// Meta is what the caller says about a checkpoint.
type Meta struct {
	// Architecture is the model's configuration as JSON, opaque here. It comes back compact.
	Architecture json.RawMessage `json:"architecture,omitempty"`
	Preset       string          `json:"preset,omitempty"`
	// Step is the number of optimiser steps done; Position the step of the data stream, for Seek.
	Step     int64 `json:"step"`
	Position int64 `json:"position"`
	// Score orders checkpoints for Prune, smaller is better; nil or not finite means none.
	Score *float64 `json:"score,omitempty"`
	// Parent is the Hash of the checkpoint of the run that came before, if any.
	Parent string `json:"parent,omitempty"`
	// Extra holds whatever else a resumed run needs, such as the resolved flags.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// Manifest is the content of manifest.json.
type Manifest struct {
	Version int    `json:"version"`
	Amgen   string `json:"amgen"` // the version of amgen that wrote it
	Meta
	Files map[string]FileRecord `json:"files"`
}

// FileRecord describes one file of a checkpoint.
type FileRecord struct {
	Bytes   int64                   `json:"bytes"`
	Tensors map[string]TensorRecord `json:"tensors"`
}

// TensorRecord describes one tensor; SHA256 is Tensor.Hash.
type TensorRecord struct {
	DType  string `json:"dtype"`
	Shape  []int  `json:"shape"`
	SHA256 string `json:"sha256"`
}

// TensorsHash is a hash of the names, types, shapes and values of all tensors, and of nothing else: a resumed run and
// an uninterrupted one have the same, though the manifests differ.
func (m Manifest) TensorsHash() string {
	h := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(m.Files)) {
		tensors := m.Files[file].Tensors
		for _, name := range slices.Sorted(maps.Keys(tensors)) {
			t := tensors[name]
			fmt.Fprintf(h, "%q %q %q %v %s\n", file, name, t.DType, t.Shape, t.SHA256)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// manifestEnvelope is the file itself: a manifest and the SHA-256 of its bytes as they stand there.
type manifestEnvelope struct {
	SHA256   string          `json:"sha256"`
	Manifest json.RawMessage `json:"manifest"`
}

// maxManifest bounds the file: some 150 bytes for each tensor.
const maxManifest = 1 << 26

// encode returns the file's bytes and the checkpoint's hash, which is that of the manifest.
func (m Manifest) encode() (text []byte, hash string, err error) {
	if m.Score != nil && (math.IsNaN(*m.Score) || math.IsInf(*m.Score, 0)) {
		m.Score = nil // JSON has no such number
	}
	inner, err := json.MarshalIndent(m, "  ", "  ")
	if err != nil {
		return nil, "", fmt.Errorf("weights: manifest, got %w; give Architecture and Extra as valid JSON", err)
	}
	sum := sha256.Sum256(inner)
	hash = hex.EncodeToString(sum[:])
	text = fmt.Appendf(nil, "{\n  \"sha256\": %q,\n  \"manifest\": %s\n}\n", hash, inner)
	return text, hash, nil
}

// readManifest reads and verifies a manifest.json.
func readManifest(path string) (m Manifest, hash string, err error) {
	text, err := readBounded(path, maxManifest)
	if err != nil {
		return m, "", err
	}
	return parseManifest(text, path)
}

// parseManifest verifies the text of a manifest; path is for errors.
func parseManifest(text []byte, path string) (m Manifest, hash string, err error) {
	var envelope manifestEnvelope
	if err := json.Unmarshal(text, &envelope); err != nil {
		return m, "", fmt.Errorf("weights: %w: %s, got %w", ErrCorrupt, path, err)
	}
	sum := sha256.Sum256(envelope.Manifest)
	if hash = hex.EncodeToString(sum[:]); hash != envelope.SHA256 {
		return m, "", fmt.Errorf("weights: %w: %s, got content of hash %s, want %.64q", ErrCorrupt, path, hash,
			envelope.SHA256)
	}
	if err := json.Unmarshal(envelope.Manifest, &m); err != nil {
		return m, "", fmt.Errorf("weights: %w: %s, got %w", ErrCorrupt, path, err)
	}
	if m.Version != FormatVersion {
		return m, "", fmt.Errorf("weights: checkpoint %s, got format version %d; this amgen reads %d, use a matching "+
			"release", path, m.Version, FormatVersion)
	}
	m.Architecture, err = compact(m.Architecture)
	for key, value := range m.Extra {
		if err == nil {
			m.Extra[key], err = compact(value)
		}
	}
	return m, hash, err
}

func compact(text json.RawMessage) (json.RawMessage, error) {
	if text == nil {
		return nil, nil
	}
	var out bytes.Buffer
	err := json.Compact(&out, text)
	return out.Bytes(), err
}

// unread is the error for a file of a checkpoint that cannot be opened or read. One that isn't there, or isn't a file,
// is damage; anything else, such as rights or a disk that doesn't answer, is not.
func unread(path string, err error) error {
	for _, damage := range []error{fs.ErrNotExist, syscall.ENOTDIR, syscall.EISDIR, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, damage) {
			return fmt.Errorf("weights: %w: checkpoint file %s, got %w", ErrCorrupt, path, bare(err))
		}
	}
	return fmt.Errorf("weights: checkpoint file %s, got %w; make it readable", path, bare(err))
}

// bare is an error without the path that it names.
func bare(err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// ReadText reads a regular file of at most limit bytes. What is no such file, as a FIFO, isn't opened. Errors wrap
// [ErrCorrupt] for those.
func ReadText(path string, limit int64) ([]byte, error) { return readBounded(path, limit) }

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, unread(path, err)
	}
	if !st.Mode().IsRegular() || st.Size() > limit { // not opened: a pipe would wait
		return nil, fmt.Errorf("weights: %w: %s, got no regular file of at most %d bytes", ErrCorrupt, path, limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(path, err)
	}
	defer f.Close()
	var data bytes.Buffer
	data.Grow(int(st.Size()) + bytes.MinRead) // in one read
	if _, err := data.ReadFrom(io.LimitReader(f, limit)); err != nil {
		return nil, unread(path, err)
	}
	return data.Bytes(), nil
}
