package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"pgregory.net/rapid"
)

// What is written as a state dictionary is read as it was, of any type and shape.
func TestStateDictReadsBack(t *testing.T) {
	types := []dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16, dtypes.Float64, dtypes.Int64, dtypes.Uint8}
	rapid.Check(t, func(t *rapid.T) {
		var list []Tensor
		for i := range rapid.IntRange(1, 4).Draw(t, "tensors") {
			dtype := rapid.SampledFrom(types).Draw(t, "type")
			shape := rapid.SliceOfN(rapid.IntRange(1, 5), 0, 4).Draw(t, "shape")
			n, _ := elements(shape)
			size, _ := dtypeSize(dtype)
			data := rapid.SliceOfN(rapid.Byte(), n*size, n*size).Draw(t, "data")
			list = append(list, Tensor{Name: string(rune('a'+i)) + ".ü.weight", DType: dtype, Shape: shape, Data: data})
		}
		var file bytes.Buffer
		if err := WriteStateDict(&file, File{Tensors: list, Metadata: map[string]string{"a": "b"}}); err != nil {
			t.Fatal(err)
		}
		whole, err := parsePyTorch(file.Bytes())
		if got := whole.Metadata["a"]; got != "b" || len(whole.Metadata) != 1 {
			t.Errorf("metadata %v", whole.Metadata)
		}
		got := whole.Tensors
		if err != nil || len(got) != len(list) {
			t.Fatalf("%d tensors of %d, %v", len(got), len(list), err)
		}
		for i, want := range list {
			if got[i].String() != want.String() || !bytes.Equal(got[i].Data, want.Data) {
				t.Errorf("read %s, want %s", got[i], want)
			}
		}
	})
}

// PyTorch maps the data into memory, so they begin at multiples of 64 bytes; and nothing is compressed.
func TestStateDictIsAligned(t *testing.T) {
	data := binary.LittleEndian.AppendUint32(nil, math.Float32bits(1.5))
	one := Tensor{DType: dtypes.Float32, Shape: []int{1}, Data: data}
	a, b := one, one
	a.Name, b.Name = "a", "bb.weight"
	var file bytes.Buffer
	if err := WriteStateDict(&file, File{Tensors: []Tensor{a, b}, Metadata: map[string]string{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		at, err := f.DataOffset()
		if err != nil || at%64 != 0 || f.Method != zip.Store || f.Flags&8 != 0 {
			t.Errorf("%s is at %d, method %d, flags %x, %v", f.Name, at, f.Method, f.Flags, err)
		}
	}
}

func TestStateDictOfOtherTypes(t *testing.T) {
	unsigned := Tensor{Name: "c", DType: dtypes.Uint32, Shape: []int{1}, Data: make([]byte, 4)}
	if err := WriteStateDict(&bytes.Buffer{}, File{Tensors: []Tensor{unsigned}}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("error %v, want ErrUnsupported", err)
	}
}

// Metadata that aren't texts by name are damage, and aren't passed over.
func TestStateDictOfOtherMetadata(t *testing.T) {
	one := Tensor{Name: "a", DType: dtypes.Uint8, Shape: []int{1}, Data: []byte{1}}
	var file bytes.Buffer
	about := map[string]string{"key": "text"}
	if err := WriteStateDict(&file, File{Tensors: []Tensor{one}, Metadata: about}); err != nil {
		t.Fatal(err)
	}
	text := []byte(`{"key":"text"}`)
	other := []byte(`{"key":["text`)[:len(text)-1]
	other = append(other, '}')
	was := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(text))
	is := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(other))
	damaged := bytes.ReplaceAll(bytes.ReplaceAll(file.Bytes(), text, other), was, is)
	if _, err := ParsePyTorch(damaged); !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want ErrCorrupt", err)
	}
}
