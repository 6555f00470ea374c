package edit

import (
	"context"
	"math"
	"slices"

	known "github.com/amgen/amgen/flows/edit"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

// EncodeSolver is what [Encode], [Decode] and [Interpolate] solve by if no solver is given.
var EncodeSolver solve.Solver = solve.RK4{Steps: 25}

// Encode finds the codes of images in 8 bits, one after another: the noise at t = 0 that each comes from, by the flow
// backwards. Options.N is theirs, and needn't be set. It also returns the evaluations of the velocity.
//
// A code is no sample of N(0, I) where the image is unlike those of the data.
func Encode(ctx context.Context, r *run.Run, levels []uint8, o Options) (codes []float32, evaluations int, err error) {
	o.N = max(1, len(levels)/r.Source.Size())
	e, err := newCoder(r, o)
	if err != nil {
		return nil, 0, err
	}
	samples, err := e.batches(func(first, count int, progress func(float64)) ([]float32, int, error) {
		var x []float32
		for i := range count {
			own := levels
			if o.N > 1 {
				own = levels[(first+i)*e.size : (first+i+1)*e.size]
			}
			data, err := e.data(own)
			if err != nil {
				return nil, 0, err
			}
			x = append(x, data...)
		}
		return e.follow(ctx, x, 1, 0, first, progress)
	})
	if err != nil {
		return nil, 0, err
	}
	return samples.X, samples.Report.NFE, nil
}

// Decode makes the images that codes, one after another, stand for. Options.N is theirs, and needn't be set.
func Decode(ctx context.Context, r *run.Run, codes []float32, o Options) (*draw.Samples, error) {
	o.N = len(codes) / r.Source.Size()
	e, err := newCoder(r, o)
	if err != nil {
		return nil, err
	}
	if o.N == 0 || len(codes) != o.N*e.size {
		return nil, mistake.New("codes of %d numbers, and an image of the run has %d; give codes of the same run",
			len(codes), e.size)
	}
	return e.batches(func(first, count int, progress func(float64)) ([]float32, int, error) {
		return e.follow(ctx, slices.Clone(codes[first*e.size:(first+count)*e.size]), 0, 1, first, progress)
	})
}

// newCoder is newEditor for codes.
func newCoder(r *run.Run, o Options) (*editor, error) {
	e, err := newEditor(r, o)
	if err != nil {
		return nil, err
	}
	if e.Solver == nil {
		e.Solver = EncodeSolver
	}
	if solve.IsStochastic(e.Solver) || solve.NeedsSchedule(e.Solver) {
		return nil, mistake.New("{solver} %s doesn't go from images to noise; use rk4, heun or dopri5", e.Solver.Name())
	}
	return e, nil
}

// Between are n codes from one to another, both ends among them, along the great circle (see [known.Slerp]): n is at
// least 2.
func Between(from, to []float32, n int) []float32 {
	codes := make([]float32, 0, n*len(from))
	for i := range n {
		codes = append(codes, known.Slerp(from, to, float64(i)/float64(n-1))...)
	}
	return codes
}

// Noise is the code of sample 0 of a seed.
func Noise(r *run.Run, seed int64) ([]float32, error) {
	e, err := newEditor(r, Options{Seed: seed})
	if err != nil {
		return nil, err
	}
	return e.noise(0, 1)
}

// PSNR is the peak signal-to-noise ratio of images in 8 bits in decibels, 10 log₁₀(255² / mean squared error): +Inf of
// equal ones. They have to be of one length.
func PSNR(a, b []uint8) float64 {
	var squares float64
	for i, level := range a {
		d := float64(level) - float64(b[i])
		squares += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/squares)
}
