package main

import (
	"context"
	"fmt"
	"slices"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/science"
)

// method is learned. Cells of neighbouring times are paired as the commands pair them by default.
type method struct {
	name, title string
	coupling    science.Coupling
	grows       bool
	field       bool // of vectors, instead of an action
}

var methods = []method{
	{name: "am", title: "AM", coupling: science.ExactTransport},
	{name: "fm", title: "flow matching, optimal pairs", coupling: science.ExactTransport, field: true},
	{name: "uam", title: "uAM on masses", coupling: science.Unbalanced, grows: true},
}

func chooseMethods(names []string) (chosen []method, err error) {
	for _, name := range names {
		i := slices.IndexFunc(methods, func(m method) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown method %q; there are am, fm, uam", name)
		}
		chosen = append(chosen, methods[i])
	}
	return chosen, nil
}

// widths are the hidden layers of all perceptrons. They and the settings of train are those of the preset mlp, the
// command's default.
var widths = []int{128, 128, 128}

// stepsOf is the length of a training: what grows learns twice as long, as by the command.
func (b bench) stepsOf(m method) int {
	if m.grows {
		return 2 * b.steps
	}
	return b.steps
}

// model is what the method learns of a problem, and by which objective.
func (m method) model(p *science.Problem) (flows.Model, error) {
	mlp := flows.MLP{Hidden: widths}
	model := flows.Model{Action: mlp.Signed(), Path: p.Path, Objective: flows.ActionMatching{}}
	switch {
	case m.field:
		model.Action, model.Objective = mlp.Field(), flows.FlowMatching{}
	case m.grows:
		delta, err := p.Snapshots.GrowthCost()
		if err != nil {
			return model, err
		}
		model.Objective = flows.ActionMatching{Dynamics: flows.Dynamics{Growth: true, GrowthCost: delta}}
	}
	return model, nil
}

// train learns a problem, and returns a sampler of the averaged parameters.
func (b bench) train(ctx context.Context, p *science.Problem, m method, seed int64) (*flows.Sampler, error) {
	model, err := m.model(p)
	if err != nil {
		return nil, err
	}
	vars := mlcontext.New()
	trainer, err := flows.NewTrainer(b.backend, vars, model, flows.TrainerConfig{LearningRate: 3e-3, Warmup: 50,
		Decay: optimizer.CosineDecay, DecaySteps: b.stepsOf(m), ClipNorm: 10, EMADecay: 0.999, EMAWarmup: true,
		Seed: seed})
	if err != nil {
		return nil, err
	}
	if err := trainer.Run(ctx, p.Dataset, b.stepsOf(m)); err != nil {
		return nil, err
	}
	averaged, err := flows.EMAContext(vars)
	if err != nil {
		return nil, err
	}
	return flows.NewSampler(b.backend, averaged, model)
}
