package evaluate

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/amgen/amgen/eval"
)

func somePoints() (in baselineInput) {
	cloud := func(shift float64) eval.Cloud {
		c := eval.Cloud{Dim: 2}
		for i := range 12 {
			c.X = append(c.X, shift+float64(i*i%7), float64(i%5)/3)
		}
		return c
	}
	after := cloud(2)
	return baselineInput{truth: cloud(1.1), before: cloud(0), after: &after, part: 0.4, bandwidths: []float64{0.5, 1},
		n: 10, seed: 3}
}

// What was kept is what is computed, to the last bit; and nothing of a file that was changed in any byte.
func TestBaselinesAreKept(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("AMGEN_CACHE", cache)
	in := somePoints()
	key := in.key()
	if _, ok := findBaselines(key); ok {
		t.Fatal("found in an empty cache")
	}
	want := keptBaselines{Key: key}
	var err error
	if want.Unchanged, want.Baselines, err = in.compute(); err != nil {
		t.Fatal(err)
	}
	keepBaselines(want)
	got, ok := findBaselines(key)
	want.Sum = want.sum()
	if !ok || !reflect.DeepEqual(got, want) {
		t.Fatalf("found %+v, %t, want %+v", got, ok, want)
	}
	path := filepath.Join(cache, "baselines", key[:16]+".json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		changed := append([]byte(nil), text...)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, ok := findBaselines(key); ok && !reflect.DeepEqual(got, want) {
			t.Fatalf("byte %d changed: found %+v", i, got)
		}
		if err := os.WriteFile(path, text[:i], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, ok := findBaselines(key); ok {
			t.Fatalf("found in the first %d bytes", i)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	keepBaselines(want) // can't, and says nothing
	if _, ok := findBaselines(key); ok {
		t.Error("found in a folder")
	}
}

// Each of the inputs is in the key.
func TestKeyOfBaselines(t *testing.T) {
	seen := map[string]int{}
	for i, change := range []func(*baselineInput){
		func(*baselineInput) {},
		func(in *baselineInput) { in.truth.X[5]++ },
		func(in *baselineInput) { in.before.X[5]++ },
		func(in *baselineInput) { in.after.X[5]++ },
		func(in *baselineInput) { in.after = nil },
		func(in *baselineInput) { in.truth.Dim = 3 },
		func(in *baselineInput) { in.part = 0.5 },
		func(in *baselineInput) { in.bandwidths = in.bandwidths[:1] },
		func(in *baselineInput) { in.bandwidths = nil },
		func(in *baselineInput) { in.n = 11 },
		func(in *baselineInput) { in.seed = 4 },
		func(in *baselineInput) { in.before.X, in.truth.X = in.truth.X, in.before.X },
	} {
		in := somePoints()
		change(&in)
		if other, known := seen[in.key()]; known {
			t.Errorf("changes %d and %d have one key", other, i)
		}
		seen[in.key()] = i
	}
}
