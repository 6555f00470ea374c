package heldout_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// velocityLoss is the mean of ½‖v‖² − v·(x₁ − x₀) over n points at each of some times, on lines from noise to the toy,
// by the velocities that the run's sampler follows, and the deviation of a single value.
func velocityLoss(t *testing.T, r *run.Run, times, n int) (mean, deviation float64) {
	t.Helper()
	toy, err := science.Open("moons", science.Options{Batch: n, Seed: 77})
	if err != nil {
		t.Fatal(err)
	}
	sum, squares := 0.0, 0.0
	for k := range times {
		at := (float64(k) + 0.5) / float64(times)
		noise, err := flows.Noise(5, k*n, n, 2)
		if err != nil {
			t.Fatal(err)
		}
		_, inputs, _, err := toy.Dataset.Yield()
		if err != nil {
			t.Fatal(err)
		}
		x0, x1 := tensors.MustCopyFlatData[float32](noise), tensors.MustCopyFlatData[float32](inputs[0])
		x := make([]float32, len(x0))
		for i := range x {
			x[i] = float32((1-at)*float64(x0[i]) + at*float64(x1[i]))
		}
		out, err := r.Sampler.Velocity(at, tensors.FromFlatDataAndDimensions(x, n, 2))
		if err != nil {
			t.Fatal(err)
		}
		v := tensors.MustCopyFlatData[float32](out)
		for i := 0; i < len(v); i += 2 {
			loss := 0.0
			for j := i; j < i+2; j++ {
				loss += 0.5*float64(v[j])*float64(v[j]) - float64(v[j])*float64(x1[j]-x0[j])
			}
			sum, squares = sum+loss, squares+loss*loss
		}
	}
	all := float64(times * n)
	mean = sum / all
	return mean, math.Sqrt(squares/all - mean*mean)
}

// TestLossIsOfTheAverages: the held-out loss is that of the velocities which samples of the checkpoint follow, on other
// points and noise, by either estimator of training, and with either kind of parameters.
func TestLossIsOfTheAverages(t *testing.T) {
	for _, change := range []func(c *run.Config){
		func(*run.Config) {},
		func(c *run.Config) { c.Estimator, c.Weight = "boundary", "constant" },
		func(c *run.Config) { c.EMA = 0 },
	} {
		dir := smallrun.Train(t, func(c *run.Config) {
			c.Steps, c.Batch, c.EvalEvery, c.Hidden, c.EMA = 300, 64, 150, []int{32, 32}, 0.99
			change(c)
		})
		lines, _, err := train.ReadStats(run.Dir(dir).File(run.StatsName))
		if err != nil {
			t.Fatal(err)
		}
		found := lines[len(lines)-1].HeldOutLoss
		if found == nil {
			t.Fatal("the last line of the log has no held-out loss")
		}
		r, err := run.Open(t.Context(), dir, run.Options{Raw: keepsNone(t, dir)})
		if err != nil {
			t.Fatal(err)
		}
		const times, n = 64, 512
		want, deviation := velocityLoss(t, r, times, n)
		r.Close()
		// Four standard errors of the difference, of 8192 points there and 32 768 here.
		most := 4 * deviation * math.Sqrt(1./8192+1./(times*n))
		t.Logf("held-out loss %.4f, by the sampler's velocities %.4f, allowed %.4f", *found, want, most)
		if !(math.Abs(*found-want) <= most) || math.Abs(want) < 2*most {
			t.Errorf("held-out loss %g, by the sampler's velocities %g ± %g", *found, want, most)
		}
	}
}

// keepsNone tells whether a run keeps no averages.
func keepsNone(t *testing.T, dir string) bool {
	t.Helper()
	cfg, err := run.Dir(dir).Config()
	if err != nil {
		t.Fatal(err)
	}
	return cfg.EMA == 0
}
