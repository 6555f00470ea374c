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

// Without a class the network is told the null label. A class is a row of the table: where rows are equal, so are the
// actions, and a table of zeros gives the action of the network without classes.
func TestClasses(t *testing.T) {
	told := mini
	told.Classes = 2
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		vars := filled(t, backend, told)
		eval := func(table [3]float64) (out [][]float64) {
			v := vars.GetVariableByScopeAndName("/"+Scope+"/class", "embedding")
			rows := make([]float64, 3*4*told.Base)
			for i := range rows {
				rows[i] = table[i/(4*told.Base)] * math.Cos(float64(i%(4*told.Base)))
			}
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(rows, 3, 4*told.Base)); err != nil {
				t.Fatal(err)
			}
			exec := mlcontext.MustNewExec(backend, vars, func(vars *mlcontext.Context, times, x *Node) []*Node {
				of := func(classes ...int32) *Node {
					return ClassAction(told)(vars, times, x, Const(x.Graph(), classes))
				}
				return []*Node{Action(told)(vars, times, x), Action(mini)(vars, times, x), of(2, 2, 2), of(0, 1, 2),
					of(1, 1, 1)}
			})
			for _, o := range exec.MustExec([]float64{0, 0.4, 1}, image("x", 3, 8, 8, 2)) {
				out = append(out, tensors.MustCopyFlatData[float64](o))
			}
			return out
		}
		same := func(what string, a, b float64, want bool) {
			t.Helper()
			if (math.Abs(a-b) <= 1e-10*math.Abs(a)) != want { // rounding only, else far more
				t.Errorf("%s: %.15g and %.15g, the same: want %t", what, a, b, want)
			}
		}
		zero, rows := eval([3]float64{}), eval([3]float64{0.5, -1, 1})
		for i := range 3 {
			same("a table of zeros", zero[0][i], zero[1][i], true)
			same("the null label's row", rows[0][i], rows[1][i], false)
			same("none told and the null label", rows[0][i], rows[2][i], true)
			same("class 1 alone and among others", rows[3][i], rows[4][i], i == 1)
			same("the null label among others", rows[3][i], rows[0][i], i == 2)
		}
	})
}

// What has no classes takes none, and classes that aren't one int32 an example are refused.
func TestClassesRefused(t *testing.T) {
	told := mini
	told.Classes = 2
	authors := told
	authors.Base, authors.Convention = 32, Authors
	if err := authors.Validate(); err == nil || !strings.Contains(err.Error(), "Classes must be 0") {
		t.Errorf("classes by the authors' convention: %v", err)
	}
	eachBackend(t, func(t *testing.T, backend backends.Backend) {
		for name, build := range map[string]func(g *Graph){
			"must be at least 1": func(g *Graph) { ClassAction(mini) },
			"int32 [2]": func(g *Graph) {
				ClassAction(told)(mlcontext.New(), Parameter(g, "t", shapeOf(2)),
					Parameter(g, "x", shapeOf(2, 8, 8, 2)), Const(g, []int32{0}))
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
