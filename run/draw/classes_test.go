package draw_test

import (
	"errors"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/train"
)

// classFolder has pictures of 8×8 pixels, a folder to a class.
func classFolder(t *testing.T, counts map[string]int) string {
	t.Helper()
	dir := t.TempDir()
	for class, n := range counts {
		if err := os.MkdirAll(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			picture := image.NewGray(image.Rect(0, 0, 8, 8))
			for p := range picture.Pix {
				picture.Pix[p] = uint8(p * (3 + len(class) + i))
			}
			if err := imaging.WritePNG(filepath.Join(dir, class, string(rune('a'+i))+".png"), picture); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// classConfig is a run on a folder of classes, with a small network.
func classConfig(t *testing.T, folder string) run.Config {
	t.Helper()
	cfg, err := run.Preset(imaging.FolderName(folder), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Size, cfg.Channels, cfg.Base, cfg.Multipliers, cfg.Blocks, cfg.Attention = 8, 1, 4, []int{1}, 1, []int{0}
	cfg.Steps, cfg.Batch, cfg.SampleEvery, cfg.CheckpointEvery, cfg.LR, cfg.Classes = 4, 6, 0, 0, 0.05, true
	cfg.Warmup, cfg.LRDecay = 0, "constant" // whatever the steps
	return cfg
}

// trained trains in a directory.
func trained(t *testing.T, cfg run.Config, dir string, o train.Options) error {
	t.Helper()
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		return err
	}
	return train.Train(t.Context(), plan, run.Dir(dir), o)
}

// openClasses opens a run.
func openClasses(t *testing.T, dir string) *run.Run {
	t.Helper()
	r, err := run.Open(t.Context(), dir, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func collected(t *testing.T, r *run.Run, o draw.Options) *draw.Samples {
	t.Helper()
	s, err := draw.Collect(draw.Draw(t.Context(), r, o))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestClasses: a run tells its classes; samples have them as often as the training split or as they are asked for, the
// same in parts as at once, and each class has pictures of its own.
func TestClasses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := trained(t, classConfig(t, classFolder(t, map[string]int{"bird": 1, "cat": 2, "dog": 5})), dir,
		train.Options{}); err != nil {
		t.Fatal(err)
	}
	r := openClasses(t, dir)
	want := &run.Classes{Names: []string{"bird", "cat", "dog"}, Counts: []int{1, 2, 5}}
	if diff := cmp.Diff(want, r.Plan.Classes); diff != "" || r.Plan.Network.Classes != 3 {
		t.Errorf("%d classes of the network\n%s", r.Plan.Network.Classes, diff)
	}
	if diff := cmp.Diff([]float64{0.125, 0.25, 0.625}, r.Plan.Classes.Frequencies()); diff != "" {
		t.Error(diff)
	}
	euler := draw.Options{N: 16, Batch: 4, Seed: 2, Solver: solve.Euler{Steps: 2}}
	whole := collected(t, r, euler)
	counts := map[int32]int{}
	for _, label := range whole.Labels {
		counts[label]++
	}
	if diff := cmp.Diff(map[int32]int{0: 2, 1: 4, 2: 10}, counts); diff != "" {
		t.Errorf("classes of 16 samples:\n%s", diff)
	}
	part := euler
	part.First, part.N = 8, 4
	if s := collected(t, r, part); !slices.Equal(s.Labels, whole.Labels[8:12]) ||
		!slices.Equal(s.X, whole.X[8*64:12*64]) {
		t.Error("a part differs from the whole")
	}
	asked := euler
	asked.N, asked.Classes = 6, []int32{2, flows.NoClass, 0}
	s := collected(t, r, asked)
	if diff := cmp.Diff([]int32{2, -1, 0, 2, -1, 0}, s.Labels); diff != "" {
		t.Error(diff)
	}
	for _, class := range []int32{0, 1, 2, flows.NoClass} {
		one := asked
		one.Classes = []int32{class}
		alone := collected(t, r, one)
		for k, label := range s.Labels {
			if same := slices.Equal(alone.X[k*64:(k+1)*64], s.X[k*64:(k+1)*64]); same != (label == class) {
				t.Errorf("sample %d of class %d: the same as that of class %d: %t", k, label, class, same)
			}
		}
	}
	guided := asked
	guided.Guidance.Weight = 1
	for k, label := range asked.Classes {
		same := slices.Equal(collected(t, r, guided).X[k*64:(k+1)*64], s.X[k*64:(k+1)*64])
		if same != (label == flows.NoClass) {
			t.Errorf("guidance leaves sample %d of class %d as it is: %t", k, label, same)
		}
	}
	identities := map[string]bool{}
	finer := euler
	finer.Solver = solve.Euler{Steps: 100} // what a name without steps means
	for _, o := range []draw.Options{euler, asked, guided, finer} {
		identity, err := o.Identity(r)
		if err != nil {
			t.Fatal(err)
		}
		identities[identity] = true
	}
	plain, err := r.Identity(euler.Solver, 2, 4)
	if err != nil || !identities[plain] || len(identities) != 4 {
		t.Errorf("%d identities, %v", len(identities), err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			again, err := draw.Collect(draw.Draw(t.Context(), r, guided))
			if err != nil || slices.Equal(again.X, s.X) {
				t.Errorf("among others: %v", err)
			}
		})
	}
	all.Wait()
}

// TestClassRows: a picture of several classes has a row of each where they have equally many samples.
func TestClassRows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cfg := classConfig(t, classFolder(t, map[string]int{"a": 2, "b": 2, "c": 2}))
	cfg.SampleEvery = 4
	if err := trained(t, cfg, dir, train.Options{}); err != nil {
		t.Fatal(err)
	}
	preview, err := imaging.LoadGrid(filepath.Join(dir, "samples", "step-000004.png"),
		imaging.Tiles{Height: 8, Width: 8, Gap: 2, Scale: 2}, 0)
	if err != nil || preview.Len() != 36 {
		t.Errorf("a preview of %v, %v", preview, err)
	}
	r := openClasses(t, dir)
	o := draw.Options{N: 6, Batch: 6, Solver: solve.Euler{Steps: 1}, Classes: []int32{2, 0, 1}}
	for n, size := range map[int]image.Point{6: {2*16 + 2, 3*16 + 2*2}, 5: {3*16 + 2*2, 2*16 + 2}} {
		o.N = n
		s := collected(t, r, o)
		picture, err := s.Picture(draw.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.Bounds().Size(); got != size {
			t.Errorf("%d samples make a picture of %v, want %v", n, got, size)
		}
		if n != 6 {
			continue
		}
		pixels, err := s.Pixels(s.State, 0)
		if err != nil {
			t.Fatal(err)
		}
		for place, k := range []int{1, 4, 2, 5, 0, 3} { // samples of classes 0, 1 and 2
			x, y := place%2*18, place/2*18
			for p := range 64 {
				if got, _, _, _ := picture.At(x+p%8*2, y+p/8*2).RGBA(); uint8(got>>8) != pixels[k*64+p] {
					t.Fatalf("place %d doesn't show sample %d", place, k)
				}
			}
		}
	}
}

// TestClassesRefused: what the run's classes don't allow is a mistake that is named.
func TestClassesRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cfg := classConfig(t, classFolder(t, map[string]int{"a": 2, "b": 2}))
	if err := trained(t, cfg, dir, train.Options{}); err != nil {
		t.Fatal(err)
	}
	with, without := openClasses(t, dir), smallrun.Open(t, nil)
	weight := func(w float64) flows.Guidance { return flows.Guidance{Weight: w} }
	for _, test := range []struct {
		r     *run.Run
		o     draw.Options
		words string
	}{
		{without, draw.Options{Classes: []int32{0}}, "classes are asked for, and the run has none"},
		{without, draw.Options{Guidance: weight(1)}, "guidance is towards a class, and the run has none"},
		{with, draw.Options{Classes: []int32{0, 2}}, "the run has no class 2; there are 0 to 1"},
		{with, draw.Options{Classes: []int32{-2}}, "the run has no class -2"},
		{with, draw.Options{Classes: []int32{-1}, Guidance: weight(1)}, "none is asked for"},
		{with, draw.Options{Guidance: weight(math.NaN())}, "a finite one"},
	} {
		test.o.N = 2
		var config run.ConfigError
		_, err := draw.Collect(draw.Draw(t.Context(), test.r, test.o))
		if !errors.As(err, &config) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%+v: error %v, want a ConfigError that mentions %q", test.o, err, test.words)
		}
	}
}

// TestResumedClasses: a run with classes that was interrupted ends in the bits of one that wasn't. Other classes are
// refused when it goes on, by force too, and names that were edited when it is opened.
func TestResumedClasses(t *testing.T) {
	folder := classFolder(t, map[string]int{"a": 3, "b": 4})
	cfg, base := classConfig(t, folder), t.TempDir()
	if err := trained(t, cfg, filepath.Join(base, "whole"), train.Options{}); err != nil {
		t.Fatal(err)
	}
	parts := filepath.Join(base, "parts")
	cfg.Steps = 2
	if err := trained(t, cfg, parts, train.Options{}); err != nil {
		t.Fatal(err)
	}
	again, err := run.Dir(parts).Config()
	if err != nil {
		t.Fatal(err)
	}
	again.Steps = 4
	if err := trained(t, again, parts, train.Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	o := draw.Options{N: 4, Solver: solve.Euler{Steps: 2}}
	got, want := collected(t, openClasses(t, parts), o), collected(t, openClasses(t, filepath.Join(base, "whole")), o)
	if !slices.Equal(got.X, want.X) {
		t.Error("the resumed run draws other samples")
	}
	if err := os.Rename(filepath.Join(folder, "b"), filepath.Join(folder, "c")); err != nil {
		t.Fatal(err)
	}
	again.Steps = 5
	for _, force := range []bool{false, true} {
		err := trained(t, again, parts, train.Options{Resume: true, Force: force})
		if err == nil || !strings.Contains(err.Error(), "has the classes a, c, and the run is to have a, b") {
			t.Errorf("other classes, force %t: %v", force, err)
		}
	}
	path := filepath.Join(parts, run.ConfigName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), "class_names = ['a', 'b']", "class_names = ['a', 'c']", 1)
	if edited == string(text) {
		t.Fatalf("no class names in\n%s", text)
	}
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Open(t.Context(), parts, run.Options{}); err == nil ||
		!strings.Contains(err.Error(), "set class_names in") {
		t.Errorf("edited names: %v", err)
	}
	again.ClassNames = []string{"a", "c"} // as edited, and as the folder is now
	if err := trained(t, again, parts, train.Options{Resume: true, Force: true}); err == nil ||
		!strings.Contains(err.Error(), "set class_names in") {
		t.Errorf("resumed by edited names: %v", err)
	}
}

// TestRestoredClasses: an image that is restored is told its own class.
func TestRestoredClasses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cfg := classConfig(t, classFolder(t, map[string]int{"train/a": 2, "train/b": 2, "val/b": 2, "val/c": 1}))
	cfg.Path = "inpaint"
	if err := trained(t, cfg, dir, train.Options{}); err != nil {
		t.Fatal(err)
	}
	r := openClasses(t, dir)
	s := collected(t, r, draw.Options{N: 3, Solver: solve.Euler{Steps: 2}, Guidance: flows.Guidance{Weight: 1}})
	if diff := cmp.Diff([]int32{1, 1, flows.NoClass}, s.Labels); diff != "" { // the run knows no class c
		t.Error(diff)
	}
	if s.Given == nil {
		t.Error("nothing is restored")
	}
}

// TestStoredClasses: samples of shards come back with their classes, and so does the picture of them.
func TestStoredClasses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	cfg := classConfig(t, classFolder(t, map[string]int{"a": 2, "b": 2}))
	if err := trained(t, cfg, dir, train.Options{}); err != nil {
		t.Fatal(err)
	}
	r := openClasses(t, dir)
	o := draw.Options{N: 6, Batch: 3, Solver: solve.Euler{Steps: 1}, Classes: []int32{1, flows.NoClass}}
	store := draw.Store{Dirs: []string{t.TempDir()}, Request: draw.Request{N: o.N, Batch: o.Batch, Classes: o.Classes}}
	c := 0
	for batch, err := range draw.Draw(t.Context(), r, o) {
		if err == nil {
			err = store.Write(c, batch)
		}
		if err != nil {
			t.Fatal(err)
		}
		c++
	}
	want, got := collected(t, r, o), draw.New(r.Source, nil)
	if err := store.ReadAll(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Labels, want.Labels) || len(got.Labels) != 6 || !slices.Equal(got.X, want.X) {
		t.Errorf("labels %v, want %v", got.Labels, want.Labels)
	}
	a, errA := got.Picture(draw.Layout{})
	b, errB := want.Picture(draw.Layout{})
	if errA != nil || errB != nil || a.Bounds() != b.Bounds() || a.Bounds().Dx() != 3*16+2*2 {
		t.Errorf("pictures of %v and %v, %v, %v", a.Bounds(), b.Bounds(), errA, errB)
	}
}

