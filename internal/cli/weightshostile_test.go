package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/cli/term"
	cliweights "github.com/amgen/amgen/internal/cli/weights"
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
		text := refused(t, exitFailed, weights.File{Tensors: tensors}, "--preset", "twin", "--dataset",
			"folder:"+t.TempDir())
		if want := "1 values that aren't finite"; !strings.Contains(text, want) || !strings.Contains(text, "/unet/") {
			t.Errorf("%g: got %q, want %q and the tensor", broken, text, want)
		}
	}
}

// TestImportRefusesSteps that the name of no checkpoint has room for.
func TestImportRefusesSteps(t *testing.T) {
	file := weights.File{Tensors: twinTensors(t), Metadata: map[string]string{"step": fmt.Sprint(math.MaxInt64)}}
	if text := refused(t, exitFailed, file, "--preset", "twin", "--dataset",
		"folder:"+t.TempDir()); !strings.Contains(text, "checkpoint step") {
		t.Errorf("got %q", text)
	}
}

// TestImportOpensNothing that metadata name: neither a file nor, from the network, the embryos' cells. A run on
// snapshots comes back with the file that --dataset names.
func TestImportOpensNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("AMGEN_CACHE", filepath.Join(dir, "cache"))
	t.Setenv("AMGEN_OFFLINE", "1")
	cells, run, file := filepath.Join(dir, "cells.csv"), filepath.Join(dir, "run"), filepath.Join(dir, "x.safetensors")
	if err := os.WriteFile(cells, []byte("time,a,b\n10,0,1\n10,1,0\n20,2,3\n20,2.5,2\n30,4,5\n30,4.5,6\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "train", "--dataset", "snapshots:"+cells, "--steps", "1", "--batch", "2", "--sample-every",
		"0", "--out", run)
	mustRun(t, exitDone, "weights", "export", "--run", run, "-o", file)
	whole, err := weights.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for dataset, says := range map[string]string{"snapshots:" + cells: "snapshots:FILE",
		"snapshots:" + filepath.Join(dir, "none.csv"): "snapshots:FILE", "embryo": "embryo"} {
		other := whole
		other.Metadata = maps.Clone(whole.Metadata)
		other.Metadata["config"] = strings.Replace(whole.Metadata["config"], "snapshots:"+cells, dataset, 1)
		if text := refused(t, exitUsage, other); !strings.Contains(text, "pass --dataset "+says) {
			t.Errorf("%s: got %q", dataset, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "cache")); err == nil {
		t.Error("something was fetched")
	}
	back, points := filepath.Join(dir, "back"), filepath.Join(dir, "points.csv")
	mustRun(t, exitDone, "weights", "import", file, "--dataset", "snapshots:"+cells, "--out", back)
	mustRun(t, exitDone, "sample", "--run", back, "-n", "2", "--solver", "euler", "--steps", "1", "-o", points)
}

// TestImportBoundsMetadata: a key of TOML with many dots takes a hundred times its length, so a long text isn't parsed.
func TestImportBoundsMetadata(t *testing.T) {
	key := strings.Repeat("a.", 400_000) + "b"
	for _, metadata := range []map[string]string{{"config": key + " = 1"}, {"architecture": `"` + key + `"`}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text := refused(t, exitFailed, weights.File{Metadata: metadata, Tensors: twinTensors(t)}, "--preset", "twin",
			"--dataset", "folder:"+t.TempDir())
		runtime.ReadMemStats(&after)
		if !strings.Contains(text, "beyond the 65536") {
			t.Errorf("got %.200q", text)
		}
		// of which 20 are for writing and reading the file
		if memory := after.TotalAlloc - before.TotalAlloc; memory > 32<<20 {
			t.Errorf("%d kB of memory for a text of %d", memory>>10, len(key)>>10)
		}
	}
}

// TestInspectOfAStranger: nothing in a file controls the terminal or makes the table wider than a name may be, in what
// is printed and in errors; as JSON all is there.
func TestInspectOfAStranger(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	one := weights.Tensor{DType: dtypes.Uint8, Shape: []int{1}, Data: []byte{1}}
	flat := weights.Tensor{DType: dtypes.Uint8, Shape: append([]int{0}, slices.Repeat([]int{math.MaxInt}, 31)...),
		Name: "flat"}
	file := weights.File{Metadata: map[string]string{"\x1b]0;owned\a": "\x1b[2J" + long, "config": "a = '\x1b[31m'",
		"written_by": "\u009b31m", "preset": "\x1b[31m",
		"architecture": `"\u202e"`}, Tensors: []weights.Tensor{flat}}
	for i := range 200 {
		one.Name = fmt.Sprint(i, "\x1b[31m")
		file.Tensors = append(file.Tensors, one)
	}
	one.Name = long
	file.Tensors = append(file.Tensors, one)
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := execute(t.Context(), []string{"weights", "inspect", path},
		term.Streams{Out: &out, Err: &errs}); code != exitDone {
		t.Fatal(errs.String())
	}
	errs.WriteString(mustRun(t, exitFailed, "weights", "import", path, "--preset", "tiny", "--out", path+".run"))
	for _, text := range []string{out.String(), errs.String()} {
		for _, r := range text {
			if r != '\n' && !strconv.IsPrint(r) {
				t.Fatalf("%q is printed", r)
			}
		}
	}
	if n := out.Len(); n > 100_000 { // a line of 400 for each tensor at most
		t.Errorf("%d bytes are printed", n)
	}
	out.Reset()
	if code := execute(t.Context(), []string{"weights", "inspect", path, "--json"},
		term.Streams{Out: &out, Err: &errs}); code != exitDone {
		t.Fatal(errs.String())
	}
	var r cliweights.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Tensors[len(r.Tensors)-1].Name != long || r.Metadata["\x1b]0;owned\a"] != "\x1b[2J"+long {
		t.Error("the JSON isn't exact")
	}
}
