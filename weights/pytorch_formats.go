package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"math/big"
	"path"

	"github.com/nlpodyssey/gopickle/types"
)

const (
	torchMagic    = "1950a86a20f9469cfc6c" // the first pickle of a stream
	torchProtocol = 1001                   // the second
)

// parseTorchStream reads the older format: pickles of a magic number, the protocol's version, the writing machine, the
// dictionary and the list of storages, and then each storage behind its length.
func parseTorchStream(data []byte) ([]Tensor, error) {
	p := &torchPickle{storages: map[string]*torchStorage{}}
	rest := data
	next := func() (any, error) {
		value, n, err := p.load(rest)
		rest = rest[n:]
		return value, err
	}
	magic, err := next()
	if n, ok := magic.(*big.Int); err != nil || !ok || n.Text(16) != torchMagic {
		return nil, torchError("it doesn't begin as one")
	}
	version, err := next()
	if err != nil || version != torchProtocol {
		return nil, torchError("protocol %s, want %d", brief(version), torchProtocol)
	}
	machine, err := next()
	if err != nil {
		return nil, err
	}
	if little, ok := dictValue(machine, "little_endian"); ok && little != true {
		return nil, torchError("it was written by a big-endian machine")
	}
	root, err := next()
	if err != nil {
		return nil, err
	}
	views, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	order, err := next()
	if err != nil {
		return nil, err
	}
	if rest, err = p.fill(order, rest); err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, torchError("%d bytes follow the last storage", len(rest))
	}
	return tensorsOf(views, len(data))
}

// fill cuts the storages, in the order of a list of keys, from the rest of a stream.
func (p *torchPickle) fill(order any, rest []byte) ([]byte, error) {
	keys, ok := order.(*types.List)
	if !ok {
		return nil, torchError("no list of storages")
	}
	for _, k := range *keys {
		key, _ := k.(string)
		s := p.storages[key]
		if s == nil || s.data != nil {
			return nil, torchError("the storages list %s", brief(k))
		}
		size, ok := s.bytes()
		if !ok || len(rest) < 8 || size > len(rest)-8 {
			return nil, torchError("storage %.100q of %d elements has %d bytes left", key, s.count, len(rest))
		}
		if count := binary.LittleEndian.Uint64(rest); count != uint64(s.count) {
			return nil, torchError("storage %.100q has %d elements, want %d", key, count, s.count)
		}
		s.data = rest[8 : 8+size : 8+size]
		rest = rest[8+size:]
	}
	for key, s := range p.storages {
		if s.data == nil {
			return nil, torchError("no storage %.100q", key)
		}
	}
	return rest, nil
}

// parseTorchZip reads the newer format: a zip archive of NAME/data.pkl, the dictionary, and NAME/data/KEY, the storages,
// none of them compressed.
func parseTorchZip(data []byte) ([]Tensor, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, torchError("%v", err)
	}
	var folder string
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		files[f.Name] = f
		if path.Base(f.Name) == "data.pkl" {
			folder = path.Dir(f.Name)
		}
	}
	program, err := readStored(files[path.Join(folder, "data.pkl")], len(data))
	if err != nil {
		return nil, torchError("data.pkl: %v", err)
	}
	if order := files[path.Join(folder, "byteorder")]; order != nil {
		if text, err := readStored(order, len(data)); err != nil || string(text) != "little" {
			return nil, torchError("byte order %.20q; want little", text)
		}
	}
	p := &torchPickle{storages: map[string]*torchStorage{}}
	root, _, err := p.load(program)
	if err != nil {
		return nil, err
	}
	views, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	for _, key := range sortedKeys(p.storages) {
		s := p.storages[key]
		if s.data, err = readStored(files[path.Join(folder, "data", key)], len(data)); err != nil {
			return nil, torchError("storage %.100q: %v", key, err)
		}
		if size, ok := s.bytes(); !ok || size != len(s.data) {
			return nil, torchError("storage %.100q of %d elements has %d bytes", key, s.count, len(s.data))
		}
	}
	return tensorsOf(views, len(data))
}

// readStored reads a file of the archive that isn't compressed, as torch writes them: so it cannot be larger than limit,
// the archive. Its checksum is verified.
func readStored(f *zip.File, limit int) ([]byte, error) {
	if f == nil {
		return nil, io.ErrUnexpectedEOF
	}
	if f.Method != zip.Store || f.UncompressedSize64 > uint64(limit) {
		return nil, zip.ErrFormat
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF { // the checksum is compared at the end
		return nil, zip.ErrChecksum
	}
	return text, nil
}
