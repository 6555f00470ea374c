package flows

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
)

// Weight is the weight w(t) of an objective. The zero value is the objective's default.
type Weight struct {
	// Name is the name in the registry, "" for a weight that isn't there.
	Name string

	// At0 and At1 are w(0) and w(1), the weights of the boundary terms. A [Trainer] checks them against Func.
	At0, At1 float64

	// Func builds w element by element from t, [batch], of operations that differentiate: the boundary estimator
	// needs w'.
	Func func(t *Node) *Node
}

// The weights of the registry.
var (
	// Constant is w(t) = 1.
	Constant = Weight{Name: "constant", At0: 1, At1: 1, Func: OnesLike}

	// LinearDecay is w(t) = 1 − t, which vanishes at the data.
	LinearDecay = Weight{Name: "linear-decay", At0: 1, At1: 0, Func: OneMinus}

	// CubicRise is w(t) = t³, for tasks whose end at the data matters most; it vanishes at the source.
	CubicRise = Weight{Name: "cubic-rise", At0: 0, At1: 1, Func: cube}

	// CubicDecay is w(t) = (1 − t)³, which weighs the start and vanishes at the data with its first two derivatives.
	CubicDecay = Weight{Name: "cubic-decay", At0: 1, At1: 0, Func: func(t *Node) *Node { return cube(OneMinus(t)) }}
)

func cube(t *Node) *Node { return Mul(t, Square(t)) }

// or is w, or the other weight if w is the zero value.
func (w Weight) or(other Weight) Weight {
	if w.Func == nil {
		return other
	}
	return w
}

// derivative builds w and w' at t, [batch] each.
func (w Weight) derivative(t *Node) (value, slope *Node) { return schedule(w.Func).derivative(t) }

// check returns an error if At0 and At1 are not what Func builds.
func (w Weight) check(backend backends.Backend) error {
	if w.Func == nil {
		if w.Name != "" || w.At0 != 0 || w.At1 != 0 {
			return fmt.Errorf("flows: weight %q without a function; set Weight.Func, or leave all of it out", w.Name)
		}
		return nil
	}
	out, err := ExecOnce(backend, w.Func, []float64{0, 1})
	if err != nil {
		return fmt.Errorf("flows: weight w(t): %w", err)
	}
	defer out.MustFinalizeAll()
	ends, err := host.Numbers(out)
	if err != nil || len(ends) != 2 {
		return fmt.Errorf("flows: weight w(t) has shape %s for two times; build one number for each", out.Shape())
	}
	for i, want := range []float64{w.At0, w.At1} {
		if !(math.Abs(ends[i]-want) <= 1e-6*max(1, math.Abs(want))) {
			return fmt.Errorf("flows: the weight is w(%d) = %g, and Weight.At%d is %g; set it to that",
				i, ends[i], i, want)
		}
	}
	return nil
}
