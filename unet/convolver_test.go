package unet

import (
	"testing"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/amgen/amgen/backends/simd"
)

var _ convolver = (*simd.Backend)(nil)

// A backend with direct convolutions has the forms of the layers that use them; any other has the plain ones.
func TestDirectConvolutions(t *testing.T) {
	for name, want := range map[string]bool{"simd": true, "go": false} {
		backend, err := backends.NewWithConfig(name)
		if err != nil {
			t.Fatal(err)
		}
		defer backend.Finalize()
		g := NewGraph(backend, name)
		if got := direct(g); got != want {
			t.Errorf("backend %s has direct convolutions: %v, want %v", name, got, want)
		}
		x := Zeros(g, shapes.Make(dtypes.Float32, 1, 4, 4, 3))
		parts := joined{x, x}.suited()
		if got := len(parts) == 2; got != want {
			t.Errorf("backend %s: %d tensors of two", name, len(parts))
		}
	}
}
