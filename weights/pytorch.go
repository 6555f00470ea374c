package weights

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// ReadPyTorchFile reads the tensors of a file that torch.save wrote. See ParsePyTorch.
func ReadPyTorchFile(path string) ([]Tensor, error) {
	file, err := readPyTorchFile(path)
	return file.Tensors, err
}

func readPyTorchFile(path string) (Contents, error) {
	if _, err := headOf(path, "PyTorch file"); err != nil {
		return Contents{}, err
	}
	f, size, err := openRegular(path, "PyTorch file")
	if err != nil {
		return Contents{}, err
	}
	defer f.Close()
	if err := checkRoom(size, "PyTorch file "+path); err != nil {
		return Contents{}, err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return Contents{}, fmt.Errorf("weights: %w: PyTorch file %s, got %w; copy it again", ErrCorrupt, path, err)
	}
	file, err := parsePyTorch(data)
	if err != nil {
		return Contents{}, fmt.Errorf("%w (in %s)", err, path)
	}
	return file, nil
}

// ParsePyTorch returns the tensors that torch.save wrote, in either of its formats: the older
// stream of pickles or, since PyTorch 1.6, the zip archive. They come in the order of their names; contiguous ones
// share the memory of data. Tensors of dictionaries, lists and tuples inside the dictionary have the names of all of
// them, as in "model.conv.weight" and "shadow.0"; numbers and texts are left out, and so are objects of Python and
// tensors of kinds that amgen doesn't compute with.
//
// A pickle is a program. Here it builds containers and tensors and nothing else: a class or function that it names is
// only a name, and one that could run a program where PyTorch reads the file is refused. What it claims to be long is
// checked against what is there before memory is taken. Errors wrap ErrCorrupt, or ErrUnsupported for an intact file
// that holds no tensors to read.
func ParsePyTorch(data []byte) ([]Tensor, error) {
	file, err := parsePyTorch(data)
	return file.Tensors, err
}

func parsePyTorch(data []byte) (file Contents, err error) {
	// The library that runs the pickle panics on some that no Python writes.
	defer func() {
		if r := recover(); r != nil {
			file, err = Contents{}, torchError("the pickle makes no sense: %s", brief(r))
		}
	}()
	if err := hostIsLittleEndian(); err != nil {
		return Contents{}, err
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return parseTorchZip(data)
	}
	return parseTorchStream(data)
}

func torchError(format string, args ...any) error {
	return fmt.Errorf("weights: %w: PyTorch file, got a malformed or truncated one (%s); copy it again, or save "+
		"model.state_dict() anew",
		ErrCorrupt, fmt.Sprintf(format, args...))
}

// torchUnsupported is the error for an intact file of which nothing, or not all that is needed, can be read.
func torchUnsupported(format string, args ...any) error {
	return fmt.Errorf("weights: %w: PyTorch file, got %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// brief is what a file holds, for an error: a hundred characters on one line, or the type of what may be large or deep.
func brief(v any) string {
	switch v.(type) {
	case string, int, int64, float64, bool, nil, error:
	default:
		return fmt.Sprintf("%T", v)
	}
	text := strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	if runes := []rune(text); len(runes) > 100 {
		text = string(runes[:99]) + "…"
	}
	return text
}

// torchStorage is a piece of memory that tensors are views of.
type torchStorage struct {
	class string
	key   string
	dtype dtypes.DType // or invalid, of what isn't read
	size  int          // of an element, in bytes
	count int          // elements
	data  []byte
}

func (s *torchStorage) bytes() (int, bool) { return elements([]int{s.count, s.size}) }

// torchTensor is a view of a storage.
type torchTensor struct {
	storage        *torchStorage
	offset         int
	shape, strides []int // in elements
}

// torchCopies bounds what the tensors take together, in sizes of the file: views may share a storage, yet not make
// gigabytes of kilobytes.
const torchCopies = 3

// fileOf turns the views that a walk has found into tensors.
func fileOf(w *treeWalk, fileSize int) (Contents, error) {
	list := make([]Tensor, 0, len(w.views))
	total := 0
	for name, v := range w.views {
		t := Tensor{Name: name, DType: v.storage.dtype, Shape: v.shape}
		size, _ := dtypeSize(t.DType)
		n, ok := elements(v.shape)
		if !ok || len(v.shape) > maxRank || len(v.shape) != len(v.strides) || n > v.storage.count {
			return Contents{}, torchError("tensor %.100q of shape %v in a storage of %d", name, v.shape,
				v.storage.count)
		}
		if total += n * size; total > torchCopies*fileSize {
			return Contents{}, torchError("tensors of more than %d times its size", torchCopies)
		}
		if t.Data, ok = v.gather(n, size); !ok {
			return Contents{}, torchError("tensor %.100q of shape %v reaches beyond its storage of %d", name, v.shape,
				v.storage.count)
		}
		if err := t.check(); err != nil {
			return Contents{}, err
		}
		list = append(list, t)
	}
	list, err := sorted(list)
	return Contents{File: File{Tensors: list}, Format: FormatPyTorch, Saved: w.order, LeftOut: w.leftOut}, err
}

// gather returns the n elements of a view in row-major order; ok is false if one is outside the storage.
func (v *torchTensor) gather(n, size int) (data []byte, ok bool) {
	if n == 0 {
		return []byte{}, true
	}
	contiguous, last := true, v.offset
	step := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] > 1 && v.strides[i] != step {
			contiguous = false
		}
		step *= v.shape[i]
		if v.strides[i] < 0 || (v.shape[i] > 1 && v.strides[i] > (v.storage.count-1)/(v.shape[i]-1)) {
			return nil, false
		}
		last += (v.shape[i] - 1) * v.strides[i]
	}
	// Each term of last is below the count, and there are at most maxRank: no overflow.
	if v.offset < 0 || v.offset >= v.storage.count || last >= v.storage.count {
		return nil, false
	}
	if contiguous {
		return v.storage.data[v.offset*size : (v.offset+n)*size : (v.offset+n)*size], true
	}
	data = make([]byte, 0, n*size)
	index := make([]int, len(v.shape))
	for at := v.offset; len(data) < n*size; {
		data = append(data, v.storage.data[at*size:(at+1)*size]...)
		for i := len(index) - 1; i >= 0; i-- {
			index[i]++
			if at += v.strides[i]; index[i] < v.shape[i] {
				break
			}
			at -= index[i] * v.strides[i]
			index[i] = 0
		}
	}
	return data, true
}

// sortedKeys are the keys of the storages that views need, each once.
func sortedKeys(storages map[string]*torchStorage) []string {
	keys := make([]string, 0, len(storages))
	for key := range storages {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
