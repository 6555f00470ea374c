package optimizer

import (
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// EMAScope is the context's scope for the exponential moving average of the parameters: the average of parameter
// /a/b is variable /ema/a/b.
const EMAScope = "/ema"

// EMAUpdates is the name of the variable that counts the updates of the average.
const EMAUpdates = EMAScope + "/" + emaUpdates

const emaUpdates = "#updates"

// averager builds the update of the average, e ← d e + (1 − d) v.
type averager struct {
	decay  float64
	warmup int // length, 0 for none
}

// EMAWarmupLength is the usual w of the decay's bound (1 + n)/(w + n) after n updates.
const EMAWarmupLength = 10

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
		if a.warmup > 1 {
			n := ConvertDType(count, v.DType())
			keep = Min(keep, Div(AddScalar(n, 1), AddScalar(n, float64(a.warmup))))
		}
		now := v.ValueGraph(g)
		average.SetValueGraph(Add(old, Mul(OneMinus(keep), Sub(now, old))))
	}
}
