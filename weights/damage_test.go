package weights

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/damage"
)

// readTensorsOf is a reader that tells the tensors and the metadata.
func readTensorsOf(data []byte) (any, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

func ramp(name string, values int) Tensor {
	t := Tensor{Name: name, DType: dtypes.Float32, Shape: []int{values / 2, 2}}
	for i := range values {
		t.Data = binary.LittleEndian.AppendUint32(t.Data, uint32(0x3f800000+i<<12))
	}
	return t
}

// TestDamagedSafetensors: what amgen wrote carries a hash of everything; of others' files only the header can be
// checked.
func TestDamagedSafetensors(t *testing.T) {
	var ours bytes.Buffer
	file := File{Metadata: map[string]string{"preset": "tiny", "step": "7"},
		Tensors: []Tensor{ramp("/unet/b", 6), ramp("/unet/a", 16)}}
	if _, err := file.WriteTo(&ours); err != nil {
		t.Fatal(err)
	}
	damage.File{Name: "safetensors of amgen", Data: ours.Bytes(), Read: readTensorsOf}.Check(t)
	ours.Reset()
	if _, err := (File{Tensors: []Tensor{ramp("/unet/a", 1<<18)}}).WriteTo(&ours); err != nil {
		t.Fatal(err)
	}
	damage.File{Name: "a larger one", Data: ours.Bytes(), Read: readTensorsOf, Trials: 150}.Check(t)

	theirs := raw(`{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[3],"data_offsets":[16,28]}}`, "0123456789abcdefghijklmnopqr")
	// Names, types and shapes of a header may change into others that fit as well.
	damage.File{Name: "safetensors of others", Data: theirs, Read: readTensorsOf,
		Open: func(int) bool { return true }}.Check(t)
}

// TestDamagedCheckpoint damages each file of a checkpoint.
func TestDamagedCheckpoint(t *testing.T) {
	path, _, err := Save(t.TempDir(), State{
		Meta:    Meta{Step: 7, Position: 7, Preset: "tiny", Architecture: []byte(`{"base":16}`)},
		Tensors: []Tensor{ramp("/unet/a", 8)}, EMA: []Tensor{ramp("/unet/a", 8)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{manifestFile, stateFile, emaFile} {
		file := filepath.Join(path, name)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		damage.File{Name: "checkpoint, " + name, Data: whole, Read: func(data []byte) (any, error) {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			return Load(path)
		}}.Check(t)
		if err := os.WriteFile(file, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedPyTorch: the archive has checksums, the older stream none.
func TestDamagedPyTorch(t *testing.T) {
	for name, open := range map[string]func(int) bool{"archive.pth": nil,
		"stream.pth": func(int) bool { return true }} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		damage.File{Name: "PyTorch " + name, Data: data, Open: open,
			Read: func(data []byte) (any, error) { return ParsePyTorch(data) }}.Check(t)
	}
}
