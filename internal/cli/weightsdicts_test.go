package cli

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// smallTwin is the network of testdata/twin/dicts.py.
var smallTwin = unet.Config{Size: 8, Channels: 1, Base: 4, Multipliers: []int{1}, Blocks: 1}

// dictFiles unpacks what dicts.py wrote into a folder and returns the paths by their names. Those of which only the
// names and values of the tensors were kept become safetensors files.
func dictFiles(t *testing.T) map[string]string {
	t.Helper()
	packed, err := os.Open("testdata/twin/dicts.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	dir, files := t.TempDir(), map[string]string{}
	for archive := tar.NewReader(bzip2.NewReader(packed)); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return files
		}
		text, more := io.ReadAll(archive)
		if err = errors.Join(err, more); err != nil {
			t.Fatal(err)
		}
		if name, isFile := strings.CutSuffix(h.Name, ".pt"); isFile {
			files[name] = filepath.Join(dir, h.Name)
			if err := os.WriteFile(files[name], text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		var named map[string]map[string]float32
		if err := json.Unmarshal(text, &named); err != nil {
			t.Fatal(err)
		}
		for name, values := range named {
			files[name] = filepath.Join(dir, name+".safetensors")
			if err := (weights.File{Tensors: constants(t, values)}).WriteFile(files[name]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// wrapping removes the names that PyTorch puts between those of modules.
var wrapping = strings.NewReplacer("_orig_mod.", "", "_fsdp_wrapped_module.", "", "_checkpoint_wrapped_module.", "")

// constants are tensors of one value each, of the shape of the parameter whose name theirs ends with.
func constants(t *testing.T, values map[string]float32) (list []weights.Tensor) {
	t.Helper()
	for name, value := range values {
		shape := []int{}
		longest := 0
		for _, v := range unet.Variables(smallTwin) {
			twin := v.Twin.Name
			if bare := strings.ReplaceAll(wrapping.Replace(name), ".",
				""); !strings.HasSuffix(bare, strings.ReplaceAll(twin, ".", "")) || len(twin) <= longest {
				continue
			}
			longest, shape = len(twin), make([]int, len(v.Shape))
			for ours, theirs := range v.Twin.Axes {
				shape[theirs] = v.Shape[ours]
			}
			shape[0] *= v.Twin.Parts
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		list = append(list, float32s(name, slices.Repeat([]float32{value}, n), shape))
	}
	return list
}

func float32s(name string, values []float32, shape []int) weights.Tensor {
	t := weights.Tensor{Name: name, DType: dtypes.Float32, Shape: shape}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(v))
	}
	return t
}

// TestImportTakesAverages: of what training programs save, the parameters and their average become just that. All
// values of the k-th parameter are k/64, those of its average 1 + k/64.
func TestImportTakesAverages(t *testing.T) {
	withPreset(t, "small", smallTwin)
	files := dictFiles(t)
	if len(files) < 35 {
		t.Fatalf("%d files", len(files))
	}
	plain := weightsOf(t, files["plain-dict"])
	dir := t.TempDir()
	for name, file := range files {
		kind, _, _ := strings.Cut(name, "-")
		runDir := filepath.Join(dir, name)
		args := []string{"weights", "import", file, "--preset", "small", "--dataset", "folder:" + dir, "--out", runDir}
		if kind == "refused" {
			text := mustRun(t, exitFailed, args...)
			if strings.Count(text, "\n") != 1 || !strings.Contains(text, "different architecture") {
				t.Errorf("%s: refused by %q", name, text)
			}
			if _, err := os.Stat(runDir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s left a run", name)
			}
			continue
		}
		said := mustRun(t, exitDone, args...)
		c, _, err := weights.Latest(run.Dir(runDir).Checkpoints())
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := run.Dir(runDir).Config()
		if err != nil {
			t.Fatal(err)
		}
		plus := map[string]float32{"plain": 0, "both": 0, "average": 1}[kind]
		for _, tensor := range c.Tensors {
			if got, want := first(t, tensor), plain[tensor.Name]+plus; got != want {
				t.Fatalf("%s: %s is %g, want %g (%s)", name, tensor.Name, got, want, said)
			}
		}
		if kind == "plain" {
			if c.EMA != nil || cfg.EMA != 0 || !strings.Contains(said, "average: none in the file") {
				t.Errorf("%s: %d averages of decay %g, and it says %s", name, len(c.EMA), cfg.EMA, said)
			}
			continue
		}
		if len(c.EMA) != len(c.Tensors) || cfg.EMA == 0 {
			t.Errorf("%s: %d averages of decay %g", name, len(c.EMA), cfg.EMA)
		}
		for _, tensor := range c.EMA {
			if got, want := first(t, tensor), plain[tensor.Name]+1; got != want {
				t.Fatalf("%s: the average of %s is %g, want %g (%s)", name, tensor.Name, got, want, said)
			}
		}
	}
}

// weightsOf are the values of a network in a file of a plain state dictionary, by amgen's names.
func weightsOf(t *testing.T, file string) map[string]float32 {
	t.Helper()
	list, _, err := weights.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]float32{}
	for _, tensor := range list.Tensors {
		theirs[tensor.Name] = first(t, tensor)
	}
	ours := map[string]float32{}
	for _, v := range unet.Variables(smallTwin) {
		value, ok := theirs[v.Twin.Name]
		if !ok {
			t.Fatalf("no %s", v.Twin.Name)
		}
		ours["/"+unet.Scope+"/"+v.Name] = value
	}
	return ours
}

// first is the value that all elements of a tensor must have.
func first(t *testing.T, tensor weights.Tensor) float32 {
	t.Helper()
	values, err := tensor.Values()
	if err != nil {
		t.Fatal(err)
	}
	n, first := 0, 0.0
	for v := range values {
		if n++; n == 1 {
			first = v
		} else if v != first {
			t.Fatalf("%s has %g and %g", tensor.Name, first, v)
		}
	}
	return float32(first)
}

// TestImportSaysWhatIsLeftOut: what became neither parameters nor average is named, by import and by inspect of the
// run.
func TestImportSaysWhatIsLeftOut(t *testing.T) {
	withPreset(t, "small", smallTwin)
	files := dictFiles(t)
	dir := t.TempDir()
	for name, says := range map[string][]string{
		"both-score_sde": {"tensors under model.module.", "tensors under ema.shadow_params.",
			"tensors under optimizer."},
		"both-timm": {"tensors under state_dict.", "tensors under state_dict_ema.",
			"args (an object of class argparse.Namespace)"},
		"plain-best":         {"tensors under model.", "tensors under best_model."},
		"plain-collected":    {"tensors under collected_params."},
		"both-shadow-dict":   {"tensors under ema.shadow.", "tensors under ema.backup."},
		"plain-adam-by-name": {"tensors under optimizer."},
	} {
		runDir := filepath.Join(dir, name)
		said := mustRun(t, exitDone, "weights", "import", files[name], "--preset", "small", "--dataset", "folder:"+dir,
			"--out", runDir)
		inspected := printed(t, "weights", "inspect", runDir)
		for _, want := range says {
			if !strings.Contains(said, want) || !strings.Contains(inspected, want) {
				t.Errorf("%s: neither %q nor, of inspect, %.600q says %q", name, said, inspected, want)
			}
		}
	}
	for name, want := range map[string][]string{"both-timm": {"args (an object of class argparse.Namespace)",
		"state_dict.", "state_dict_ema. (average)"}} {
		text := printed(t, "weights", "inspect", files[name])
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("inspect of %s says %.600q, want %q", name, text, want)
			}
		}
	}
	for name, want := range map[string]string{"refused-prefix": "under state_dict.",
		"refused-module": "a whole module of class torch.nn.modules.linear.Linear"} {
		text := mustRun(t, exitFailed, "weights", "import", files[name], "--preset", "small", "--dataset",
			"folder:"+dir, "--out", filepath.Join(dir, name))
		if !strings.Contains(text, want) {
			t.Errorf("%s says %q, want %q", name, text, want)
		}
	}
}

// printed runs amgen and returns what it prints on stdout.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := execute(t.Context(), args, term.Streams{Out: &out, Err: &errs}); code != exitDone {
		t.Fatalf("amgen %v: exit code %d: %s", args, code, &errs)
	}
	return out.String()
}
