//go:build xla

package cli

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// amgen runs a command and returns its log.
func amgen(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if code := execute(context.Background(), args, term.Streams{Out: &out, Err: &log}); code != 0 {
		t.Fatalf("amgen %s: exit code %d\n%s", strings.Join(args, " "), code, log.String())
	}
	return log.String()
}

// xlaDevice is the engine that the comparisons are with: the CPU's unless AMGEN_XLA names another.
func xlaDevice(t *testing.T) string {
	t.Helper()
	if name := os.Getenv("AMGEN_XLA"); name != "" {
		return name
	}
	if engine.Plugin("cpu") == "" {
		t.Skip("no plugin for the CPU; make test-xla brings one")
	}
	return "xla:cpu"
}

// trained trains tiny on discs by Adam, whose steps round as the gradients do, and returns the lines of its log, one a
// step.
func trained(t *testing.T, dir, backend string, more ...string) []train.Stat {
	t.Helper()
	amgen(t, append([]string{"train", "--dataset", "folder:" + filepath.Join(dir, "discs"), "--preset", "tiny",
		"--batch", "4", "--steps", "6", "--lr", "1e-4", "--optimizer", "adam", "--lr-decay", "constant",
		"--time-scale", "1000", "--dropout", "0.1",
		"--warmup", "0", "--seed", "3", "--log-every", "1", "--sample-every", "0", "--backend", backend, "--out",
		filepath.Join(dir, "run"), "--overwrite"}, more...)...)
	stats, _, err := train.ReadStats(filepath.Join(dir, "run", run.StatsName))
	if err != nil || len(stats) != 6 {
		t.Fatalf("%d lines of %d, %v", len(stats), 6, err)
	}
	return stats
}

// Training on XLA, its data resident, is training on simd: parameters, noise and times are the same numbers, and a
// step's sums of some thousand products each differ by rounding alone, 2⁻²⁴ each. So it is on two devices. In bfloat16,
// of 8 bits, gradients are within a quarter (see TestBFloat16StepIsNear of package unet), and losses follow.
func TestTrainingAgreesWithSIMD(t *testing.T) {
	xla, dir := xlaDevice(t), t.TempDir()
	if err := makeDiscs(filepath.Join(dir, "discs"), 8); err != nil {
		t.Fatal(err)
	}
	want := trained(t, dir, "simd")
	cases := []struct {
		name       string
		loss, norm float64 // tolerances, relative
		flags      []string
	}{{"f32", 1e-4, 1e-3, nil}, {"bf16", 0.1, 0.25, []string{"--precision", "bf16"}}}
	if xla == "xla:cpu" {
		cases = append(cases, struct {
			name       string
			loss, norm float64
			flags      []string
		}{"two devices", 1e-4, 1e-3, []string{"--devices", "2"}})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for i, got := range trained(t, dir, xla, c.flags...) {
				w := want[i]
				if math.Abs(got.Loss-w.Loss) > c.loss*(1+math.Abs(w.Loss)) ||
					math.Abs(got.GradNorm-w.GradNorm) > c.norm*w.GradNorm {
					t.Errorf("step %d: loss %.6g, norm %.5g; simd has %.6g and %.5g", i+1, got.Loss, got.GradNorm,
						w.Loss, w.GradNorm)
				}
			}
		})
	}
}

// A run that was trained in bfloat16 is sampled by simd, and by XLA, in float32 with the same pixels but for roundings,
// and in bfloat16, of 8 bits, near them.
func TestSamplingPrecision(t *testing.T) {
	xla, dir := xlaDevice(t), t.TempDir()
	if err := makeDiscs(filepath.Join(dir, "discs"), 8); err != nil {
		t.Fatal(err)
	}
	trained(t, dir, xla, "--precision", "bf16")
	sample := func(flags ...string) []byte {
		out := filepath.Join(dir, "samples.npy")
		amgen(t, append([]string{"sample", "--run", filepath.Join(dir, "run"), "-n", "3", "--solver", "euler",
			"--steps", "4", "-o", out}, flags...)...)
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	want := sample("--backend", "simd")
	if worst := farthest(sample("--backend", xla), want); !(worst <= 1e-4) {
		t.Errorf("float32 is off by %g", worst)
	}
	if worst := farthest(sample("--backend", xla, "--precision", "bf16"), want); !(worst > 1e-6 && worst <= 0.1) {
		t.Errorf("bfloat16 is off by %g, want it small but not zero", worst)
	}
}
