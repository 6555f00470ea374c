package optimizer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/context/initializers"
)

// PowerScope is the context's scope for the power-function averages of the parameters: that of length 0.05 of
// parameter /a/b is variable /power/0.05/a/b, see [PowerAverageScope].
const PowerScope = "/power"

// PowerUpdates is the name of the variable, in the scope of each power-function average, that counts its updates.
const PowerUpdates = "#updates"

// PowerAverageScope is the scope of the power-function average of a length.
func PowerAverageScope(length float64) string {
	return PowerScope + "/" + strconv.FormatFloat(length, 'g', -1, 64)
}

// PowerLengths are the lengths that Karras et al. keep during training, from which others are fitted.
func PowerLengths() []float64 { return []float64{0.05, 0.10} }

// powerExponent is γ of the profile p(τ) ∝ τ^γ, 0 ≤ τ ≤ t, whose standard deviation is length·t: the root γ ≥ 0 of
//
//	length² = (γ + 1)/((γ + 2)²(γ + 3)).
//
// Karras et al. 2024, Analyzing and Improving the Training Dynamics of Diffusion Models, equations 123 to 126.
func powerExponent(length float64) (float64, error) {
	if !(length >= 1e-4 && length < 1/math.Sqrt(12)) {
		return 0, fmt.Errorf("optimizer: a power-function average of length %g of the training; give one from 0.0001 "+
			"to below 0.2886, such as 0.05", length)
	}
	low, high := 0.0, 1/length // the right-hand side falls with γ and is below 1/(γ + 2)²
	for range 200 {
		middle := (low + high) / 2
		if (middle+1)/((middle+2)*(middle+2)*(middle+3)) > length*length {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

// CheckPowerAverages returns an error for a length that there can't be, and for one that is there twice.
func CheckPowerAverages(lengths []float64) error {
	seen := map[string]bool{}
	for _, length := range lengths {
		if _, err := powerExponent(length); err != nil {
			return err
		}
		if scope := PowerAverageScope(length); seen[scope] {
			return fmt.Errorf("optimizer: two power-function averages of length %g; give each once", length)
		} else {
			seen[scope] = true
		}
	}
	return nil
}

// updatePowers builds the updates of the power-function averages, e ← β e + (1 − β) v with
//
//	β = (1 − 1/n)^(γ + 1)
//
// at update n = 1, 2, …: the first one sets e to v. Karras et al. 2024, equation 127.
func updatePowers(vars *mlcontext.Context, g *Graph, params []*mlcontext.Variable, lengths []float64) {
	vars = vars.Checked(false)
	for _, length := range lengths {
		counter := vars.InAbsPath(PowerAverageScope(length)).WithInitializer(initializers.Zero).
			VariableWithShape(PowerUpdates, shapes.Make(dtypes.Int64)).SetTrainable(false)
		n := counter.ValueGraph(g)
		n = Add(n, OnesLike(n))
		counter.SetValueGraph(n)
		gamma, err := powerExponent(length)
		if err != nil {
			panic(err)
		}
		for _, v := range params {
			average := vars.InAbsPath(PowerAverageScope(length)+strings.TrimSuffix(v.Scope(), mlcontext.RootScope)).
				WithInitializer(initializers.Zero).VariableWithShape(v.Name(), v.Shape()).SetTrainable(false)
			inverse := Reciprocal(ConvertDType(n, v.DType()))
			take := Neg(Expm1(MulScalar(Log1P(Neg(inverse)), gamma+1))) // 1 − β, 1 at n = 1
			old := average.ValueGraph(g)
			average.SetValueGraph(Add(old, Mul(take, Sub(v.ValueGraph(g), old))))
		}
	}
}
