package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/npy"
)

// Each method and baseline is scored at each time, once for a seed: what the record holds isn't measured again.
func TestMeasureOnce(t *testing.T) {
	dir := t.TempDir()
	rng, csv := rand.New(rand.NewPCG(1, 1)), "time,x,y\n"
	for i := range 60 {
		csv += fmt.Sprintf("%d,%g,%g\n", i%4, float64(i%4)+rng.NormFloat64(), rng.NormFloat64())
	}
	if err := os.WriteFile(filepath.Join(dir, "cells.csv"), []byte(csv), 0o644); err != nil {
		t.Fatal(err)
	}
	backend, err := backends.NewWithConfig("simd:workers=1")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	s := set{name: "cells", title: "Cells", file: "cells.csv", counted: true}
	path, err := s.path(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "scores")
	for seeds := 1; seeds <= 2; seeds++ { // the second time goes on with one seed more
		record, err := openRecord(kept)
		if err != nil {
			t.Fatal(err)
		}
		before := len(record.all)
		o := options{seeds: seeds, steps: 2, batch: 8, most: 100}
		b := bench{options: o, backend: backend, record: record, learned: methods}
		if err := b.measure(t.Context(), s, path); err != nil {
			t.Fatal(err)
		}
		// For a seed: 2 times left out of 4 baselines and 3 methods each, 2 from both sides; 3 times of 2 baselines and
		// 3 methods.
		if added, want := len(record.all)-before, 2*(4+3+2)+3*(2+3); added != want {
			t.Errorf("%d seeds: %d scores were added, want %d", seeds, added, want)
		}
		var text bytes.Buffer
		report(&text, o, []set{s}, record.all)
		for _, words := range []string{"**Cells**, leave-one-out\n\n| W₁ at time | 2 | 3 | mean | seeds |",
			"**Cells**, all times\n\n| W₁ at time | 2 | 3 | 4 | mean", "| AM | ", "| AM, from both sides | ",
			"| optimal pairs, interpolated | ",
			"| uAM on masses, relative error of mass | ", fmt.Sprintf(" | %d |\n", seeds)} {
			if !strings.Contains(text.String(), words) {
				t.Errorf("no %q in\n%s", words, &text)
			}
		}
	}
}

// A last line that was cut is measured again, another line that is no score is an error.
func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores")
	r, err := openRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	one := 1.
	first := score{Set: "a", Protocol: leaveOut, Method: "am", Time: 2, Seed: 1, Steps: 3, W1: &one}
	if err := r.add(first); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(whole, whole[:9]...), 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err = openRecord(path); err != nil || len(r.all) != 1 || !r.has(first.key()) {
		t.Fatalf("%+v, %v, want the first score", r, err)
	}
	second := first.key()
	if second.Seed = 2; r.has(second) {
		t.Error("has a score of another seed")
	}
	if err := r.add(second); err != nil {
		t.Fatal(err)
	}
	if r, err = openRecord(path); err != nil || len(r.all) != 2 {
		t.Errorf("%d scores, %v, want 2", len(r.all), err)
	}
	if err := os.WriteFile(path, []byte("nothing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openRecord(path); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("err = %v, want one that says to remove the file", err)
	}
}

func TestSpread(t *testing.T) {
	if mean, deviation := spread([]float64{1, 2, 6}); mean != 3 || math.Abs(deviation-math.Sqrt(7)) > 1e-12 {
		t.Errorf("%g ± %g, want 3 ± √7", mean, deviation)
	}
}

// Rows of the file may be in any order of times; velocities go with their cells.
func TestVelocitiesGoWithCells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cells.npz")
	times := []float64{2, 0, 1, 0, 2, 1, 0}
	var x, v []float64
	for i := range times {
		x = append(x, float64(i*i), float64(i%3), 5*float64(i%2))
		v = append(v, 10*x[3*i], 10*x[3*i+1], 10*x[3*i+2])
	}
	var file bytes.Buffer
	n := len(times)
	if err := npy.WriteArchive(&file, npy.Array{Name: "X", Shape: []int{n, 3}, Values: x},
		npy.Array{Name: "v", Shape: []int{n, 3}, Values: v}, npy.Array{Name: "ts", Shape: []int{n}, Values: times},
	); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	s := set{file: "cells.npz", inside: "#X,ts",
		options: science.Options{Columns: science.Columns{Use: []string{"1..2"}},
			Snapshots: science.SnapshotOptions{Raw: true}}}
	p, err := bench{options: options{batch: 2}}.open(s, path, methods[0], 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readVelocities(path, "v", p.Snapshots)
	if err != nil {
		t.Fatal(err)
	}
	for k, cells := range p.Snapshots.Cells {
		for i, x := range cells {
			if got[k][i] != 10*x {
				t.Errorf("time %d: velocity %g of %g", k, got[k][i], x)
			}
		}
	}
}
