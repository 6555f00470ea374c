package bench

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/products"
	"github.com/amgen/amgen/run"
)

// sizesOf are the sizes of the result and of both operands, which tell products apart but for transposes.
func sizesOf(p products.Product) string {
	b := max(p.Batch, 1)
	return fmt.Sprint([]int{b * p.M * p.N, b * p.M * p.K, b * p.K * p.N})
}

// The list of products is what the engine is asked for in a training step and in a velocity of each preset, no more and
// no less.
func TestPresetProductsAreThoseIssued(t *testing.T) {
	defer func(was int) { warmUp = was }(warmUp)
	warmUp = 0
	for _, preset := range run.ImagePresets() {
		issued := issuedProducts(t, preset)
		var listed []string
		for _, p := range presetProducts(preset) {
			listed = append(listed, sizesOf(p))
		}
		slices.Sort(listed)
		if diff := cmp.Diff(issued, slices.Compact(listed)); diff != "" {
			t.Errorf("%s: sizes of result and operands, issued against listed:\n%s", preset, diff)
		}
	}
}

// issuedProducts are the sizes of the products in the profile of a training step and a velocity.
func issuedProducts(t *testing.T, preset string) (issued []string) {
	o, err := options{preset: preset, estimator: "boundary", steps: 1, accumulate: 1, devices: 1,
		precision: run.Float32, profile: true, backend: engine.Auto, json: true}.settle()
	if err != nil {
		t.Fatal(err)
	}
	e, err := run.OpenEngine(o.backend, 1, term.Streams{Err: io.Discard}.Loading())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Backend.Finalize()
	var out strings.Builder
	if err := measureTraining(t.Context(), o, e, term.Streams{Out: &out, Err: &out}); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"kind":"DotGeneral","shapes":"([^"]*)"`).FindAllStringSubmatch(out.String(),
		-1) {
		var sizes []int
		for _, dims := range regexp.MustCompile(`\[[0-9 ]*\]`).FindAllString(m[1], -1) {
			size := 1
			for _, d := range strings.Fields(strings.Trim(dims, "[]")) {
				n, err := strconv.Atoi(d)
				if err != nil {
					t.Fatal(err)
				}
				size *= n
			}
			sizes = append(sizes, size)
		}
		issued = append(issued, fmt.Sprint(sizes))
	}
	slices.Sort(issued)
	return slices.Compact(issued)
}

// TestProductsAlone: `bench gemm` times products in the engine, without the call, also where the engine is chosen for
// the user.
func TestProductsAlone(t *testing.T) {
	for _, backend := range []string{engine.Auto, "simd", "simd:workers=1"} {
		o, err := options{preset: "tiny", estimator: "boundary", steps: 3, accumulate: 1, devices: 1,
			precision: run.Float32, backend: backend}.profilingProducts()
		if err != nil {
			t.Fatal(err)
		}
		measure := func(ctx context.Context, _ options, e *engine.Engine, _ term.Streams) error {
			if _, err := products.Time(ctx, e.Backend, products.Product{M: 4, K: 4, N: 4}, 1); err != nil {
				return err
			}
			if _, told := products.OpTime(e.Backend, "DotGeneral"); !told {
				t.Errorf("--backend %s: the engine doesn't tell the time of a product", backend)
			}
			return nil
		}
		if err := o.execute(t.Context(), measure, term.Streams{Out: io.Discard, Err: io.Discard}); err != nil {
			t.Error(err)
		}
	}
}
