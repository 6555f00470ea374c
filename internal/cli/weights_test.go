package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/cli/term"
	cliweights "github.com/amgen/amgen/internal/cli/weights"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// withPreset adds a network to the presets.
func withPreset(t *testing.T, name string, net unet.Config) {
	t.Helper()
	unet.Presets[name] = net
	t.Cleanup(func() { delete(unet.Presets, name) })
}

// withTwinPreset adds the network of testdata/twin/twin.py.
func withTwinPreset(t *testing.T) {
	t.Helper()
	withPreset(t, "twin", unet.Config{Size: 8, Channels: 1, Base: 4, Multipliers: []int{1, 2}, Blocks: 1,
		Attention: []int{4}})
}

// TestImportFromPyTorch: the network that twin.py trained computes here what it computed there, in the action, its
// gradient and the images that follow, from either format of torch.save, by way of a run directory.
func TestImportFromPyTorch(t *testing.T) {
	withTwinPreset(t)
	for _, file := range []string{"archive.pt", "stream.pt"} {
		importsAs(t, "testdata/twin/"+file, "twin", "testdata/twin/want.pt")
	}
}

// TestImportOfAuthors: the action network of action-matching-pytorch computes here what its code computed there of the
// same parameters, from all that its training saves, of which the averages are meant. The parameters are those of
// authors.py.
func TestImportOfAuthors(t *testing.T) {
	net := unet.Config{Size: 8, Channels: 1, Base: 32, Multipliers: []int{1, 2}, Blocks: 1, Attention: []int{4}}
	withPreset(t, "authors", net)
	net.Convention = unet.Authors
	file := weights.File{Tensors: []weights.Tensor{{Name: "optim.state.0.exp_avg", DType: dtypes.Float32,
		Shape: []int{1}, Data: make([]byte, 4)}}}
	number := -1
	last := ""
	for _, v := range unet.Variables(net) {
		shape := make([]int, len(v.Shape)) // there
		for ours, theirs := range v.Twin.Axes {
			shape[theirs] = v.Shape[ours]
		}
		if number++; v.Twin.Name == last || v.Twin.Parts != 1 {
			t.Fatalf("%s isn't a parameter of its own", v.Twin.Name)
		}
		last = v.Twin.Name
		size, widest := 1, 1
		for _, d := range shape {
			size, widest = size*d, max(widest, d)
		}
		var raw, average []byte
		for i := range size {
			_, u := math.Modf(math.Abs(math.Sin(float64(i)*12.9898+float64(number+1)*78.233)) * 43758.5453)
			w := float32((u - 0.5) / math.Sqrt(max(1, float64(size)/float64(widest))))
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(w))
			average = binary.LittleEndian.AppendUint32(average, math.Float32bits(2*w))
		}
		file.Tensors = append(file.Tensors, weights.Tensor{Name: "model.module." + v.Twin.Name, DType: dtypes.Float32,
			Shape: shape, Data: raw},
			weights.Tensor{Name: fmt.Sprint("ema.shadow_params.", number), DType: dtypes.Float32, Shape: shape,
				Data: average})
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "all.safetensors")
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	importsAs(t, path, "authors", "testdata/twin/authors.pt")

	file.Tensors = file.Tensors[:len(file.Tensors)-1] // an average is missing
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	text := mustRun(t, exitFailed, "weights", "import", path, "--preset", "authors", "--dataset", "folder:"+dir,
		"--out", filepath.Join(dir, "run"))
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, "averages") ||
		run.Dir(filepath.Join(dir, "run")).HoldsRun() {
		t.Errorf("refused by %q", text)
	}
}

