package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tensorGen draws a tensor of any stored type, empty ones and scalars included.
func tensorGen(name string) *rapid.Generator[Tensor] {
	return rapid.Custom(func(t *rapid.T) Tensor {
		kind := storedTypes[rapid.IntRange(0, len(storedTypes)-1).Draw(t, "type")]
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n, _ := elements(shape)
		element := rapid.Byte()
		if kind.dtype == dtypes.Bool {
			element = rapid.ByteRange(0, 1)
		}
		data := rapid.SliceOfN(element, n*kind.size, n*kind.size).Draw(t, "data")
		return Tensor{Name: name, DType: kind.dtype, Shape: shape, Data: data}
	})
}

func listGen() *rapid.Generator[[]Tensor] {
	return rapid.Custom(func(t *rapid.T) []Tensor {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`/[a-z#"\\é<&]{1,8}(/[a-z]{1,3})?`), 0, 6,
			rapid.ID).Draw(t, "names")
		list := []Tensor{}
		for _, name := range names {
			list = append(list, tensorGen(name).Draw(t, "tensor"))
		}
		return list
	})
}

// TestRoundTripBits: what is written comes back bit for bit, NaN payloads and all, for every type.
func TestRoundTripBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := listGen().Draw(t, "list")
		metadata := rapid.MapOf(rapid.StringN(0, 8, 16), rapid.StringN(0, 8, 16)).Draw(t, "metadata")
		var buf bytes.Buffer
		n, err := File{metadata, list}.WriteTo(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if n != int64(buf.Len()) {
			t.Fatalf("WriteTo says %d bytes, wrote %d", n, buf.Len())
		}
		got, err := Read(bytes.NewReader(buf.Bytes()), n)
		if err != nil {
			t.Fatal(err)
		}
		want, err := sorted(list)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Tensors); diff != "" {
			t.Fatalf("tensors (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(metadata, got.Metadata); diff != "" {
			t.Fatalf("metadata (-want +got):\n%s", diff)
		}
	})
}

// raw builds a safetensors file from a header and data as they stand.
func raw(header string, data string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

// TestReadForeign reads what the format's reference documentation describes, without amgen's keys.
func TestReadForeign(t *testing.T) {
	header := `{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]}}  `
	data := raw(header, "\x00\x00\x80\x3f\x00\x00\x00\x40\x01")
	got, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := File{
		Metadata: map[string]string{"format": "pt"},
		Tensors: []Tensor{
			{"a", dtypes.Bool, []int{}, []byte{1}},
			{"b", dtypes.Float32, []int{2}, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}}, // 1, 2
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHeaderLies: every lie is ErrCorrupt, and none makes Read take memory for its claim.
func TestHeaderLies(t *testing.T) {
	tests := map[string][]byte{
		"empty":         {},
		"short":         []byte("1234567"),
		"length beyond": raw("{}", "")[:9],
		"length 2^63":   append(binary.LittleEndian.AppendUint64(nil, 1<<63), "{}"...),
		"length max":    append(binary.LittleEndian.AppendUint64(nil, 1<<64-1), "{}"...),
		"length zero":   append(make([]byte, 8), "{}"...),
		"no object":     raw(`[]`, ""),
		"leading space": raw(` {}`, ""),
		"two objects":   raw(`{}{}`, ""),
		"unclosed":      raw(`{"a":`, ""),
		"deep":          raw(`{"a":`+strings.Repeat("[", 10000), ""),
		"rest":          raw(`{}`, "x"),
		"2^60 elements": raw(`{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}`, "1234"),
		"2^62 offsets": raw(
			`{"a":{"dtype":"U8","shape":[4611686018427387904],"data_offsets":[0,4611686018427387904]}}`, "1234"),
		"overflow to zero": raw(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""),
		"overflow to four": raw(
			`{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}`, "1234"),
		"negative size":    raw(`{"a":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}`, "1"),
		"negative offset":  raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, ""),
		"float size":       raw(`{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, "1"),
		"end before begin": raw(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}`, "1"),
		"overlap": raw(
			`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`,
			"123"),
		"same place": raw(
			`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`,
			"1"),
		"gap":              raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "12"),
		"beyond the end":   raw(`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`, "12"),
		"wrong length":     raw(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234"),
		"odd length":       raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}}`, "12345"),
		"unknown type":     raw(`{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}`, "1"),
		"unknown property": raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, "1"),
		"property twice":   raw(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "1"),
		"no shape":         raw(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, "1"),
		"one offset":       raw(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}`, ""),
		"three offsets":    raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}`, "1"),
		"name twice": raw(
			`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`,
			"12"),
		"rank 33": raw(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("1,", 32)+`1],"data_offsets":[0,1]}}`,
			"1"),
		"null shape":        raw(`{"a":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}`, "1"),
		"metadata number":   raw(`{"__metadata__":{"a":1}}`, ""),
		"metadata twice":    raw(`{"__metadata__":{"a":"1","a":"2"}}`, ""),
		"bool of 2":         raw(`{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, "\x02"),
		"hash without file": raw(`{"__metadata__":{"amgen.sha256":"00"}}`, ""),
		"file without hash": raw(`{"__metadata__":{"amgen.format":"amgen-safetensors-1"}}`, ""),
		"future format":     raw(`{"__metadata__":{"amgen.format":"amgen-safetensors-2"}}`, ""),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(bytes.NewReader(data), int64(len(data)))
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v, want ErrCorrupt", err)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			// Generous for the JSON decoder's buffers, and far below any of the claims.
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
				t.Errorf("took %d bytes for a file of %d", taken, len(data))
			}
		})
	}
}

