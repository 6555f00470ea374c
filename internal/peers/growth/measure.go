package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/backends"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	_ "github.com/amgen/amgen/backends/simd" // registers simd
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// size is that of a network and its batch, in the four ways in which work grows.
type size struct {
	Batch  int `json:"batch"`
	Side   int `json:"side"`   // of an image, in pixels
	Width  int `json:"width"`  // channels at full resolution
	Blocks int `json:"blocks"` // residual blocks a resolution
}

// config is the network: that of preset mnist, with attention at the lowest resolution alone.
func (s size) config() unet.Config {
	return unet.Config{Size: s.Side, Channels: 1, Base: s.Width, Multipliers: []int{1, 2, 2}, Blocks: s.Blocks,
		Attention: []int{}, Dropout: 0.1}
}

// result is what one process measured of a size.
type result struct {
	size
	StepMS float64 `json:"step_ms"` // the fastest, since others may disturb the rest
	PeakMB float64 `json:"peak_mb"` // resident memory of the process, 0 where the system doesn't tell
	Params int     `json:"params"`
	FLOPs  float64 `json:"flops"` // of a step, by unet.Config.FLOPs
	Kept   float64 `json:"kept"`  // numbers of unet.Config.Activations
}

// forwards is what a step by the boundary estimator takes in evaluations of the network.
const forwards = 9

// measure times training steps by the boundary estimator, after two that compile and settle buffers, and prints the
// result as JSON.
func measure(ctx context.Context, w io.Writer, s size, backend string, steps int) error {
	cfg := s.config()
	if err := cfg.Validate(); err != nil {
		return err
	}
	b, err := backends.NewWithConfig(backend)
	if err != nil {
		return err
	}
	defer b.Finalize()
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, s.Batch*s.Side*s.Side)
	for i := range pixels {
		pixels[i] = uint8(rng.Uint32())
	}
	data, err := imaging.New("random", imaging.Train, pixels, nil, s.Side, s.Side, 1)
	if err != nil {
		return err
	}
	batches, err := data.Batches(s.Batch, 1)
	if err != nil {
		return err
	}
	var times []float64
	model := flows.Model{Action: unet.Action(cfg), Path: flows.Linear{},
		Objective: flows.ActionMatching{Weight: flows.LinearDecay, Estimator: flows.Boundary}}
	trainer, err := flows.NewTrainer(b, mlcontext.New(), model, flows.TrainerConfig{LearningRate: 1e-4, ClipNorm: 1,
		EMADecay: 0.999, Seed: 1, Prepare: imaging.Prepare(imaging.PrepareOptions{}),
		OnStep: func(s flows.Step) error {
			times = append(times, float64(s.Elapsed)/float64(time.Millisecond))
			return nil
		}})
	if err != nil {
		return err
	}
	const warmUp = 2
	if err := trainer.Run(ctx, batches, warmUp+steps); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(result{size: s, StepMS: slices.Min(times[warmUp:]), PeakMB: peak(),
		Params: cfg.Params(),
		FLOPs:  forwards * float64(cfg.FLOPs(s.Batch)), Kept: cfg.Activations(s.Batch)})
}

// peak is the process's largest resident memory so far in MB, where Linux tells it.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status") // elsewhere there is none, and no figure
	for line := range strings.Lines(string(status)) {
		var kB float64
		if _, err := fmt.Sscanf(line, "VmHWM: %g kB", &kB); err == nil {
			return kB / 1024
		}
	}
	return 0
}
