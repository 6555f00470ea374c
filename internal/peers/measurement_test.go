package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseBench(t *testing.T) {
	got, err := parseBench([]byte(
		`{"command":"bench train","preset":"tiny","params":275889,"estimator":"boundary","batch":32,"steps":5,"step_ms":216.5,` +
			`"velocity_ms":43.25,"compile_ms":900,"gflops":130.5,"peak_rss_mb":575,"backend":"simd"}` + "\n"))
	want := measurement{Command: "bench train", Preset: "tiny", Estimator: "boundary", Params: 275889, Batch: 32,
		Step: 216.5, Velocity: 43.25, PeakRSS: 575, GFLOPS: 130.5}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, difference:\n%s", err, diff)
	}
	_, err = parseBench([]byte(`{"command":"bench sample","preset":"tiny","params":275889,"estimator":"boundary",` +
		`"batch":4,"velocity_ms":9}`))
	if err != nil {
		t.Errorf("a velocity alone: %v", err)
	}
}

func TestParseLine(t *testing.T) {
	velocity, err := parseLine([]byte("jax tiny velocity params=275889 batch=4 velocity_ms=10.160 peak_rss_mb=698"))
	only := measurement{Preset: "tiny", Estimator: velocityOnly, Params: 275889, Batch: 4, Velocity: 10.16,
		PeakRSS: 698}
	if diff := cmp.Diff(only, velocity); err != nil || diff != "" {
		t.Errorf("a velocity alone: error %v, difference:\n%s", err, diff)
	}
	want := measurement{Preset: "mnist", Estimator: "pathwise", Params: 1589633, Batch: 32, Step: 2932.5, Velocity: 944,
		PeakRSS: 2111}
	for name, output := range map[string]string{
		"torch": "torch mnist pathwise params=1589633 batch=32 step_ms=2932.5 velocity_ms=944.0 " +
			"peak_rss_mb=2111\n",
		"jax, with its loss": "jax mnist pathwise params=1589633 batch=32 step_ms=2932.5 velocity_ms=944.0 " +
			"peak_rss_mb=2111 loss=-3.5\n",
		"after a warning": "warning: x\ntorch mnist pathwise params=1589633 batch=32 step_ms=2932.5 " +
			"velocity_ms=944.0 peak_rss_mb=2111",
	} {
		got, err := parseLine([]byte(output))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, difference:\n%s", name, err, diff)
		}
	}
}

// What is no measurement is an error, never a figure of zero in a table of ratios.
func TestParseRefuses(t *testing.T) {
	for _, output := range []string{
		"", "{}", "[1]", "torch mnist", "torch mnist pathwise",
		`{"preset":"tiny","estimator":"boundary","params":1,"batch":1,"velocity_ms":1}`,
		`{"command":"bench train","preset":"tiny","estimator":"boundary","params":1,"batch":1,"velocity_ms":1}`,
		"torch mnist pathwise params=1 batch=1 velocity_ms=1", "torch mnist velocity params=1 batch=1 step_ms=1",
		"torch mnist pathwise params=1 batch=1 step_ms=nan velocity_ms=1", "torch mnist pathwise params=1 batch=1 " +
			"step_ms=1 velocity_ms=x",
		"torch mnist pathwise params=1 batch=1 step_ms=-1 velocity_ms=1", "Traceback (most recent call last): no " +
			"module torch",
	} {
		if m, err := parseBench([]byte(output)); err == nil {
			t.Errorf("parseBench(%q) = %v, want an error", output, m)
		}
		if m, err := parseLine([]byte(output)); err == nil {
			t.Errorf("parseLine(%q) = %v, want an error", output, m)
		}
	}
	for _, output := range []string{"{}", "x", `{"m":1,"k":1,"n":1,"batch":1}`,
		`{"m":1,"k":1,"n":0,"batch":1,"gflops":3}`} {
		if m, err := parseProducts(openBLAS, []byte(output)); err == nil {
			t.Errorf("parseProducts(%q) = %v, want an error", output, m)
		}
	}
}

func TestParseProducts(t *testing.T) {
	got, err := parseProducts(amgen, []byte(`{"preset":"tiny","m":49,"k":32,"n":49,"trans_a":false,"trans_b":true,"batch":32,"ms":0.03,"gflops":150,"backend":"simd"}
{"m":1024,"k":1024,"n":1024,"trans_a":true,"trans_b":false,"batch":1,"ms":7.6,"gflops":282.5}
`))
	want := []measurement{
		{Program: amgen, GFLOPS: 150, Product: &productShape{Preset: "tiny", M: 49, K: 32, N: 49, TransB: true,
			Batch: 32}},
		{Program: amgen, GFLOPS: 282.5, Product: &productShape{M: 1024, K: 1024, N: 1024, TransA: true, Batch: 1}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, difference:\n%s", err, diff)
	}
}

// A record gives back what was added to it, by this process and by those before.
func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record")
	want := []measurement{
		{Program: amgen, Preset: "tiny", Estimator: "boundary", Params: 1, Batch: 2, Step: 3.5, Velocity: 4},
		{Program: openBLAS, GFLOPS: 5, Product: &productShape{M: 1, K: 2, N: 3, Batch: 1}},
	}
	for _, m := range want {
		r, err := openRecord(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.add(m); err != nil {
			t.Fatal(err)
		}
	}
	r, err := openRecord(path)
	if diff := cmp.Diff(want, r.all); err != nil || diff != "" {
		t.Errorf("error %v, difference:\n%s", err, diff)
	}
}
