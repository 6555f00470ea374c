package weights

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/amgen/amgen/internal/replace"
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

// WriteTo writes the file to w, deterministically: tensors are laid out widest type first and then by name, so that
// all data are aligned, and the header is padded to a multiple of eight bytes. Two tensors of one name, one whose
// data aren't of its shape, and w's errors are its own.
func (f File) WriteTo(w io.Writer) (int64, error) {
	list, err := sorted(f.Tensors)
	if err != nil {
		return 0, err
	}
	head, err := encodeHeader(f.Metadata, list, hashes(list))
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(head); err != nil {
		return 0, err
	}
	n, err := writeData(w, list)
	return int64(len(head)) + n, err
}

// laidOut is the order in which tensors that are sorted by name lie in a file.
func laidOut(list []Tensor) []Tensor {
	layout := slices.Clone(list)
	slices.SortStableFunc(layout, func(a, b Tensor) int { return cmp.Compare(dtypeRank(a.DType), dtypeRank(b.DType)) })
	return layout
}

// encodeHeader returns the bytes of a file before the data of tensors that are sorted by name. Their number doesn't
// depend on sums, the hashes of the tensors.
func encodeHeader(metadata map[string]string, list []Tensor, sums []string) ([]byte, error) {
	header := map[string]any{}
	at := 0
	for _, t := range laidOut(list) {
		if err := t.check(); err != nil {
			return nil, err
		}
		if t.Name == metadataKey || !utf8.ValidString(t.Name) {
			return nil, fmt.Errorf("weights: tensor name, got %q; use valid UTF-8 other than the reserved %q", t.Name,
				metadataKey)
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
			return nil, fmt.Errorf("weights: metadata, got %q=%q; use valid UTF-8", key, value)
		}
		signed[key] = value
	}
	signed[formatKey] = formatV1
	signed[contentKey] = contentHash(signed, list, sums)
	header[metadataKey] = signed
	text, err := json.Marshal(header) // maps are written with sorted keys
	if err != nil {
		return nil, fmt.Errorf("weights: header, got %w", err)
	}
	text = append(text, bytes.Repeat([]byte{' '}, (8-len(text)%8)%8)...)
	if len(text) > maxHeader {
		return nil, fmt.Errorf("weights: header, got %d bytes; the format allows %d, use fewer tensors", len(text),
			maxHeader)
	}
	if len(list) > maxTensors(int64(at+len(text))) || len(signed) > maxMetadata || checkTexts(text) != nil {
		return nil, fmt.Errorf("weights: header, got %d tensors and %d metadata; a reader takes %d of one in a file "+
			"of %d bytes, %d of the other, and texts of %d bytes",
			len(list), len(signed), maxTensors(int64(at+len(text))), at+len(text), maxMetadata, maxText)
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

// writeData writes what follows the header: the data of tensors that are sorted by name.
func writeData(w io.Writer, list []Tensor) (n int64, err error) {
	out := bufio.NewWriterSize(w, 1<<16) // small tensors together, large ones as they are
	for _, t := range laidOut(list) {
		out.Write(t.Data) // a bufio.Writer keeps its first error
		n += int64(len(t.Data))
	}
	return n, out.Flush()
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
	forAll(len(list), func(i int) { sums[i] = list[i].Hash() })
	return sums
}

// forAll calls work with 0 … n−1 on all cores.
func forAll(n int, work func(i int)) {
	onAllCores(func(next chan<- int) {
		for i := range n {
			next <- i
		}
	}, work)
}

// onAllCores calls work on all cores with the numbers that give sends.
func onAllCores(give func(next chan<- int), work func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	give(next)
	close(next)
	workers.Wait()
}

// WriteFile writes the file at path, which appears or is replaced in one rename after its bytes were synced; when it
// returns, the name is on the disk, too. Into what is no regular file, such as a device, it is written. Errors are
// those of WriteTo and of the disk, and leave what was at path.
func (f File) WriteFile(path string) error {
	if err := replace.File(path, func(w io.Writer) error { _, err := f.WriteTo(w); return err }); err != nil {
		return fmt.Errorf("weights: output file %s, got %w; check the space and the rights there", path, err)
	}
	return nil
}

// ReadFile reads a safetensors file. See Read for what is checked.
func ReadFile(path string) (File, error) {
	if _, err := headOf(path, "safetensors file"); err != nil {
		return File{}, err
	}
	f, size, err := openRegular(path, "safetensors file")
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	file, err := Read(f, size)
	if err != nil {
		return File{}, fmt.Errorf("%w (in %s)", err, path)
	}
	return file, nil
}

// Read parses a safetensors file of the given size in bytes from r.
//
// It is meant for untrusted files: the header must fit into the file and the format's limit, and not
// have far more tensors or metadata than files of its size do; every
// tensor must have a known type and a length that follows from its shape; the tensors must tile the
// data exactly, with no overlap, gap or rest; no name may occur twice. All of it is checked before
// memory for the data is taken, which is then exactly the file's. A file that amgen wrote carries a
// hash, which must agree. Errors wrap ErrCorrupt.
func Read(r io.Reader, size int64) (File, error) {
	file, _, err := read(r, size, false)
	return file, err
}

// read is Read with the hashes of the tensors, which it otherwise takes of amgen's own files only.
func read(r io.Reader, size int64, hash bool) (file File, sums []string, err error) {
	metadata, entries, err := readHeader(r, size)
	if err != nil {
		return File{}, nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.tensor.Name, b.tensor.Name) })
	file = File{Metadata: metadata, Tensors: make([]Tensor, len(entries))}
	if hash = hash || file.hashed(); hash {
		sums = make([]string, len(entries))
	}
	inFile := make([]int, len(entries))
	total := int64(0)
	for i, e := range entries {
		inFile[i] = i
		total = max(total, e.end)
	}
	slices.SortFunc(inFile, func(a, b int) int { return cmp.Compare(entries[a].begin, entries[b].begin) })
	if err := checkRoom(total, "safetensors file"); err != nil {
		return File{}, nil, err
	}
	data := make([]byte, total)
	errs := make([]error, len(entries))
	onAllCores(func(arrived chan<- int) {
		for _, i := range inFile {
			e := entries[i]
			e.tensor.Data = data[e.begin:e.end:e.end]
			if _, errs[i] = io.ReadFull(r, e.tensor.Data); errs[i] != nil {
				errs[i] = unreadPart("data", errs[i])
				return
			}
			file.Tensors[i] = e.tensor
			arrived <- i
		}
	}, func(i int) { // while the next ones are read
		if errs[i] = file.Tensors[i].check(); errs[i] == nil && hash {
			sums[i] = file.Tensors[i].Hash()
		}
	})
	for _, i := range inFile {
		if errs[i] != nil {
			return File{}, nil, errs[i] // the first is enough
		}
	}
	if file.hashed() {
		err = file.checkContent(sums)
	}
	if err != nil {
		return File{}, nil, err
	}
	return file, sums, nil
}

