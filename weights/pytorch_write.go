package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// storageClass is the class of PyTorch's storages of a type, "" for none.
func storageClass(t dtypes.DType) string {
	for name, kind := range torchStorages {
		if kind.dtype == t && t != dtypes.InvalidDType {
			return name
		}
	}
	return ""
}

// WriteStateDict writes a file's tensors as torch.save writes a state dictionary, in the zip archive of PyTorch 1.6 and
// later: an OrderedDict of their names, in their order, which torch.load reads with weights_only, too. Metadata are a
// file of their own in the archive, which PyTorch passes over, and leaves out of what it saves. Errors are those of w,
// and of tensors of a type that PyTorch lacks, which wrap ErrUnsupported.
func WriteStateDict(w io.Writer, file File) error {
	if err := hostIsLittleEndian(); err != nil {
		return err
	}
	pickle, err := pickledDict(file.Tensors)
	if err != nil {
		return err
	}
	archive := torchArchive{zip: zip.NewWriter(w)}
	archive.add("data.pkl", pickle)
	archive.add("byteorder", []byte("little"))
	for i, t := range file.Tensors {
		archive.add("data/"+strconv.Itoa(i), t.Data)
	}
	archive.add("version", []byte("3\n"))
	if len(file.Metadata) > 0 {
		text, err := json.Marshal(file.Metadata)
		if err != nil {
			return fmt.Errorf("weights: metadata: %w", err)
		}
		archive.add(torchMetadata, text)
	}
	if archive.err != nil {
		return archive.err
	}
	return archive.zip.Close()
}

// pickledDict is the pickle of a dictionary of tensors, tensor i of which has its data in the storage of that number:
// protocol 2, as torch.save writes it.
func pickledDict(list []Tensor) ([]byte, error) {
	var p pickler
	p.WriteString("\x80\x02") // the protocol
	p.class("collections", "OrderedDict")
	p.WriteString(")R(") // called without arguments; entries follow
	for i, t := range list {
		if err := t.check(); err != nil {
			return nil, err
		}
		storage := storageClass(t.DType)
		if storage == "" {
			return nil, fmt.Errorf("weights: tensor %s, got a type without one in PyTorch: %w; convert it", t,
				ErrUnsupported)
		}
		p.text(t.Name)
		p.class("torch._utils", "_rebuild_tensor_v2")
		p.WriteString("((") // its arguments, of which the first names a storage
		p.text("storage")
		p.class("torch", storage)
		p.text(strconv.Itoa(i))
		p.text("cpu")
		n, _ := elements(t.Shape)
		p.number(n)
		p.WriteString("tQ") // a tuple, whose object PyTorch finds in the archive
		p.number(0)         // offset in the storage
		strides := make([]int, len(t.Shape))
		step := 1
		for k := len(strides) - 1; k >= 0; k-- {
			strides[k] = step
			step *= max(1, t.Shape[k])
		}
		p.numbers(t.Shape)
		p.numbers(strides)
		p.WriteString("\x89") // needs no gradient
		p.class("collections", "OrderedDict")
		p.WriteString(")RtR") // no hooks; the end of the arguments; the call
	}
	p.WriteString("u.") // the entries are set, the end
	return p.Bytes(), nil
}

// pickler writes opcodes of Python's pickles.
type pickler struct{ bytes.Buffer }

func (p *pickler) class(module, name string) { p.WriteString("c" + module + "\n" + name + "\n") }

func (p *pickler) text(s string) {
	p.WriteByte('X')
	p.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
	p.WriteString(s)
}

func (p *pickler) number(n int) {
	if n <= math.MaxInt32 {
		p.WriteByte('J')
		p.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
		return
	}
	p.WriteString("\x8a\x08") // eight bytes of a long one
	p.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func (p *pickler) numbers(list []int) {
	p.WriteByte('(')
	for _, n := range list {
		p.number(n)
	}
	p.WriteByte('t')
}

// torchArchive is a zip archive whose files begin at multiples of 64 bytes, as PyTorch maps them into memory.
type torchArchive struct {
	zip *zip.Writer
	at  int64
	err error
}

func (a *torchArchive) add(name string, data []byte) {
	if a.err != nil {
		return
	}
	const (
		align      = 64
		headerSize = 30
		extraSize  = 4 // of an extra field without content
	)
	name = "archive/" + name
	begin := a.at + headerSize + int64(len(name)) + extraSize
	padding := int((align - begin%align) % align)
	extra := append([]byte("FB"), binary.LittleEndian.AppendUint16(nil, uint16(padding))...)
	extra = append(extra, bytes.Repeat([]byte{'Z'}, padding)...)
	entry, err := a.zip.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, Extra: extra,
		CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))})
	if err == nil {
		_, err = entry.Write(data)
	}
	a.err = err
	a.at = begin + int64(padding) + int64(len(data))
}
