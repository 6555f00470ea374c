package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A fit finds the model that made the figures, the table says that they agree, and the picture is one.
func TestFit(t *testing.T) {
	made := model{flop: 5e-12, number: 2e-8, kept: 70}
	all, known := sweeps(), map[size]result{}
	for _, s := range all {
		for _, at := range s.sizes {
			cfg := at.config()
			r := result{size: at, Params: cfg.Params(), FLOPs: float64(cfg.FLOPs(at.Batch)),
				Kept: cfg.Activations(at.Batch)}
			r.StepMS, r.PeakMB = made.time(r), made.memory(r)
			known[at] = r
		}
	}
	got := fit(known)
	for name, pair := range map[string][2]float64{"flop": {got.flop, made.flop}, "number": {got.number, made.number},
		"kept": {got.kept, made.kept}} {
		if math.Abs(pair[0]/pair[1]-1) > 1e-6 { // the rounding of a 2×2 system
			t.Errorf("%s %g, want %g", name, pair[0], pair[1])
		}
	}
	var out strings.Builder
	if err := table(&out, all, known); err != nil || strings.Count(out.String(), "| 1.00 |") != 2*28 {
		t.Errorf("error %v, table\n%s", err, &out)
	}
	path := filepath.Join(t.TempDir(), "growth.png")
	if err := drawing(path, all, known); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil || len(picture) > 100_000 {
		t.Errorf("a picture of %d bytes: %v", len(picture), err)
	}
}

// A size is measured as it is asked for.
func TestMeasure(t *testing.T) {
	var out bytes.Buffer
	s := size{Batch: 2, Side: 8, Width: 4, Blocks: 1}
	if err := measure(context.Background(), &out, s, "simd", 1); err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.size != s || !(r.StepMS > 0) || r.Params == 0 {
		t.Errorf("%+v, error %v", r, err)
	}
	if err := measure(context.Background(), &out, size{Batch: 1, Side: 7, Width: 4, Blocks: 1}, "simd", 1); err == nil {
		t.Error("a side that can't be halved: no error")
	}
}
