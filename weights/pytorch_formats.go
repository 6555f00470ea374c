package weights

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"path"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/nlpodyssey/gopickle/types"
)

const (
	torchMagic    = "1950a86a20f9469cfc6c" // the first pickle of a stream
	torchProtocol = 1001                   // the second
	// torchMagicBytes begin the first pickle in protocols 2 to 5, and torchMagicLine in the older ones.
	torchMagicBytes = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"
	torchMagicLine  = "L119547037146038801333356L\n"
	// torchEntries is how many an archive of any size may have: more than the pickle may name tensors. One takes up to
	// 700 bytes of memory, and 50 of the file.
	torchEntries = 1 << 10
)

// parseTorchStream reads the older format: pickles of a magic number, the protocol's version, the writing machine, the
// dictionary and the list of storages, and then each storage behind its length.
func parseTorchStream(data []byte) (Contents, error) {
	if bytes.HasPrefix(data, []byte(torchMagicLine)) {
		return Contents{}, torchUnsupported("a pickle of protocol 1; save model.state_dict() by torch.save and its " +
			"usual protocol")
	}
	if isPyTorch(data) && !bytes.Contains(data[:min(len(data), 32)], []byte(torchMagicBytes)) {
		return Contents{}, torchUnsupported("another pickle of Python; save model.state_dict() by torch.save")
	}
	p := newTorchPickle(len(data))
	rest := data
	next := func() (any, error) {
		value, n, err := p.load(rest)
		rest = rest[n:]
		return value, err
	}
	magic, err := next()
	if n, ok := magic.(*big.Int); err != nil || !ok || n.Text(16) != torchMagic {
		return Contents{}, torchError("it doesn't begin as one")
	}
	version, err := next()
	if err != nil || version != torchProtocol {
		return Contents{}, torchError("protocol %s, want %d", brief(version), torchProtocol)
	}
	machine, err := next()
	if err != nil {
		return Contents{}, err
	}
	if little, ok := dictValue(machine, "little_endian"); ok && little != true {
		return Contents{}, torchError("it was written by a big-endian machine")
	}
	root, err := next()
	if err != nil {
		return Contents{}, err
	}
	walk, err := p.stateDict(root)
	if err != nil {
		return Contents{}, err
	}
	order, err := next()
	if err != nil {
		return Contents{}, err
	}
	if rest, err = p.fill(order, rest); err != nil {
		return Contents{}, err
	}
	if len(rest) > 0 {
		return Contents{}, torchError("%d bytes follow the last storage", len(rest))
	}
	return fileOf(walk, len(data))
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

// parseTorchZip reads the newer format: a zip archive of NAME/data.pkl, the dictionary, and NAME/data/KEY, the
// storages, none of them compressed.
func parseTorchZip(data []byte) (Contents, error) {
	// The number of entries that the archive gives is that modulo 65536; none is without this.
	if n, most := bytes.Count(data, []byte("PK\x01\x02")), torchEntries+len(data)/bytesPerTensor; n > most {
		return Contents{}, torchError("more than %d entries in its archive", most)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Contents{}, torchError("%v", err)
	}
	var folder string
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		files[f.Name] = f
		if path.Base(f.Name) == "data.pkl" {
			folder = path.Dir(f.Name)
		}
	}
	if err := otherArchive(archive); err != nil {
		return Contents{}, err
	}
	program, err := stored(files[path.Join(folder, "data.pkl")], data)
	if err != nil {
		return Contents{}, torchError("data.pkl: %v", err)
	}
	if order := files[path.Join(folder, "byteorder")]; order != nil {
		if text, err := stored(order, data); err != nil || string(text) != "little" {
			return Contents{}, torchError("byte order %.20q; want little", text)
		}
	}
	p := newTorchPickle(len(data))
	root, _, err := p.load(program)
	if err != nil {
		return Contents{}, err
	}
	walk, err := p.stateDict(root)
	if err != nil {
		return Contents{}, err
	}
	for _, key := range sortedKeys(p.storages) {
		s := p.storages[key]
		if s.dtype == dtypes.InvalidDType {
			continue // of tensors that are left out
		}
		if s.data, err = stored(files[path.Join(folder, "data", key)], data); err != nil {
			return Contents{}, torchError("storage %.100q: %v", key, err)
		}
		if size, ok := s.bytes(); !ok || size != len(s.data) {
			return Contents{}, torchError("storage %.100q of %d elements has %d bytes", key, s.count, len(s.data))
		}
	}
	file, err := fileOf(walk, len(data))
	if about := files[path.Join(folder, torchMetadata)]; about != nil && err == nil {
		file.Metadata, err = metadataOf(about, data)
	}
	return file, err
}

// torchMetadata is the name of the metadata that WriteStateDict writes.
const torchMetadata = "amgen.json"

// mostTorchMetadata bounds them, in bytes.
const mostTorchMetadata = 1 << 20

func metadataOf(f *zip.File, archive []byte) (metadata map[string]string, err error) {
	text, err := stored(f, archive)
	if err == nil && len(text) > mostTorchMetadata {
		err = fmt.Errorf("%d bytes, beyond the %d that are read", len(text), mostTorchMetadata)
	}
	if err == nil {
		err = json.Unmarshal(text, &metadata)
	}
	if err != nil {
		return nil, torchError("%s: %v", torchMetadata, err)
	}
	return metadata, nil
}

// otherArchive is an error for a zip archive of another program, or of torch.jit.
func otherArchive(archive *zip.Reader) error {
	var names []string
	program, script := false, false
	for _, f := range archive.File {
		base := path.Base(f.Name)
		program = program || base == "data.pkl"
		script = script || base == "constants.pkl"
		if len(names) < 3 && base != "." {
			names = append(names, fmt.Sprintf("%.60q", f.Name))
		}
	}
	switch {
	case script:
		return torchUnsupported("a program of TorchScript (torch.jit.save); save model.state_dict() by torch.save")
	case !program:
		return torchUnsupported("another zip archive, which holds %s and no data.pkl; unpack it, or save "+
			"model.state_dict() by torch.save",
			cmp.Or(strings.Join(names, ", "), "nothing"))
	}
	return nil
}

// stored is a file of the archive that isn't compressed, as torch writes them: a part of the archive itself, so that
// none is larger than it and overlapping ones take no memory. Its checksum is verified.
func stored(f *zip.File, archive []byte) ([]byte, error) {
	if f == nil {
		return nil, io.ErrUnexpectedEOF
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, err
	}
	size := f.UncompressedSize64
	if f.Method != zip.Store || size != f.CompressedSize64 || at < 0 || uint64(at) > uint64(len(archive)) ||
		size > uint64(len(archive))-uint64(at) {
		return nil, zip.ErrFormat
	}
	data := archive[at : uint64(at)+size : uint64(at)+size]
	if crc32.ChecksumIEEE(data) != f.CRC32 {
		return nil, zip.ErrChecksum
	}
	return data, nil
}
