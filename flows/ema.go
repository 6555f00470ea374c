package flows

import (
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
	"github.com/pkg/errors"
)

// EMAScope is the context's scope for the exponential moving average of the parameters: the average of parameter
// /a/b is variable /ema/a/b.
const EMAScope = "/ema"

// emaUpdates counts the updates of the average, in EMAScope.
const emaUpdates = "#updates"

// averager builds the update of the average, e ← d e + (1 − d) v.
type averager struct {
	decay  float64
	warmup bool
}

// begin returns the value of each parameter before the optimiser touches it, and then the average's own update.
func (a averager) begin(vars *mlcontext.Context, g *Graph, params []*mlcontext.Variable) (update func()) {
	if a.decay == 0 {
		return func() {}
	}
	initial := make([]*Node, len(params))
	for i, v := range params {
		initial[i] = v.ValueGraph(g)
	}
	return func() { a.update(vars, g, params, initial) }
}

func (a averager) update(vars *mlcontext.Context, g *Graph, params []*mlcontext.Variable, initial []*Node) {
	vars = vars.Checked(false)
	counter := vars.InAbsPath(EMAScope).WithInitializer(initializers.Zero).
		VariableWithShape(emaUpdates, shapes.Make(dtypes.Int64)).SetTrainable(false)
	count := counter.ValueGraph(g)
	counter.SetValueGraph(Add(count, OnesLike(count)))
	first := Equal(count, ZerosLike(count))
	for i, v := range params {
		average := vars.InAbsPath(EMAScope+strings.TrimSuffix(v.Scope(), mlcontext.RootScope)).
			WithInitializer(initializers.Zero).VariableWithShape(v.Name(), v.Shape()).SetTrainable(false)
		old := Where(first, initial[i], average.ValueGraph(g)) // it starts at the parameters' initial values
		keep := Scalar(g, v.DType(), a.decay)
		if a.warmup {
			n := ConvertDType(count, v.DType())
			keep = Min(keep, Div(AddScalar(n, 1), AddScalar(n, 10)))
		}
		now := v.ValueGraph(g)
		average.SetValueGraph(Add(old, Mul(OneMinus(keep), Sub(now, old))))
	}
}

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
	for v := range vars.IterVariables() {
		if !isModelVariable(v) || !v.HasValue() {
			continue
		}
		source := v
		scope := EMAScope + strings.TrimSuffix(v.Scope(), mlcontext.RootScope)
		if average := vars.InspectVariableIfLoaded(scope, v.Name()); average != nil {
			source, averaged = average, true
		}
		if err := copyVariable(ema, v, source); err != nil {
			return err
		}
	}
	if !averaged {
		return errors.New("flows: the context holds no moving average; train with TrainerConfig.EMADecay > 0, or " +
			"sample from the raw parameters")
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
	for _, scope := range []string{EMAScope, PowerScope, TimesScope, AccumulatedScope, train.TrainerAbsoluteScope,
		"/" + optimizers.AdamDefaultScope, "/" + optimizers.Scope} {
		if v.Scope() == scope || strings.HasPrefix(v.Scope(), scope+"/") {
			return false
		}
	}
	return v.Name() != optimizers.GlobalStepVariableName
}
