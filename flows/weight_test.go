package flows_test

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// A weight whose values at the ends are not those of its function is refused before anything is trained: the boundary
// terms would have other weights than the integrand.
func TestTrainerChecksTheWeight(t *testing.T) {
	bump := func(t *Node) *Node { return Mul(t, OneMinus(t)) }
	objectives := func(w flows.Weight) []flows.Objective {
		return []flows.Objective{flows.ActionMatching{Weight: w, Estimator: flows.Boundary},
			flows.FlowMatching{Weight: w},
			flows.SlicedScoreMatching{Weight: w, Langevin: flows.ConstantDiffusion(1)}}
	}
	for _, test := range []struct {
		weight flows.Weight
		words  string // of the error, "" for none
	}{
		{flows.Weight{}, ""},
		{flows.Constant, ""},
		{flows.CubicRise, ""},
		{flows.CubicDecay, ""},
		{flows.Weight{Func: bump}, ""},
		{flows.Weight{Func: OneMinus}, "w(0) = 1, and Weight.At0 is 0"},
		{flows.Weight{Func: OnesLike, At0: 1}, "w(1) = 1, and Weight.At1 is 0"},
		{flows.Weight{At0: 1, At1: 1}, "without a function"},
		{flows.Weight{Func: ReduceAllSum}, "one number for each"},
		{flows.Weight{Func: func(t *Node) *Node { return Div(OnesLike(t), t) }, At0: 1, At1: 1}, "w(0) = +Inf"},
	} {
		for _, objective := range objectives(test.weight) {
			model := flows.Model{Action: flows.MLP{}.Action(), Path: flows.Linear{}, Objective: objective}
			_, err := flows.NewTrainer(testBackend(t), mlcontext.New(), model, flows.TrainerConfig{})
			if (err == nil) != (test.words == "") || err != nil && !strings.Contains(err.Error(), test.words) {
				t.Errorf("%T with weight %+v: error %v, want one that mentions %q", objective, test.weight, err,
					test.words)
			}
		}
	}
}
