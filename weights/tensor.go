package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Tensor is a named array on the host. Data is row-major and little-endian, one byte for a bool.
type Tensor struct {
	Name  string
	DType dtypes.DType
	Shape []int
	Data  []byte
}

// String is the name, type and shape, without the data.
func (t Tensor) String() string { return t.Name + " " + t.signature() }

func (t Tensor) signature() string {
	return fmt.Sprintf("%s%v", t.DType, t.Shape)
}

// Hash is the SHA-256, in hex, of the tensor's type, shape and data; the name doesn't enter.
func (t Tensor) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", t.signature())
	h.Write(t.Data)
	return hex.EncodeToString(h.Sum(nil))
}

// maxRank bounds what a file may claim; GoMLX models stay far below.
const maxRank = 32

// elements is the product of the dimensions; ok is false for a negative one or an overflow.
func elements(shape []int) (n int, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || (d > 0 && n > math.MaxInt/d) {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// check verifies that type, shape and data belong together.
func (t Tensor) check() error {
	size, known := dtypeSize(t.DType)
	n, ok := elements(t.Shape)
	if !known || !ok || len(t.Shape) > maxRank || n > math.MaxInt/size || len(t.Data) != n*size {
		return fmt.Errorf("weights: tensor %s, got %d bytes; give %s data of that type and shape", t, len(t.Data),
			dtypeNames())
	}
	if t.DType == dtypes.Bool {
		for i, b := range t.Data {
			if b > 1 {
				return fmt.Errorf("weights: %w: tensor %s, got byte %d at %d; a bool is 0 or 1", ErrCorrupt, t, b, i)
			}
		}
	}
	return nil
}

// fromGoMLX copies a GoMLX tensor, into buffer if it fits exactly.
func fromGoMLX(name string, value *tensors.Tensor, buffer []byte) (Tensor, error) {
	if err := hostIsLittleEndian(); err != nil {
		return Tensor{}, err
	}
	t := Tensor{Name: name, DType: value.DType(), Shape: slices.Clone(value.Shape().Dimensions)}
	if t.Shape == nil {
		t.Shape = []int{}
	}
	if _, known := dtypeSize(t.DType); !known {
		return Tensor{}, fmt.Errorf("weights: variable %s, got type %s; only %s can be stored", name, t.DType,
			dtypeNames())
	}
	t.Data = []byte{}
	if value.Size() > 0 {
		if err := value.ConstBytes(func(data []byte) {
			if len(buffer) != len(data) {
				buffer = make([]byte, len(data))
			}
			copy(buffer, data)
			t.Data = buffer
		}); err != nil {
			return Tensor{}, fmt.Errorf("weights: variable %s, got %w; is its tensor still valid?", name, err)
		}
	}
	return t, t.check()
}

// GoMLX makes a GoMLX tensor of t, a copy. Data that aren't of the shape are an error.
func (t Tensor) GoMLX() (*tensors.Tensor, error) {
	if err := hostIsLittleEndian(); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	value := tensors.FromShape(shapes.Make(t.DType, t.Shape...))
	if len(t.Data) == 0 {
		return value, nil
	}
	if err := value.MutableBytes(func(data []byte) { copy(data, t.Data) }); err != nil {
		return nil, fmt.Errorf("weights: tensor %s, got %w", t, err)
	}
	return value, nil
}

// hostIsLittleEndian guards the byte copies above: files are little-endian.
func hostIsLittleEndian() error {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return fmt.Errorf("weights: byte order, got a big-endian machine; checkpoints need a little-endian one")
	}
	return nil
}

// sorted returns the tensors in the order of their names, and refuses a name that occurs twice.
func sorted(list []Tensor) ([]Tensor, error) {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(out); i++ {
		if out[i].Name == out[i-1].Name {
			return nil, fmt.Errorf("weights: tensor names, got %q twice; give each a name of its own", out[i].Name)
		}
	}
	return out, nil
}