// importsAs imports a file as the network of a preset and compares what it makes with a file that its program in
// PyTorch wrote: the action s at t and x, its gradient dx, and the images of four steps of Euler's method.
func importsAs(t *testing.T, file, preset, wants string) {
	t.Helper()
	list, err := weights.ReadPyTorchFile(wants)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*tensors.Tensor{}
	for _, w := range list {
		if want[w.Name], err = w.GoMLX(); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := run.OpenEngine(engine.Auto, 1, term.Streams{Err: io.Discard}.Loading())
	if err != nil {
		t.Fatal(err)
	}
	backend := opened.Backend
	defer backend.Finalize()
	runDir := filepath.Join(t.TempDir(), "run")
	mustRun(t, exitDone, "weights", "import", file, "--preset", preset, "--dataset", "folder:"+t.TempDir(), "--out",
		runDir)
	trained, err := run.Find(t.Context(), runDir, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	vars, _, err := trained.Plan.Parameters(trained.Dir, run.Latest, false, run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	model := trained.Plan.Model.Action
	exec := mlcontext.MustNewExec(backend, vars, func(ctx *mlcontext.Context, at, x *graph.Node) (s, v *graph.Node) {
		x = graph.Identity(x)
		s = model(ctx, at, x)
		return s, graph.Gradient(graph.ReduceAllSum(s), x)[0]
	})
	s, dx := exec.MustExec2(want["t"], want["x"])
	near(t, file+" s", s, want["s"])
	near(t, file+" ∇s", dx, want["dx"])
	sampler, err := flows.NewSampler(backend, vars, trained.Plan.Model)
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Finalize()
	drawn, err := sampler.Follow(t.Context(), solve.Euler{Steps: 4}, want["x"], 0, 1, flows.FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer drawn.Finalize()
	near(t, file+" images", drawn.X, want["euler"])
}

// near compares to 1e-3; the values are of order 1 (actions of 100), and both sides sum in float32.
func near(t *testing.T, what string, got, want *tensors.Tensor) {
	t.Helper()
	a, b := tensors.MustCopyFlatData[float32](got), tensors.MustCopyFlatData[float32](want)
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%s: %d numbers, want %d", what, len(a), len(b))
	}
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i]-b[i])))
	}
	if !(worst <= 1e-3) {
		t.Errorf("%s: off by %g", what, worst)
	}
	t.Logf("%s: off by %.2g", what, worst)
}

// TestExportAndImport: what comes back in f32 samples the same bits, in bf16 nearly, in either case without a flag.
func TestExportAndImport(t *testing.T) {
	dir := t.TempDir()
	pictures, runDir := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 4)
	mustRun(t, exitDone, trainArgs(pictures, runDir, "8")...)
	sample := func(of string, raw ...string) []byte {
		out := filepath.Join(t.TempDir(), "samples.npy")
		mustRun(t, exitDone, append([]string{"sample", "--run", of, "-n", "2", "--solver", "euler", "--steps", "3",
			"-o", out}, raw...)...)
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	whole := sample(runDir)
	for _, c := range []struct {
		name  string
		flags []string
		want  []byte
	}{
		{"f32", nil, whole},
		{"raw", []string{"--raw"}, sample(runDir, "--raw")},
		{"bf16", []string{"--dtype", "bf16"}, whole},
	} {
		file, back := filepath.Join(dir, c.name+".safetensors"), filepath.Join(dir, c.name)
		mustRun(t, exitDone, append([]string{"weights", "export", "--run", runDir, "-o", file}, c.flags...)...)
		mustRun(t, exitDone, "weights", "import", file, "--out", back)
		got := sample(back)
		if c.name != "bf16" {
			if !bytes.Equal(got, c.want) {
				t.Errorf("%s: other samples than those of the run", c.name)
			}
		} else if worst := farthest(got, c.want); worst == 0 || worst > 0.05 {
			// Relative errors of 2⁻⁹ in the weights; the samples are of order 1.
			t.Errorf("bf16: samples are off by %g, want it small but not zero", worst)
		}
		var r cliweights.Report
		err := json.Unmarshal([]byte(printed(t, "weights", "inspect", file, "--json")), &r)
		if err != nil || r.Preset != "tiny" || r.Metadata["step"] != "8" ||
			!strings.Contains(r.Config, "objective = 'am'") || r.Numbers != 275889 {
			t.Errorf("%s: inspect says %+v (%v)", c.name, r, err)
		}
		if text := mustRun(t, exitFailed, "train", "--resume", "--out", back, "--steps",
			"9"); !strings.Contains(text, "imported") {
			t.Errorf("resuming imported weights says %q", text)
		}
	}
	mustRun(t, exitDone, "weights", "list", "--verify", runDir, filepath.Join(dir, "f32"))
	file := filepath.Join(dir, "f32.safetensors")
	mustRun(t, exitUsage, "weights", "import", file, "--out", runDir)
	if text := mustRun(t, exitFailed, "weights", "import", file, "--preset", "mnist", "--out",
		filepath.Join(dir, "none")); !strings.Contains(text, "different architecture") {
		t.Errorf("another preset says %q", text)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".import-*")); len(left) > 0 ||
		run.Dir(filepath.Join(dir, "none")).HoldsRun() {
		t.Errorf("a refused import left %v", left)
	}
}

