package cli

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// refused imports a file in vain and returns the one line that says why; no run is left.
func refused(t *testing.T, code int, file weights.File, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	path, out := filepath.Join(dir, "x.safetensors"), filepath.Join(dir, "run")
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	text := mustRun(t, code, append([]string{"weights", "import", path, "--out", out}, flags...)...)
	if strings.Count(text, "\n") != 1 {
		t.Errorf("refused in several lines: %q", text)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("a refused import left %v", left)
	}
	return text
}

// twinTensors are those of testdata/twin, of the preset twin.
func twinTensors(t *testing.T) []weights.Tensor {
	t.Helper()
	withTwinPreset(t)
	list, err := weights.ReadPyTorchFile("testdata/twin/stream.pt")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestImportRefusesNonFinite: a value that is none, or too large for float32, is said at once, not by the samples.
func TestImportRefusesNonFinite(t *testing.T) {
	list := twinTensors(t)
	for _, broken := range []float64{math.NaN(), math.Inf(-1), 1e300} {
		tensors := slices.Clone(list)
		x := &tensors[3]
		values, err := x.Values()
		if err != nil {
			t.Fatal(err)
		}
		x.DType, x.Data = dtypes.Float64, nil
		for v := range values {
			x.Data = binary.LittleEndian.AppendUint64(x.Data, math.Float64bits(v))
		}
		binary.LittleEndian.PutUint64(x.Data[8:], math.Float64bits(broken))
		text := refused(t, exitFailed, weights.File{Tensors: tensors}, "--preset", "twin", "--dataset", "folder:"+t.TempDir())
		if want := "1 values that aren't finite"; !strings.Contains(text, want) || !strings.Contains(text, "/unet/") {
			t.Errorf("%g: got %q, want %q and the tensor", broken, text, want)
		}
	}
}

// TestImportRefusesSteps that the name of no checkpoint has room for.
func TestImportRefusesSteps(t *testing.T) {
	file := weights.File{Tensors: twinTensors(t), Metadata: map[string]string{metaStep: fmt.Sprint(math.MaxInt64)}}
	if text := refused(t, exitFailed, file, "--preset", "twin", "--dataset", "folder:"+t.TempDir()); !strings.Contains(text, "checkpoint step") {
		t.Errorf("got %q", text)
	}
}
