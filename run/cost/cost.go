// Package cost estimates what training costs on this machine, before it begins.
package cost

import (
	"context"
	"math"
	"runtime"
	"time"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/products"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/heldout"
)

// Cost is an estimate of the time that a run takes.
type Cost struct {
	Params int     // parameters of the network
	Step   float64 // seconds of one training step
	Once   float64 // seconds before the first
	Steps  int     // of the run

	Evaluation  float64 // seconds of an evaluation while training
	Evaluations int     // of the run

	flops float64 // of one training step
	pace  pace
}

// Evaluations of the network that a training step costs, and a velocity.
const (
	pathwiseForwards = 6
	boundaryForwards = 9
	diceForwards     = 12
	velocityForwards = 3
)

// A step of amgen's engine takes productShare of the time that its operations would take at the rate of a large product
// (below 1: Winograd's convolutions do fewer). On top of it comes element-wise work, elementTime/√w seconds an
// operation on one core, w being the operations a pixel of a forward pass: it is in proportion to a network's width,
// products are to its square, and it is memory's, whatever the rate of products. Calibrated on two machines of two
// cores, see TestCostOfPresets. Other engines are taken to reach otherShare of their rate, good to a factor of three.
const (
	productShare = 0.63
	elementTime  = 4.1e-9
	otherShare   = 0.4
)

// pace is how fast an engine is.
type pace struct {
	rate  float64 // of large products, operations a second
	cores int     // of amgen's engine, 0 of another

	once, coupling float64 // seconds to couple snapshots: before the first step, and for each
}

// stepOverhead is the time in seconds that a step takes apart from its operations, measured on the perceptrons.
const stepOverhead = 0.002

// Estimate predicts the cost of a run from the network's operations and the backend's matrix rate, measured here. Work
// beside it makes a run slower than that.
func Estimate(ctx context.Context, e *engine.Engine, plan *run.Plan) (Cost, error) {
	rate, err := matrixRate(ctx, e)
	if err != nil {
		return Cost{}, err
	}
	p := pace{rate: rate}
	if !e.Choice.XLA() {
		p.cores = runtime.GOMAXPROCS(0)
	}
	if plan.Problem != nil && plan.Problem.Snapshots != nil {
		once, each := plan.Problem.Snapshots.CouplingTime(plan.Config.Batch)
		p.once, p.coupling = once.Seconds(), each.Seconds()
	}
	return costAt(p, plan), nil
}

// costAt is the cost at a pace.
func costAt(p pace, plan *run.Plan) Cost {
	cfg := plan.Config
	c := Cost{Params: plan.Params(), Steps: cfg.Steps, pace: p}
	c.flops = float64(Forwards(cfg.Estimator)) * float64(plan.FLOPs(1)) * float64(cfg.Batch)
	each := 1 / otherShare / p.rate // seconds an operation
	if p.cores > 0 {
		width := math.Sqrt(float64(plan.FLOPs(1)) / float64(plan.Places()))
		each = productShare/p.rate + elementTime/float64(p.cores)/width
	}
	c.Step, c.Once = stepOverhead+each*c.flops+p.coupling, p.once
	if cfg.EvalEvery > 0 {
		c.Evaluations = (cfg.Steps + cfg.EvalEvery - 1) / cfg.EvalEvery
		c.Evaluation = each * float64(plan.FLOPs(1)) * velocityForwards * float64(evaluated(plan))
	}
	return c
}

// evaluated is how many velocities an evaluation takes, if its FID can be had.
func evaluated(plan *run.Plan) int {
	if plan.Config.Points() {
		return heldout.Points
	}
	return heldout.MostImages + plan.Config.EvalSamples*draw.DefaultImageSteps
}

// Forwards is what a training step costs in evaluations of the network.
func Forwards(estimator string) int64 {
	switch estimator {
	case flows.Boundary.String():
		return boundaryForwards
	case flows.DICE.String():
		return diceForwards
	}
	return pathwiseForwards
}

// Total is the time of all steps and evaluations in seconds, and that before.
func (c Cost) Total() float64 {
	return c.Once + c.Step*float64(c.Steps) + c.Evaluation*float64(c.Evaluations)
}

// Of is the cost of another plan at the same pace.
func (c Cost) Of(other *run.Plan) Cost { return costAt(c.pace, other) }

// matrixRate is the backend's rate of float32 matrix products in operations a second: the best of several rounds, since
// one of a millisecond tells more of what else the machine does than of its engine.
func matrixRate(ctx context.Context, e *engine.Engine) (float64, error) {
	const measured = 250 * time.Millisecond
	p := products.Product{M: 512, K: 512, N: 512}
	if e.Choice.GPU() { // large enough to fill one
		p = products.Product{M: 4096, K: 4096, N: 4096}
	}
	best := time.Duration(math.MaxInt64)
	for began := time.Now(); time.Since(began) < measured; {
		round, err := products.Time(ctx, e.Backend, p, 6)
		if err != nil {
			return 0, err
		}
		best = min(best, round)
	}
	return p.FLOPs() / best.Seconds(), nil
}
