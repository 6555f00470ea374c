package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego" // registers GoMLX's own CPU backend by the name go
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/losses"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"

	_ "github.com/amgen/amgen/backends/simd" // registers simd
)

// measurement is what a program prints of one turn: medians in milliseconds. A step of 0 is one that it can't do.
type measurement struct {
	params, batch int
	step, forward float64
}

func (m measurement) String() string {
	return fmt.Sprintf("cnn params=%d batch=%d step_ms=%.3f forward_ms=%.3f", m.params, m.batch, m.step, m.forward)
}

// parse reads such a line.
func parse(line string) (m measurement, err error) {
	_, err = fmt.Sscanf(line, "cnn params=%d batch=%d step_ms=%g forward_ms=%g", &m.params, &m.batch, &m.step,
		&m.forward)
	if err == nil && (m.batch < 1 || !(m.step >= 0) || !(m.forward > 0)) {
		err = fmt.Errorf("a program printed no positive times")
	}
	if err != nil {
		err = fmt.Errorf("%.80q: %w", line, err)
	}
	return m, err
}

// measure times the network's training step and forward pass on a backend, each for the given time.
func measure(w io.Writer, config string, batch int, normalised bool, limit time.Duration) error {
	backend, err := backends.NewWithConfig(config)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	ctx := context.New()
	if err := ctx.SetRNGStateFromSeed(1); err != nil {
		return err
	}
	images, labels := randomImages(batch)
	model := func(ctx *context.Context, _ any, inputs []*graph.Node) []*graph.Node {
		return network(ctx, normalised, inputs)
	}
	trainer := train.NewTrainer(backend, ctx, model, losses.SparseCategoricalCrossEntropyLogits,
		optimizers.Adam().WeightDecay(0.004).Epsilon(1e-7).LearningRate(1e-4).Done(), nil, nil)
	step, err := timed(limit, func() error {
		metrics, err := trainer.TrainStep(nil, []*tensors.Tensor{images}, []*tensors.Tensor{labels})
		for _, m := range metrics {
			m.Value() // waits for backends that return before they have computed
			m.MustFinalizeAll()
		}
		return err
	})
	if err != nil { // of a backend that lacks an op of the gradient: it may yet have the forward pass
		fmt.Fprintf(os.Stderr, "no training step: %v\n", err)
		step, ctx = 0, context.New()
	}
	infer, err := context.NewExec(backend, ctx.Checked(false), func(ctx *context.Context, x *graph.Node) *graph.Node {
		return network(ctx, normalised, []*graph.Node{x})[0]
	})
	if err != nil {
		return err
	}
	forward, err := timed(limit, func() error {
		logits, err := infer.Exec1(images)
		if err == nil {
			logits.Value()
			logits.MustFinalizeAll()
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, measurement{params(ctx), batch, step, forward})
	return err
}

// timed is the median time of calls in milliseconds, after two that compile and settle buffers.
func timed(limit time.Duration, call func() error) (float64, error) {
	const least, most = 2, 500
	var all []float64
	began := time.Now()
	for i := 0; i < 2+most; i++ {
		if i == 2 {
			began = time.Now()
		}
		start := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		if i >= 2 {
			all = append(all, time.Since(start).Seconds()*1e3)
		}
		if len(all) >= least && time.Since(began) > limit {
			break
		}
	}
	return median(all), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// params counts the numbers that are trained.
func params(ctx *context.Context) (n int) {
	for v := range ctx.IterVariables() {
		if v.Trainable {
			n += v.Shape().Size()
		}
	}
	return n
}

// randomImages are images [batch, 32, 32, 3] and their labels [batch, 1].
func randomImages(batch int) (images, labels *tensors.Tensor) {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels, truth := make([]float32, batch*side*side*channels), make([]int32, batch)
	for i := range pixels {
		pixels[i] = rng.Float32()
	}
	for i := range truth {
		truth[i] = int32(rng.IntN(classes))
	}
	return tensors.FromFlatDataAndDimensions(pixels, batch, side, side, channels),
		tensors.FromFlatDataAndDimensions(truth, batch, 1)
}
