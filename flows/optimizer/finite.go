package optimizer

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// spoiltFlag is a variable in AccumulatedScope: 1 once a loss or a gradient was not finite, of a trainer that doesn't
// read every step.
const spoiltFlag = "#spoilt"

// watch notes whether loss and norm are finite, and returns the norm; NaN once they were not, for those who read one
// step in many. An infinite gradient may be clipped away, and the next losses be finite ones of a spoilt network.
func watch(vars *mlcontext.Context, loss, norm *Node) *Node {
	g := norm.Graph()
	v := vars.InAbsPath(AccumulatedScope).Checked(false).WithInitializer(initializers.Zero).
		VariableWithShape(spoiltFlag, shapes.Make(norm.DType())).SetTrainable(false)
	none, one := ScalarZero(g, norm.DType()), ScalarOne(g, norm.DType())
	spoilt := Max(v.ValueGraph(g), Where(LogicalAnd(IsFinite(loss), IsFinite(norm)), none, one))
	v.SetValueGraph(spoilt)
	return Where(GreaterThan(spoilt, none), Scalar(g, norm.DType(), math.NaN()), norm)
}

// Spoilt tells whether a loss or a gradient wasn't finite in some step of an optimizer with [Settings].Watch.
func Spoilt(vars *mlcontext.Context) (bool, error) {
	v := vars.InspectVariableIfLoaded(AccumulatedScope, spoiltFlag)
	if v == nil {
		return false, nil
	}
	value, err := v.Value()
	if err != nil {
		return false, fmt.Errorf("optimizer: whether training is sound: %w", err)
	}
	return shapes.ConvertTo[float64](value.Value()) > 0, nil
}
