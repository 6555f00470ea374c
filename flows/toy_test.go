package flows_test

import (
	"math"
	"testing"
	"time"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// The toy of the paper's method: trained on N((3, 1), ½²), samples have that mean and deviation within 0.1.
// 2048 samples know a mean to 0.011 and a deviation to 0.008.
func TestToy(t *testing.T) {
	backend := testBackend(t)
	vars := mlcontext.New()
	model := flows.MLP{}.Action()
	trainer, err := flows.NewTrainer(backend, vars, plain(model, flows.Linear{}), flows.TrainerConfig{
		LearningRate: 2e-3, Warmup: 20, ClipNorm: 10, EMADecay: 0.99, EMAWarmup: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := trainer.Run(t.Context(), toyData(t, 256, 1), 400); err != nil {
		t.Fatal(err)
	}
	trained := time.Since(start)
	ema, err := flows.EMAContext(vars)
	if err != nil {
		t.Fatal(err)
	}
	noise, err := flows.Noise(1, 0, 2048, 2)
	if err != nil {
		t.Fatal(err)
	}
	learned := plain(model, flows.Linear{})
	x, report, err := flows.Sample(t.Context(), backend, ema, learned, solve.Heun{Steps: 20}, noise)
	if err != nil {
		t.Fatal(err)
	}
	flat := tensors.MustCopyFlatData[float32](x)
	for axis, want := range []float64{3, 1} {
		var column []float64
		for i := axis; i < len(flat); i += 2 {
			column = append(column, float64(flat[i]))
		}
		mean, _, deviation := summary(column)
		t.Logf("axis %d: mean %.3f, deviation %.3f; trained in %v, %d evaluations in %v", axis, mean, deviation,
			trained, report.NFE, report.Elapsed)
		if math.Abs(mean-want) > 0.1 || math.Abs(deviation-0.5) > 0.1 {
			t.Errorf("axis %d: mean %.3f and deviation %.3f, want %g and 0.5 within 0.1", axis, mean, deviation, want)
		}
	}
}