// unreadPart is the error for a part of a file that ends too early, or, which is no damage, cannot be read.
func unreadPart(part string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("weights: %w: safetensors %s, got %w; copy the file again", ErrCorrupt, part, err)
	}
	return fmt.Errorf("weights: safetensors %s, got %w; make the file readable", part, err)
}

// readHeader reads and checks what comes before the data.
func readHeader(r io.Reader, size int64) (metadata map[string]string, entries []entry, err error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, nil, fmt.Errorf("weights: %w: safetensors file, got %d bytes; at least 10 are needed", ErrCorrupt,
			size)
	}
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, nil, unreadPart("length", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length < 2 || length > maxHeader || length > uint64(size-8) {
		return nil, nil, fmt.Errorf("weights: %w: safetensors header, got a length of %d in a file of %d bytes; this "+
			"is no safetensors file, or a truncated one",
			ErrCorrupt, length, size)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, nil, unreadPart("header", err)
	}
	metadata, entries, err = parseHeader(text, size)
	if err == nil {
		err = checkLayout(entries, size-8-int64(length))
	}
	return metadata, entries, err
}

// hashed tells whether amgen wrote the file.
func (f *File) hashed() bool {
	_, hashed := f.Metadata[contentKey]
	_, ours := f.Metadata[formatKey]
	return hashed || ours
}

// checkContent compares the hash of a file that amgen wrote, and then takes amgen's keys out. The hashes are those of
// the tensors.
func (f *File) checkContent(sums []string) error {
	if format := f.Metadata[formatKey]; format != formatV1 {
		return fmt.Errorf("weights: %w: safetensors file, got format %q; this amgen reads %q, use a matching release",
			ErrCorrupt, format, formatV1)
	}
	if got, want := contentHash(f.Metadata, f.Tensors, sums), f.Metadata[contentKey]; got != want {
		return fmt.Errorf("weights: %w: safetensors file, got content of hash %s; want %q, copy it again", ErrCorrupt,
			got, want)
	}
	delete(f.Metadata, contentKey)
	delete(f.Metadata, formatKey)
	return nil
}
