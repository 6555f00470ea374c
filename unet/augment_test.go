package unet

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Told zeros, and told nothing, a network is the one without Augment, exactly. What it is told of one image matters for
// that image alone.
func TestAugment(t *testing.T) {
	plain := mini
	plain.Classes = 2
	changed := plain
	changed.Augment = 3
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		vars := filled(t, backend, changed)
		rows := make([]float64, 3*4*changed.Base)
		for i := range rows {
			rows[i] = math.Cos(float64(i))
		}
		vars.In(Scope).In("augment").Checked(false).VariableWithValue("embedding",
			tensors.FromFlatDataAndDimensions(rows, 3, 4*changed.Base))
		var got [][]float64
		exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, times, x *Node) []*Node {
			g := x.Graph()
			class := Const(g, []int32{0, 1, 2})
			one := Const(g, [][]float64{{0, 0, 0}, {0, 1, -0.5}, {0, 0, 0}})
			zero := ZerosLike(one)
			return []*Node{ClassAction(plain)(vars, times, x, class), ClassAction(changed)(vars, times, x, class),
				AugmentedAction(changed)(vars, times, x, class, zero),
				AugmentedAction(changed)(vars, times, x, class, one)}
		})
		for _, o := range exec.MustExec([]float64{0, 0.4, 1}, image("x", 3, 8, 8, 2)) {
			got = append(got, tensors.MustCopyFlatData[float64](o))
		}
		for i := range 3 {
			for k := range 3 {
				if got[k][i] != got[0][i] {
					t.Errorf("image %d: action %.17g, and %.17g without Augment", i, got[k][i], got[0][i])
				}
			}
			if same := math.Abs(got[3][i]-got[0][i]) <= 1e-10*math.Abs(got[0][i]); same != (i != 1) { // rounding only
				t.Errorf("image %d: action %.17g, and %.17g told nothing", i, got[3][i], got[0][i])
			}
		}
	})
}

// What isn't told takes nothing, and changes of another shape are refused.
func TestAugmentRefused(t *testing.T) {
	changed := mini
	changed.Augment = 3
	authors := changed
	authors.Base, authors.Convention = 32, Authors
	if err := authors.Validate(); err == nil || !strings.Contains(err.Error(), "Augment must be 0") {
		t.Errorf("by the authors' convention: %v", err)
	}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for name, build := range map[string]func(g *Graph){
			"must be at least 1": func(g *Graph) { AugmentedNetwork(mini) },
			"[2, 3]": func(g *Graph) {
				AugmentedAction(changed)(mlcontext.New(), Parameter(g, "t", shapeOf(2)),
					Parameter(g, "x", shapeOf(2, 8, 8, 2)), nil, Parameter(g, "augment", shapeOf(2, 4)))
			},
		} {
			g := NewGraph(backend, t.Name())
			func() {
				defer func() {
					if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), name) {
						t.Errorf("got %v, want %q", err, name)
					}
				}()
				build(g)
			}()
			g.Finalize()
		}
	})
}