// TestClassesWithEverything: classes and guidance go with every objective and path of images, as
// docs/reference/combinations.md says.
func TestClassesWithEverything(t *testing.T) {
	folder := classFolder(t, map[string]int{"train/a": 2, "train/b": 2, "test/a": 1, "test/b": 1})
	walk := func(objective, path string) {
		cfg := classConfig(t, folder)
		cfg.Objective, cfg.Path, cfg.Steps, cfg.Batch = objective, path, 1, 2
		if path == "color" {
			cfg.Channels = 3
		}
		dir := filepath.Join(t.TempDir(), "run")
		if err := trained(t, cfg, dir, train.Options{}); err != nil {
			t.Errorf("%s on %s: %v", objective, path, err)
			return
		}
		r := openClasses(t, dir)
		name := "euler"
		if r.Plan.Model.Objective.Motion().Diffusion != nil {
			name = "euler-maruyama"
		}
		solver, err := draw.Solver(r.Plan, name, solve.Settings{Steps: 2})
		if err != nil {
			t.Fatal(err)
		}
		s := collected(t, r, draw.Options{N: 2, Solver: solver, Classes: []int32{0, 1},
			Guidance: flows.Guidance{Weight: 1}})
		if !slices.Equal(s.Labels, []int32{0, 1}) || len(s.X) != 2*s.Size() {
			t.Errorf("%s on %s: labels %v", objective, path, s.Labels)
		}
	}
	for _, objective := range flows.ObjectiveNames() {
		walk(objective, "vp")
	}
	for _, path := range flows.PathNames() {
		if path != "vp" {
			walk("am", path)
		}
	}
}
