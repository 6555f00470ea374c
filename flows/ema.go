package flows

import (
	"strings"

	"github.com/amgen/amgen/flows/optimizer"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
	"github.com/pkg/errors"
)

// EMAContext returns a new context with copies of the model variables in vars, the averages in place of the parameters
// that have one: what to sample from. It shares nothing with vars; [RefreshEMA] brings it up to date.
//
// The error says so where vars holds no average.
func EMAContext(vars *mlcontext.Context) (*mlcontext.Context, error) {
	ema := mlcontext.New()
	if err := RefreshEMA(ema, vars); err != nil {
		return nil, err
	}
	return ema.Reuse(), nil
}

// RefreshEMA sets the variables of ema, made by [EMAContext], to copies of the present averages in vars, so that a
// [Sampler] on ema goes on without compiling anew. A context without averages is an error, and so are variables of
// other shapes.
func RefreshEMA(ema, vars *mlcontext.Context) error {
	averaged := false
	err := copyModel(ema, vars, func(v *mlcontext.Variable) *mlcontext.Variable {
		scope := optimizer.EMAScope + strings.TrimSuffix(v.Scope(), mlcontext.RootScope)
		if average := vars.InspectVariableIfLoaded(scope, v.Name()); average != nil {
			averaged = true
			return average
		}
		return v
	})
	if err == nil && !averaged {
		err = errors.New("flows: the context holds no moving average; train with TrainerConfig.EMADecay > 0, or " +
			"sample from the raw parameters")
	}
	return err
}

// CopyModel sets the variables of to, a new context or one of an earlier copy, to copies of the model's in vars.
func CopyModel(to, vars *mlcontext.Context) error {
	return copyModel(to, vars, func(v *mlcontext.Variable) *mlcontext.Variable { return v })
}

// copyModel sets the variables of to to copies of what value has for the model's in vars.
func copyModel(to, vars *mlcontext.Context, value func(*mlcontext.Variable) *mlcontext.Variable) error {
	for v := range vars.IterVariables() {
		if !isModelVariable(v) || !v.HasValue() {
			continue
		}
		if err := copyVariable(to, v, value(v)); err != nil {
			return err
		}
	}
	return nil
}

// copyVariable sets v's namesake in vars to a copy of the value of source.
func copyVariable(vars *mlcontext.Context, v, source *mlcontext.Variable) error {
	value, err := source.Value()
	if err != nil {
		return errors.WithMessagef(err, "flows: average of %s", v.ScopeAndName())
	}
	if value, err = value.Clone(); err != nil {
		return errors.WithMessagef(err, "flows: average of %s", v.ScopeAndName())
	}
	if existing := vars.InspectVariableIfLoaded(v.Scope(), v.Name()); existing != nil {
		return existing.SetValue(value)
	}
	vars.InAbsPath(v.Scope()).Checked(false).VariableWithValue(v.Name(), value).SetTrainable(v.Trainable)
	return nil
}

// isModelVariable tells the model's variables from those of the trainer around it.
func isModelVariable(v *mlcontext.Variable) bool {
	for _, scope := range append(optimizer.Scopes(), TimesScope, train.TrainerAbsoluteScope,
		"/"+optimizers.AdamDefaultScope, "/"+optimizers.Scope) {
		if v.Scope() == scope || strings.HasPrefix(v.Scope(), scope+"/") {
			return false
		}
	}
	return v.Name() != optimizers.GlobalStepVariableName
}