// TestImportFromElsewhere: what a run was trained on doesn't keep its weights from a machine that lacks it.
func TestImportFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	runDir, file := filepath.Join(dir, "run"), filepath.Join(dir, "w.safetensors")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--batch", "8", "--steps", "1", "--sample-every", "0", "--out",
		runDir)
	config := filepath.Join(runDir, run.ConfigName)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for was, now := range map[string]string{"backend = 'simd'": "backend = 'xla:cuda'",
		"precision = 'f32'": "precision = 'bf16'",
		"devices = 1":       "devices = 4", "accumulate = 1": "accumulate = 2"} {
		if !strings.Contains(string(text), was) {
			t.Fatalf("no %q in %s", was, text)
		}
		text = []byte(strings.Replace(string(text), was, now, 1))
	}
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, exitDone, "weights", "export", "--run", runDir, "-o", file)
	mustRun(t, exitDone, "weights", "import", file, "--out", filepath.Join(dir, "back"))
	mustRun(t, exitDone, "sample", "--run", filepath.Join(dir, "back"), "-n", "4", "--solver", "euler", "--steps", "1",
		"-o", filepath.Join(dir, "x.csv"))
	mustRun(t, exitDone, "bench", "estimators", "--run", runDir, "-n", "8")
}

// farthest is the largest difference of two .npy of float32 whose heads agree.
func farthest(a, b []byte) (worst float64) {
	const head = 128 // of a .npy with a short shape
	if len(a) != len(b) || !bytes.Equal(a[:head], b[:head]) {
		return math.Inf(1)
	}
	for i := head; i+4 <= len(a); i += 4 {
		x := math.Float32frombits(binary.LittleEndian.Uint32(a[i:]))
		y := math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))
		worst = max(worst, math.Abs(float64(x-y)))
	}
	return worst
}

// TestInspect prints a run, a checkpoint and a PyTorch file, as text and as JSON.
func TestInspect(t *testing.T) {
	var out, errs bytes.Buffer
	if code := execute(t.Context(), []string{"weights", "inspect", "testdata/twin/want.pt", "--json"},
		term.Streams{Out: &out, Err: &errs}); code != exitDone {
		t.Fatal(errs.String())
	}
	var r cliweights.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Format != "pytorch" || len(r.Tensors) != 5 || r.Tensors[3].Name != "t" || r.Tensors[3].Shape[0] != 3 {
		t.Fatalf("got %+v", r)
	}
	// ‖(0.1, 0.45, 0.9)‖ = √1.0225, in float32
	if got := *r.Tensors[3].Norm; math.Abs(got-math.Sqrt(1.0225)) > 1e-7 || math.Abs(*r.Tensors[3].Max-0.9) > 1e-7 {
		t.Errorf("norm %g and max %g of t", got, *r.Tensors[3].Max)
	}
	withTwinPreset(t)
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, exitDone, "weights", "import", "testdata/twin/stream.pt", "--preset", "twin", "--dataset",
		"folder:"+t.TempDir(), "--out", dir)
	for _, path := range []string{dir, filepath.Join(run.Dir(dir).Checkpoints(), "step-000000")} {
		out.Reset()
		if code := execute(t.Context(), []string{"weights", "inspect", path},
			term.Streams{Out: &out, Err: &errs}); code != exitDone {
			t.Fatal(errs.String())
		}
		for _, want := range []string{"preset: twin", "step: 0", "dropout = 0.0", "average: none in the file",
			"state /unet/input/weights", "3×3×1×4"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("inspect %s doesn't say %q:\n%.1500s", path, want, out.String())
			}
		}
		if strings.Contains(out.String(), "\nema /unet") { // the file has no average
			t.Errorf("inspect %s has an average:\n%.1500s", path, out.String())
		}
	}
}
