package weights

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/google/go-cmp/cmp"
)

// TestPythonReads: a reader in Python, which knows nothing but the format, finds what was written, in float32 and
// bfloat16.
func TestPythonReads(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	full := ramp("/unet/a", 6)
	half, err := ramp("/unet/b", 4).To(dtypes.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	file := File{Metadata: map[string]string{"preset": "tiny"}, Tensors: []Tensor{full, half}}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(python, "testdata/read.py", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Metadata map[string]string
		Tensors  map[string]struct {
			Shape  []int
			Values []float64
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Metadata["preset"] != "tiny" || len(got.Tensors) != 2 {
		t.Errorf("got %+v", got)
	}
	for _, want := range file.Tensors {
		values, err := floatsOf(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values, got.Tensors[want.Name].Values); diff != "" ||
			cmp.Diff(want.Shape, got.Tensors[want.Name].Shape) != "" {
			t.Errorf("%s:\n%s", want.Name, diff)
		}
	}
}
