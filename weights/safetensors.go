package weights

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/google/renameio/v2"
)

// File is the content of a safetensors file: eight bytes of header length, a JSON header, the data.
//
// The codec is our own because a checkpoint may take gigabytes: the available library needs the whole
// file as one slice on top of the tensors, both ways, and takes the last of two tensors with one name.
type File struct {
	// Metadata is the header's free-form part, text to text. Keys that begin with "amgen." are kept
	// for the package's own use.
	Metadata map[string]string
	// Tensors in the order of their names.
	Tensors []Tensor
}

const (
	metadataKey = "__metadata__"
	// A file that amgen wrote says so and carries a hash of everything else in it, since the format
	// itself cannot notice a flipped bit.
	formatKey  = "amgen.format"
	formatV1   = "amgen-safetensors-1"
	contentKey = "amgen.sha256"
	// maxHeader is the format's own limit on the header's bytes.
	maxHeader = 100_000_000
)

// headerEntry is one tensor in the JSON header.
type headerEntry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// WriteTo writes the file to w, deterministically: tensors are laid out widest type first and then by
// name, so that all data are aligned, and the header is padded to a multiple of eight bytes.
func (f File) WriteTo(w io.Writer) (int64, error) {
	list, err := sorted(f.Tensors)
	if err != nil {
		return 0, err
	}
	return encode(w, f.Metadata, list, hashes(list))
}

// encode is WriteTo for tensors that are sorted by name and whose hashes are known.
func encode(w io.Writer, metadata map[string]string, list []Tensor, sums []string) (int64, error) {
	layout := slices.Clone(list)
	slices.SortStableFunc(layout, func(a, b Tensor) int { return cmp.Compare(dtypeRank(a.DType), dtypeRank(b.DType)) })
	header := map[string]any{}
	at := 0
	for _, t := range layout {
		if err := t.check(); err != nil {
			return 0, err
		}
		if t.Name == metadataKey || !utf8.ValidString(t.Name) {
			return 0, fmt.Errorf("weights: tensor name, got %q; use valid UTF-8 other than the reserved %q", t.Name, metadataKey)
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{} // null is no shape
		}
		header[t.Name] = headerEntry{storedTypes[dtypeRank(t.DType)].name, shape, [2]int{at, at + len(t.Data)}}
		at += len(t.Data)
	}
	signed := map[string]string{}
	for key, value := range metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return 0, fmt.Errorf("weights: metadata, got %q=%q; use valid UTF-8", key, value)
		}
		signed[key] = value
	}
	signed[formatKey] = formatV1
	signed[contentKey] = contentHash(signed, list, sums)
	header[metadataKey] = signed
	text, err := json.Marshal(header) // maps are written with sorted keys
	if err != nil {
		return 0, fmt.Errorf("weights: header, got %w", err)
	}
	text = append(text, bytes.Repeat([]byte{' '}, (8-len(text)%8)%8)...)
	if len(text) > maxHeader {
		return 0, fmt.Errorf("weights: header, got %d bytes; the format allows %d, use fewer tensors", len(text), maxHeader)
	}
	out := bufio.NewWriterSize(w, 1<<16)                                // small tensors together, large ones as they are
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) // a bufio.Writer keeps its first error
	out.Write(text)
	for _, t := range layout {
		out.Write(t.Data)
	}
	return int64(8 + len(text) + at), out.Flush()
}

