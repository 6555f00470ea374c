package train_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/train"
)

// trainMoons trains a small run with power-function averages of some lengths.
func trainMoons(t *testing.T, dir string, steps int, resume bool, lengths ...float64) {
	t.Helper()
	cfg, err := run.Preset("moons", "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Steps, cfg.Batch, cfg.SampleEvery, cfg.Warmup, cfg.LRDecay = steps, 32, 0, 5, "constant"
	cfg.CheckpointEvery, cfg.KeepCheckpoints, cfg.PowerAverages = 20, 100, lengths
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := train.Train(t.Context(), plan, run.Dir(dir), train.Options{Resume: resume}); err != nil {
		t.Fatal(err)
	}
}

// drawn are points of a run by an average, and what the run hashes of it.
func drawn(t *testing.T, dir string, o run.Options) (points []float32, identity string) {
	t.Helper()
	r, err := run.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	solver := solve.Heun{Steps: 10}
	samples, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 200, Solver: solver}))
	if err != nil {
		t.Fatal(err)
	}
	if identity, err = r.Identity(solver, 0, 200); err != nil {
		t.Fatal(err)
	}
	return samples.X, identity
}

func apart(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]-b[i]) * float64(a[i]-b[i])
	}
	return math.Sqrt(sum / float64(len(a)))
}

// An average that is fitted from the checkpoints of two others draws what the same training draws by one that it kept.
func TestFittedAverage(t *testing.T) {
	dir := t.TempDir()
	two, one, none := filepath.Join(dir, "two"), filepath.Join(dir, "one"), filepath.Join(dir, "none")
	trainMoons(t, two, 160, false, 0.05, 0.1)
	trainMoons(t, one, 160, false, 0.07)
	trainMoons(t, none, 160, false)
	kept, _ := drawn(t, one, run.Options{Average: 0.07})
	fitted, identity := drawn(t, two, run.Options{Average: 0.07})
	raw, _ := drawn(t, two, run.Options{Raw: true})
	// The profiles differ by 1 %, and the parameters of the last steps by all that training changes.
	if near, far := apart(kept, fitted), apart(kept, raw); !(near <= 0.05*far) {
		t.Errorf("the fitted average draws points %.3g from those of the one kept, the parameters %.3g", near, far)
	}
	for _, o := range []run.Options{{}, {Raw: true}} {
		with, _ := drawn(t, two, o)
		without, _ := drawn(t, none, o)
		if !cmp.Equal(with, without) {
			t.Errorf("%+v: other points with power-function averages than without", o)
		}
	}
	if err := os.RemoveAll(filepath.Join(two, "checkpoints", "step-000100")); err != nil {
		t.Fatal(err)
	}
	if _, fewer := drawn(t, two, run.Options{Average: 0.07}); fewer == identity {
		t.Error("the identity of samples doesn't tell that a checkpoint is gone")
	}
	for _, test := range []struct {
		dir   string
		o     run.Options
		words string
	}{
		{none, run.Options{Average: 0.07}, "power_averages"},
		{two, run.Options{Average: 0.07, Raw: true}, "one of them"},
		{two, run.Options{Average: 0.5}, "below 0.2886"},
		{two, run.Options{Average: 0.001}, "nearer"},
	} {
		if _, err := run.Open(t.Context(), test.dir, test.o); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%+v: err %v, want one that mentions %q", test.o, err, test.words)
		}
	}
}

// A run that stopped goes on with its averages, to the same bits.
func TestAveragesResume(t *testing.T) {
	dir := t.TempDir()
	once, twice := filepath.Join(dir, "once"), filepath.Join(dir, "twice")
	trainMoons(t, once, 60, false, 0.05, 0.1)
	trainMoons(t, twice, 40, false, 0.05, 0.1)
	trainMoons(t, twice, 60, true, 0.05, 0.1)
	for _, file := range []string{"state.safetensors", "ema.safetensors"} {
		var texts [2][]byte
		for i, run := range []string{once, twice} {
			text, err := os.ReadFile(filepath.Join(run, "checkpoints", "step-000060", file))
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = text
		}
		if !cmp.Equal(texts[0], texts[1]) {
			t.Errorf("%s differs after a resume", file)
		}
	}
}
