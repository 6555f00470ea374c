package flows

import (
	"fmt"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// FlowMatching is the baseline that fits a vector field h(t, x) to the path's velocities: the loss is
// E[w(t) ½‖h(t, x_t) − ẋ_t‖² / p(t)], the minimum E[ẋ_t | x_t]. Lipman et al. 2023, Flow Matching for Generative
// Modeling.
type FlowMatching struct {
	// Weight w(t); the zero value is Constant.
	Weight Weight
}

// Check implements [Objective].
func (FlowMatching) Check(path Path) error {
	if !path.KnowsVelocity() {
		return fmt.Errorf("flows: flow matching fits the velocity ẋ_t, which path %s doesn't know; "+
			"use am, eam, uam or euam", path.Name())
	}
	return nil
}

// usedWeight is what a [Trainer] checks.
func (fm FlowMatching) usedWeight() Weight { return fm.Weight }

// Motion implements [Objective].
func (FlowMatching) Motion() Dynamics {
	return Dynamics{read: func(vars *mlcontext.Context, model Action, t, x *Node) *Node {
		return model.field(vars, t, x)
	}}
}

// Loss implements [Objective].
func (fm FlowMatching) Loss(vars *mlcontext.Context, model Action, path Path, times Times, data *Node) *Node {
	checkData(data)
	curves := path.Draw(vars, data)
	t, density := times.Draw(vars, data.Graph(), timeShape(data))
	x, velocity := curves.At(t)
	h := model.given(curves.Condition).field(vars, t, x)
	return regression(vars, times, fm.Weight, t, density, h, velocity)
}

// regression is w ½‖h − target‖²/p of each example, [batch].
func regression(vars *mlcontext.Context, times Times, weight Weight, t, density, h, target *Node) *Node {
	integrand := Mul(weight.or(Constant).Func(t), MulScalar(sumExample(Square(Sub(h, target))), 0.5))
	observe(vars, times, t, integrand)
	return Div(integrand, density)
}
