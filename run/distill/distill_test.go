package distill

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/internal/damage"
	"github.com/amgen/amgen/internal/npy"
)

// arrays are those of three samples of 2×2 grey images with two jumps: state k of sample i is 100 k + 10 i, and on, its
// class i mod 2.
func arrays() map[string]npy.Array {
	all := make([]float32, 36) // [times, n, pixels]
	for i := range all {
		all[i] = float32(i/12*100 + i/4%3*10 + i%4)
	}
	return map[string]npy.Array{
		arrayEnds:   {Name: arrayEnds, Shape: []int{3, 2, 2, 1}, Values: all[24:]},
		arrayStates: {Name: arrayStates, Shape: []int{2, 3, 2, 2, 1}, Values: all[:24]},
		arrayTimes:  {Name: arrayTimes, Shape: []int{2}, Values: []float64{0, 0.5}},
		arrayLabels: {Name: arrayLabels, Shape: []int{3}, Values: []int32{0, 1, 0}},
	}
}

// write writes arrays into a file, in the order of their names.
func write(t *testing.T, list map[string]npy.Array) string {
	t.Helper()
	var names []string
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []npy.Array
	for _, name := range names {
		all = append(all, list[name])
	}
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, all...); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "states.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRead: each batch has the states of a sample from noise to image, and its class; an epoch has each sample once.
func TestRead(t *testing.T) {
	s, err := Read(write(t, arrays()), 0)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 3 || s.Jumps != 2 || !slices.Equal(s.Dims, []int{2, 2, 1}) {
		t.Fatalf("%d samples of %v with %d jumps", s.Len(), s.Dims, s.Jumps)
	}
	b, err := s.Batches(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for epoch := range 4 {
		if err := b.Seek(epoch); err != nil {
			t.Fatal(err)
		}
		_, inputs, labels, err := b.Yield()
		if err != nil {
			t.Fatal(err)
		}
		if got := inputs[0].Shape().Dimensions; !slices.Equal(got, []int{3, 3, 2, 2, 1}) {
			t.Fatalf("a batch has shape %v", got)
		}
		x, class := tensors.MustCopyFlatData[float32](inputs[0]), tensors.MustCopyFlatData[int32](labels[0])
		var seen []int
		for j := range 3 {
			sample := x[12*j : 12*j+12]
			i := int(sample[0]) / 10
			seen = append(seen, i)
			for k, v := range sample {
				if v != float32(k/4*100+i*10+k%4) {
					t.Errorf("sample %d has the states %v", i, sample)
				}
			}
			if class[j] != int32(i%2) {
				t.Errorf("sample %d has class %d", i, class[j])
			}
		}
		slices.Sort(seen)
		if !slices.Equal(seen, []int{0, 1, 2}) {
			t.Errorf("epoch %d has samples %v", epoch, seen)
		}
	}
}

// TestHash: it changes with each array.
func TestHash(t *testing.T) {
	hashes := map[string]string{}
	for name, change := range map[string]func(*Set){
		"nothing": func(*Set) {}, "states": func(s *Set) { s.States[3]++ }, "ends": func(s *Set) { s.Ends[3]++ },
		"labels": func(s *Set) { s.Labels[2] = 1 }, "no labels": func(s *Set) { s.Labels = nil },
	} {
		s, err := Read(write(t, arrays()), 0)
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		if other, twice := hashes[s.Hash()]; twice {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		hashes[s.Hash()] = name
	}
}

// TestReadRefuses: what is missing or doesn't belong together is named.
func TestReadRefuses(t *testing.T) {
	for want, change := range map[string]func(map[string]npy.Array){
		"no array trajectory":              func(a map[string]npy.Array) { delete(a, arrayStates) },
		"no array samples":                 func(a map[string]npy.Array) { delete(a, arrayEnds) },
		"no array times":                   func(a map[string]npy.Array) { delete(a, arrayTimes) },
		"its 2 states are at t=[0.25 0.5]": func(a map[string]npy.Array) { a[arrayTimes].Values.([]float64)[0] = 0.25 },
		"samples has shape [12]": func(a map[string]npy.Array) {
			a[arrayEnds] = npy.Array{Name: arrayEnds, Shape: []int{12}, Values: a[arrayEnds].Values}
		},
		"trajectory has shape [1 6 2 2 1]": func(a map[string]npy.Array) {
			a[arrayStates] = npy.Array{Name: arrayStates, Shape: []int{1, 6, 2, 2, 1}, Values: a[arrayStates].Values}
		},
		"labels has shape [2]": func(a map[string]npy.Array) {
			a[arrayLabels] = npy.Array{Name: arrayLabels, Shape: []int{2}, Values: []int32{0, 1}}
		},
		"label 0.5 of image 1": func(a map[string]npy.Array) {
			a[arrayLabels] = npy.Array{Name: arrayLabels, Shape: []int{3}, Values: []float64{0, 0.5, 0}}
		},
		"samples has NaN in sample 1": func(a map[string]npy.Array) {
			a[arrayEnds].Values.([]float32)[4] = float32(math.NaN())
		},
		"trajectory has +Inf in sample 2": func(a map[string]npy.Array) {
			a[arrayStates].Values.([]float32)[20] = float32(math.Inf(1))
		},
	} {
		list := arrays()
		change(list)
		if _, err := Read(write(t, list), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	path := write(t, arrays())
	if _, err := Read(path, 4*36-1); err == nil || !strings.Contains(err.Error(), "of memory") {
		t.Errorf("too little memory: got error %v", err)
	}
	if _, err := Read(path, 4*36); err != nil {
		t.Errorf("enough memory: %v", err)
	}
	if _, err := Read(t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "a directory") {
		t.Errorf("a directory: got error %v", err)
	}
}

// TestDamage: whatever bit is flipped and wherever the file ends, it is refused or read as it was. Names in the list
// at an archive's end have no checksum: a file whose labels are called otherwise there has none.
func TestDamage(t *testing.T) {
	data, err := os.ReadFile(write(t, arrays()))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.npz")
	name := bytes.LastIndex(data, []byte(arrayLabels))
	unnamed := func(at int) bool { return name <= at && at < name+len(arrayLabels+".npy") }
	damage.File{Name: "states", Data: data, Open: unnamed, Read: func(data []byte) (any, error) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return Read(path, 0)
	}}.Check(t)
}