// TestTruncatedStream: the size was right when asked for, but the bytes end early.
func TestTruncatedStream(t *testing.T) {
	var buf bytes.Buffer
	if _, err := sampleFile().WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	for n := range buf.Len() {
		if _, err := Read(bytes.NewReader(buf.Bytes()[:n]), int64(buf.Len())); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: error %v, want ErrCorrupt", n, buf.Len(), err)
		}
	}
}

func sampleFile() File {
	return File{
		Metadata: map[string]string{"preset": "tiny"},
		Tensors: []Tensor{
			{"/unet/w", dtypes.Float32, []int{2, 3}, bytes.Repeat([]byte{0, 0, 0x80, 0x3f}, 6)},
			{"/unet/mask", dtypes.Bool, []int{3}, []byte{0, 1, 1}},
			{"/global_step", dtypes.Int64, []int{}, []byte{44, 1, 0, 0, 0, 0, 0, 0}},
		},
	}
}

// TestEveryBitAndTruncation flips every bit of a small file in turn, and cuts it at every length: an
// error or an identical result, never a panic.
func TestEveryBitAndTruncation(t *testing.T) {
	var buf bytes.Buffer
	if _, err := sampleFile().WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	good := buf.Bytes()
	want, err := Read(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	errorsSeen := 0
	try := func(what string, data []byte) {
		got, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			errorsSeen++
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s is read without an error, but differs:\n%s", what, diff)
		}
	}
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			try(fmt.Sprintf("bit %d of byte %d", bit, i), bad)
		}
		try(fmt.Sprintf("truncation at %d", i), good[:i])
	}
	if errorsSeen < 8*len(good) { // spaces of the padding may change into other white space, little else
		t.Errorf("only %d of %d damages noticed", errorsSeen, 9*len(good))
	}
}

func TestWriteRefusals(t *testing.T) {
	one := Tensor{"a", dtypes.Uint8, []int{1}, []byte{1}}
	tests := map[string]File{
		"name twice":    {nil, []Tensor{one, one}},
		"short data":    {nil, []Tensor{{"a", dtypes.Float32, []int{1}, []byte{1}}}},
		"unknown type":  {nil, []Tensor{{"a", dtypes.Complex64, []int{1}, make([]byte, 8)}}},
		"reserved name": {nil, []Tensor{{metadataKey, dtypes.Uint8, []int{1}, []byte{1}}}},
		"bad UTF-8":     {nil, []Tensor{{"\xff", dtypes.Uint8, []int{1}, []byte{1}}}},
		"bad metadata":  {map[string]string{"a": "\xff"}, nil},
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.safetensors")
			if err := f.WriteFile(path); err == nil {
				t.Error("no error")
			}
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

func TestFileOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	want := sampleFile()
	if err := want.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want.Tensors, err = sorted(want.Tensors); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := ReadFile(filepath.Dir(path)); err == nil {
		t.Error("a folder was read as a file")
	}
	if _, err := ReadFile(path + ".no"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func FuzzSafetensors(f *testing.F) {
	var buf bytes.Buffer
	if _, err := sampleFile().WriteTo(&buf); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add(raw(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, ""))
	f.Add(raw(`{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}}`, "1234\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		// What was accepted can be written and means the same when read again.
		var out bytes.Buffer
		if _, err := file.WriteTo(&out); err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(file.Tensors, again.Tensors); diff != "" {
			t.Fatal(diff)
		}
	})
}
