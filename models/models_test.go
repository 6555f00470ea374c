package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/damage"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/weights"
)

// packed is the file of a small run on points, and the run.
func packed(t *testing.T) (path string, dir run.Dir) {
	t.Helper()
	dir = run.Dir(smallrun.Train(t, func(c *run.Config) { c.Hidden = []int{8, 8} }))
	p, err := dir.Pretrained(run.Latest, false, run.Output{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := Pack(p, Provenance{Minutes: 0.5, Hardware: "none", FID: &FID{Value: 3, Network: "raw"}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "small.safetensors")
	if err := file.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

// numbers are the values of tensors by their names.
func numbers(t *testing.T, list []weights.Tensor) map[string][]float64 {
	t.Helper()
	all := map[string][]float64{}
	for _, x := range list {
		values, err := x.Values()
		if err != nil {
			t.Fatal(err)
		}
		all[x.Name] = slices.Collect(values)
	}
	return all
}

// A packed model has the average of its run, rounded to 11 bits, and what the run tells of itself.
func TestPackKeepsTheAverage(t *testing.T) {
	path, dir := packed(t)
	m, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := weights.LatestEMA(dir.Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	was, now := numbers(t, c.EMA), numbers(t, m.Checkpoint.EMA)
	if len(was) != len(now) || len(was) == 0 {
		t.Fatalf("%d tensors became %d", len(was), len(now))
	}
	for name, values := range was {
		for i, v := range values {
			// Half of the last of 11 bits, or of the smallest number.
			if off := math.Abs(now[name][i] - v); !(off <= math.Max(math.Abs(v)*0x1p-11, 0x1p-25)) {
				t.Errorf("%s %d: %g became %g", name, i, v, now[name][i])
			}
		}
	}
	cfg, err := dir.Config()
	if err != nil {
		t.Fatal(err)
	}
	want := Provenance{Minutes: 0.5, Hardware: "none", FID: &FID{Value: 3, Network: "raw"}}
	if diff := cmp.Diff(want, m.Provenance); diff != "" {
		t.Error(diff)
	}
	if m.Config.Dataset != cfg.Dataset || m.Checkpoint.Step != c.Step || m.Params() != 4*8+9*8+9*2 {
		t.Errorf("%s, step %d, %d parameters", m.Config.Dataset, m.Checkpoint.Step, m.Params())
	}
}

// A model draws the samples, bit for bit, of a run that has its rounded parameters.
func TestModelDrawsAsItsRun(t *testing.T) {
	path, dir := packed(t)
	m, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := weights.Latest(dir.Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	c.EMA = m.Checkpoint.EMA
	if _, _, err := weights.Save(dir.Checkpoints(), c.State); err != nil {
		t.Fatal(err)
	}
	fromRun, err := run.Open(t.Context(), string(dir), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fromRun.Close()
	fromModel, err := m.Open(t.Context(), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fromModel.Close()
	var all [2][]float32
	for i, r := range []*run.Run{fromRun, fromModel} {
		samples, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 50, Solver: solve.Heun{Steps: 5}}))
		if err != nil {
			t.Fatal(err)
		}
		all[i] = samples.X
	}
	if !slices.Equal(all[0], all[1]) || len(all[0]) != 100 {
		t.Errorf("the run draws %v, the model %v", all[0], all[1])
	}
	if fromModel.Name() != "model "+path || fromModel.Dir != "" {
		t.Errorf("the model is called %q, in directory %q", fromModel.Name(), fromModel.Dir)
	}
	for _, o := range []run.Options{{Raw: true}, {Checkpoint: "7"}, {Average: 0.1}} {
		if _, err := m.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "has one set") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// The models that ship with amgen are those of SHA256SUMS, fit the network of their configuration, and take less than
// 6 MB together.
func TestNamed(t *testing.T) {
	total := int64(0)
	for _, name := range Names() {
		m, err := Named(name)
		if errors.Is(err, ErrMissing) && name != Default() {
			continue
		} else if err != nil {
			t.Error(err)
			continue
		}
		total += m.Size
		trained, err := m.Find(t.Context(), run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := trained.Plan.CheckPretrained(m.Pretrained); err != nil {
			t.Error(err)
		}
		if m.Config.Dataset != name || trained.Plan.Classes.Len() != 10 {
			t.Errorf("model %s is of %s, with the classes %v", name, m.Config.Dataset, m.Config.ClassNames)
		}
		if m.Config.Size == 0 || m.Config.Base == 0 || m.Config.Patch == 0 {
			t.Errorf("model %s leaves its network to a preset, which may change", name)
		}
		from := m.Provenance
		if from.Minutes <= 0 || from.Hardware == "" || from.Date == "" || from.Licence == "" || from.FID == nil {
			t.Errorf("model %s doesn't tell where it comes from: %+v", name, from)
		}
	}
	if total == 0 || total > 6e6 {
		t.Errorf("the models have %d bytes", total)
	}
	known := knownSums(sums)
	files, err := filepath.Glob("*.safetensors")
	if err != nil || len(files) != len(known) {
		t.Errorf("%d files (%v), and SHA256SUMS has %d", len(files), err, len(known))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); known[file] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has SHA-256 %x, SHA256SUMS says %s; run make models-sums", file, sum, known[file])
		}
	}
}

// TestNameless: what isn't there is refused by a text that says what is.
func TestNameless(t *testing.T) {
	dir := t.TempDir()
	var config run.ConfigError
	for _, test := range []struct {
		text, words string
		usage       bool
	}{
		{"mnits", "there are mnist, fashion-mnist, cifar10; or name a file of a model", true},
		{filepath.Join(dir, "none"), "no such file or directory; name one of mnist, fashion-mnist, cifar10, or",
			true},
		{"none.safetensors", "no model \"none.safetensors\": no such file", true},
		{dir, "a directory", false},
	} {
		if _, err := Open(test.text); err == nil || !strings.Contains(err.Error(), test.words) ||
			errors.As(err, &config) != test.usage {
			t.Errorf("%s: %v", test.text, err)
		}
	}
	if _, err := Pretrained(dir, run.Output{}); err == nil || !strings.Contains(err.Error(), "no run in") {
		t.Errorf("a directory without a run: %v", err)
	}
}

// TestBeside: the model that isn't embedded is read from the cache, if it is the one of SHA256SUMS.
func TestBeside(t *testing.T) {
	const name = "cifar10"
	cache := t.TempDir()
	t.Setenv("AMGEN_CACHE", cache)
	path, _ := packed(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	was := sums
	t.Cleanup(func() { sums = was })
	sums = nil
	if _, err := Named(name); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "has not been trained") {
		t.Errorf("a model that nobody trained: %v", err)
	}
	sum := sha256.Sum256(text)
	sums = []byte(hex.EncodeToString(sum[:]) + "  " + fileName(name) + "\n")
	if _, err := Named(name); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), cache) {
		t.Errorf("a model that isn't here: %v", err)
	}
	there := filepath.Join(cache, folder, fileName(name))
	if err := os.Mkdir(filepath.Dir(there), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		if err := os.WriteFile(there, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	if m, err := Named(name); err != nil || m.Name != "model "+name {
		t.Errorf("a model in the cache: %v", err)
	}
	write(text[:len(text)-1])
	if _, err := Named(name); !errors.Is(err, weights.ErrCorrupt) || !strings.Contains(err.Error(), there) {
		t.Errorf("a truncated one: %v", err)
	}
	// A whole file of another training is no damage that the file itself tells.
	other, err := weights.Read(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	other.Metadata[StepKey] = "8"
	var edited bytes.Buffer
	if _, err := other.WriteTo(&edited); err != nil {
		t.Fatal(err)
	}
	write(edited.Bytes())
	if _, err := Named(name); !errors.Is(err, weights.ErrCorrupt) || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("an edited one: %v", err)
	}
	if err := errors.Join(os.Remove(there), os.Mkdir(there, 0o755)); err != nil {
		t.Fatal(err)
	}
	if _, err := Named(name); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory: %v", err)
	}
}

// TestDamagedModel flips bits of a model's file and cuts it.
func TestDamagedModel(t *testing.T) {
	path, _ := packed(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage.File{Name: "model", Data: text, Trials: 300, Read: func(data []byte) (any, error) {
		m, err := read("x", data)
		if err != nil {
			return nil, err
		}
		return m.Checkpoint.EMA, nil
	}}.Check(t)
}
