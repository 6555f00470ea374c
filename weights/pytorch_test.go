package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// floats are the float32 values of a tensor.
func floats(t Tensor) []float32 {
	out := make([]float32, len(t.Data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return out
}

// TestParsePyTorch reads what testdata/pytorch.py wrote: base[i, j, k] = (12i + 4j + k)/8.
func TestParsePyTorch(t *testing.T) {
	for _, file := range []string{"stream.pth", "archive.pth"} {
		t.Run(file, func(t *testing.T) {
			list, err := ReadPyTorchFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]Tensor{}
			var names []string
			for _, tensor := range list {
				got[tensor.Name] = tensor
				names = append(names, tensor.String())
			}
			want := []string{"bn.num_batches_tracked Int64[]", "conv.part Float32[3 2]", "conv.same Float32[2 3 4]",
				"conv.transposed Float32[4 2 3]", "conv.weight Float32[2 3 4]", "double Float64[1 1]",
				"empty Float32[0 3]",
				"half Float16[3]", "mask Bool[2]", "parameter Float32[1]"}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Error(diff)
			}
			var whole, transposed, part []float32
			for i := range 2 {
				for j := range 3 {
					for k := range 4 {
						whole = append(whole, float32(12*i+4*j+k)/8)
					}
				}
			}
			for k := range 4 {
				for i := range 2 {
					for j := range 3 {
						transposed = append(transposed, float32(12*i+4*j+k)/8)
					}
				}
			}
			for j := range 3 {
				for k := 1; k < 3; k++ {
					part = append(part, float32(12+4*j+k)/8)
				}
			}
			for name, values := range map[string][]float32{"conv.weight": whole, "conv.same": whole,
				"conv.transposed": transposed, "conv.part": part, "parameter": {0.25}, "empty": {}} {
				if diff := cmp.Diff(values, floats(got[name])); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			if n := binary.LittleEndian.Uint64(got["bn.num_batches_tracked"].Data); n != 7 {
				t.Errorf("tracked batches %d, want 7", n)
			}
			if diff := cmp.Diff([]byte{0x00, 0x3e, 0x00, 0xc0, 0xff, 0x7b}, got["half"].Data); diff != "" {
				t.Error(diff)
			}
			if v := math.Float64frombits(binary.LittleEndian.Uint64(got["double"].Data)); v != 1e300 {
				t.Errorf("double %g, want 1e300", v)
			}
		})
	}
}

// TestParsePyTorchNested: tensors inside containers have the names of the containers; numbers and texts are no tensors.
func TestParsePyTorchNested(t *testing.T) {
	list, err := ReadPyTorchFile(filepath.Join("testdata", "nested.pth"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]float32{}
	for _, tensor := range list {
		got[tensor.Name] = floats(tensor)
	}
	want := map[string][]float32{"model.module.weight": {0, 1}, "ema.shadow_params.0": {1, 2},
		"optim.state.0.step": {3}, "optim.state.0.exp_avg": {0, 0.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPyTorchRefuses: a file with more than tensors, or less than all of them, is an error of one line that says why.
func TestPyTorchRefuses(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	stream, archive := read("stream.pth"), read("archive.pth")
	changed := bytes.Clone(archive)
	changed[bytes.Index(changed, []byte("\x00\x00\x00\x3e\x00\x00\x80\x3e"))] ^= 1 // 1/8, 1/4: inside conv.weight
	for _, test := range []struct {
		name, says string
		data       []byte
	}{
		{name: "empty", says: "begin", data: nil},
		{name: "a page", says: "begin", data: []byte("<html>sign in first</html>")},
		{name: "a stranger's class", says: "print", data: read("stranger.pth")},
		{name: "truncated stream", says: "storage", data: stream[:len(stream)-10]},
		{name: "truncated dictionary", says: "without an end", data: stream[:300]},
		{name: "longer stream", says: "follow", data: append(bytes.Clone(stream), 0)},
		{name: "truncated archive", says: "zip", data: archive[:len(archive)/2]},
		{name: "changed archive", says: "checksum", data: changed},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParsePyTorch(test.data)
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), test.says) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line of ErrCorrupt that says %q", err, test.says)
			}
		})
	}
}

// FuzzPyTorch: no file makes the reader panic, hang or take memory out of proportion.
func FuzzPyTorch(f *testing.F) {
	for _, name := range []string{"stream.pth", "archive.pth", "stranger.pth", "nested.pth"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParsePyTorch(data)
		if err != nil {
			if errors.Is(err, ErrCorrupt) == errors.Is(err, ErrUnsupported) ||
				strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error %q isn't one line of ErrCorrupt or ErrUnsupported", err)
			}
			return
		}
		total := 0
		for _, tensor := range list {
			if err := tensor.check(); err != nil {
				t.Fatal(err)
			}
			total += len(tensor.Data)
		}
		if total > torchCopies*len(data) {
			t.Fatalf("%d bytes of tensors in a file of %d", total, len(data))
		}
	})
}
