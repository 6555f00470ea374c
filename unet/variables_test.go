package unet

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
)

// TestVariables: the table is that of the variables which the graph creates, for every preset, and the twin has as
// many numbers. The action is a scalar an example.
func TestVariables(t *testing.T) {
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	authors := mini
	authors.Base, authors.Convention = 32, Authors
	told := mini
	told.Classes = 3
	configs := map[string]Config{"mini": mini, "authors": authors, "classes": told}
	for name, c := range Presets {
		configs[name] = c
	}
	for name, c := range configs {
		want := map[string][]int{}
		vars, g := mlcontext.New(), NewGraph(backend, name)
		s := Action(c)(vars, Zeros(g, shapeOf(2)), Zeros(g, shapeOf(2, c.Size, c.Size, c.Channels)))
		if !s.Shape().Equal(shapeOf(2)) {
			t.Errorf("%s: the action has shape %s, want one scalar an example", name, s.Shape())
		}
		for v := range vars.IterVariables() {
			if v.Trainable {
				want[variableName(v)] = v.Shape().Dimensions
			}
		}
		g.Finalize()
		got, total := map[string][]int{}, 0
		parts := map[string]int{}
		for _, p := range Variables(c) {
			got[p.Name] = p.Shape
			size := 1
			for _, n := range p.Shape {
				size *= n
			}
			total += size
			if axes := slices.Sorted(slices.Values(p.Twin.Axes)); len(axes) != len(p.Shape) || axes[0] != 0 ||
				axes[len(axes)-1] != len(axes)-1 {
				t.Errorf("%s: %s: axes %v of shape %v", name, p.Name, p.Twin.Axes, p.Shape)
			}
			if p.Twin.Part != parts[p.Twin.Name] {
				t.Errorf("%s: %s: part %d of %s, want %d", name, p.Name, p.Twin.Part, p.Twin.Name, parts[p.Twin.Name])
			}
			parts[p.Twin.Name]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-graph +table):\n%s", name, diff)
		}
		if total != c.Params() {
			t.Errorf("%s: %d parameters, want %d", name, total, c.Params())
		}
	}
}