// contentHash covers the metadata, but for the hash itself, and every tensor with its name. The
// tensors are sorted by name and sums are their hashes.
func contentHash(metadata map[string]string, list []Tensor, sums []string) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != contentKey {
			fmt.Fprintf(h, "%q=%q\n", key, metadata[key])
		}
	}
	for i, t := range list {
		fmt.Fprintf(h, "%q %s\n", t.Name, sums[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashes is Tensor.Hash of each, on all cores.
func hashes(list []Tensor) []string {
	sums := make([]string, len(list))
	onAllCores(len(list), func(i int) { sums[i] = list[i].Hash() })
	return sums
}

// onAllCores calls work with 0 … n−1.
func onAllCores(n int, work func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// WriteFile writes the file at path, which appears or is replaced in one rename after its bytes were
// synced.
func (f File) WriteFile(path string) error {
	// The place that has room for the file, not the system's for temporary ones.
	p, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("weights: output file, got %w; choose a folder that exists and can be written", err)
	}
	defer p.Cleanup() // does nothing after success
	if _, err := f.WriteTo(p); err != nil {
		return fmt.Errorf("weights: output file %s, got %w; check the space there", path, err)
	}
	if err := p.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("weights: output file %s, got %w; check the space there", path, err)
	}
	return nil
}

// ReadFile reads a safetensors file. See Read for what is checked.
func ReadFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("weights: file, got %w; name a safetensors file that can be read", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return File{}, fmt.Errorf("weights: file %s, got %w", path, err)
	}
	if !st.Mode().IsRegular() {
		return File{}, fmt.Errorf("weights: file %s, got %s; name a regular file", path, st.Mode().Type())
	}
	file, err := Read(f, st.Size())
	if err != nil {
		return File{}, fmt.Errorf("%w (in %s)", err, path)
	}
	return file, nil
}

// Read parses a safetensors file of the given size in bytes from r.
//
// It is meant for files from strangers: the header must fit into the file and the format's limit; every
// tensor must have a known type and a length that follows from its shape; the tensors must tile the
// data exactly, with no overlap, gap or rest; no name may occur twice. All of it is checked before
// memory for the data is taken, which is then exactly the file's. A file that amgen wrote carries a
// hash, which must agree. Errors wrap ErrCorrupt.
func Read(r io.Reader, size int64) (File, error) {
	file, err := parse(r, size)
	if err == nil && file.hashed() {
		err = file.checkContent(hashes(file.Tensors))
	}
	if err != nil {
		return File{}, err
	}
	return file, nil
}

// read is Read with the hashes of the tensors.
func read(r io.Reader, size int64) (file File, sums []string, err error) {
	if file, err = parse(r, size); err != nil {
		return File{}, nil, err
	}
	sums = hashes(file.Tensors)
	if file.hashed() {
		err = file.checkContent(sums)
	}
	return file, sums, err
}

// parse is Read without the comparison of the hash.
func parse(r io.Reader, size int64) (File, error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return File{}, fmt.Errorf("weights: %w: safetensors file, got %d bytes; at least 10 are needed", ErrCorrupt, size)
	}
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return File{}, fmt.Errorf("weights: %w: safetensors file, got %w; copy it again", ErrCorrupt, err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length < 2 || length > maxHeader || length > uint64(size-8) {
		return File{}, fmt.Errorf("weights: %w: safetensors header, got a length of %d in a file of %d bytes; this is no safetensors file, or a truncated one", ErrCorrupt,
			length, size)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return File{}, fmt.Errorf("weights: %w: safetensors header, got %w; copy the file again", ErrCorrupt, err)
	}
	metadata, entries, err := parseHeader(text)
	if err != nil {
		return File{}, err
	}
	rest := size - 8 - int64(length)
	if err := checkLayout(entries, rest); err != nil {
		return File{}, err
	}
	data := make([]byte, rest)
	if _, err := io.ReadFull(r, data); err != nil {
		return File{}, fmt.Errorf("weights: %w: safetensors data, got %w; copy the file again", ErrCorrupt, err)
	}
	file := File{Metadata: metadata, Tensors: make([]Tensor, 0, len(entries))}
	for _, e := range entries {
		t := e.tensor
		t.Data = data[e.begin:e.end:e.end]
		if err := t.check(); err != nil {
			return File{}, err
		}
		file.Tensors = append(file.Tensors, t)
	}
	slices.SortFunc(file.Tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return file, nil
}

// hashed tells whether amgen wrote the file.
func (f *File) hashed() bool {
	_, hashed := f.Metadata[contentKey]
	_, ours := f.Metadata[formatKey]
	return hashed || ours
}

// checkContent compares the hash of a file that amgen wrote, and then takes amgen's keys out. The hashes are those of the
// tensors.
func (f *File) checkContent(sums []string) error {
	if format := f.Metadata[formatKey]; format != formatV1 {
		return fmt.Errorf("weights: %w: safetensors file, got format %q; this amgen reads %q, use a matching release", ErrCorrupt, format, formatV1)
	}
	if got, want := contentHash(f.Metadata, f.Tensors, sums), f.Metadata[contentKey]; got != want {
		return fmt.Errorf("weights: %w: safetensors file, got content of hash %s; want %q, copy it again", ErrCorrupt, got, want)
	}
	delete(f.Metadata, contentKey)
	delete(f.Metadata, formatKey)
	return nil
}
