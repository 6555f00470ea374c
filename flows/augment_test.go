package flows_test

import (
	"slices"
	"testing"

	"github.com/amgen/amgen/flows"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// A batch that Augment leaves as it is trains to the same losses as without. The batch and the action that it returns
// take the place of the others.
func TestAugmentTakesTheirPlace(t *testing.T) {
	const steps = 5
	action := flows.MLP{Hidden: []int{8, 8}}.Action()
	losses := func(cfg flows.TrainerConfig) []float64 {
		s := newSmall(t, mlcontext.New(), cfg)
		s.run(t, steps)
		return s.losses()
	}
	plain := losses(flows.TrainerConfig{})
	same := losses(flows.TrainerConfig{Augment: func(_ *mlcontext.Context, batch, class *Node) (*Node, flows.Action) {
		if class != nil {
			t.Error("a class of examples that have none")
		}
		return batch, action
	}})
	if !slices.Equal(plain, same) {
		t.Errorf("losses %v with a batch that stays as it is, %v without", same, plain)
	}
	doubled := flows.TrainerConfig{Prepare: func(_ *mlcontext.Context, batch *Node) *Node {
		return MulScalar(batch, 2)
	}}
	changed := flows.TrainerConfig{Augment: func(_ *mlcontext.Context, batch, _ *Node) (*Node, flows.Action) {
		return MulScalar(batch, 2), action
	}}
	if a, b := losses(doubled), losses(changed); !slices.Equal(a, b) || slices.Equal(a, plain) {
		t.Errorf("doubled by Augment: losses %v, by Prepare %v, as they are %v", b, a, plain)
	}
	zero := flows.TrainerConfig{Augment: func(_ *mlcontext.Context, batch, _ *Node) (*Node, flows.Action) {
		return batch, func(vars *mlcontext.Context, t, x *Node) *Node { return MulScalar(action(vars, t, x), 0) }
	}}
	if got := losses(zero); got[0] != 0 {
		t.Errorf("an action of zero has the loss %g", got[0])
	}
}
