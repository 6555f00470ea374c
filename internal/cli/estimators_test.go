package cli

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/amgen/amgen/internal/cli/bench"
	"github.com/amgen/amgen/internal/cli/term"
)

// TestEstimatorsAgree measures the Action Matching loss of one trained `tiny` network by both estimators. For either
// weight the means must agree; four standard errors of their difference leave a correct pair one chance of failing
// in 16 000, and the seed is fixed. The pathwise estimator is there for its variance, which must be the smaller.
func TestEstimatorsAgree(t *testing.T) {
	dir := t.TempDir()
	pictures, out := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 8)
	mustRun(t, exitDone, "train", "--dataset", "folder:"+pictures, "--preset", "tiny", "--batch", "8", "--steps", "40",
		"--warmup", "0", "--sample-every", "0", "--out", out)

	var stdout, stderr bytes.Buffer
	if code := execute(t.Context(), []string{"bench", "estimators", "--run", out, "-n", "256", "--json"},
		term.Streams{Out: &stdout, Err: &stderr}); code != exitDone {
		t.Fatalf("bench estimators: exit code %d: %s", code, &stderr)
	}
	reports := map[string]bench.EstimatorReport{}
	for dec := json.NewDecoder(&stdout); dec.More(); {
		var r bench.EstimatorReport
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", r)
		reports[r.Weight+" "+r.Estimator] = r
	}
	for _, weight := range []string{"constant", "linear-decay"} {
		boundary, pathwise := reports[weight+" boundary"], reports[weight+" pathwise"]
		if boundary.Samples != 256 || pathwise.Samples != 256 || pathwise.Mean > -1 {
			t.Fatalf("w %s: %+v, %+v; want 256 samples each of a network that has learnt something", weight, boundary,
				pathwise)
		}
		if gap, err := boundary.Mean-pathwise.Mean, math.Hypot(boundary.StdErr,
			pathwise.StdErr); math.Abs(gap) > 4*err {
			t.Errorf("w %s: boundary %.2f, pathwise %.2f: %.2f apart, standard error %.2f", weight, boundary.Mean,
				pathwise.Mean, gap, err)
		}
		if pathwise.Deviation >= boundary.Deviation {
			t.Errorf("w %s: deviation %.1f pathwise, %.1f boundary; want the first smaller", weight, pathwise.Deviation,
				boundary.Deviation)
		}
	}
}
