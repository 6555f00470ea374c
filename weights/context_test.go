package weights

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// model is a context like a trainer's: parameters in scopes, a moment, a counter, generator state.
func model(t *testing.T, width int, fill float32) *context.Context {
	t.Helper()
	ctx := context.New()
	w := make([]float32, 3*width)
	for i := range w {
		w[i] = fill + float32(i)
	}
	w[0] = math.Float32frombits(0x7fc00123) // a NaN with a payload must survive too
	ctx.In("unet").In("in").VariableWithValue("w", tensors.FromFlatDataAndDimensions(w, 3, width))
	ctx.In("unet").VariableWithValue("scale", fill)
	ctx.In("adam").VariableWithValue("moment", tensors.FromFlatDataAndDimensions([]float64{1, 2, float64(fill)}, 3))
	ctx.VariableWithValue("global_step", int64(fill))
	if err := ctx.SetRNGStateFromSeed(int64(fill)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func mustFromContext(t *testing.T, ctx *context.Context) []Tensor {
	t.Helper()
	list, err := FromContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestContextRoundTrip(t *testing.T) {
	saved := mustFromContext(t, model(t, 4, 7))
	var names []string
	for _, v := range saved {
		names = append(names, v.Name)
	}
	want := []string{"/#rngState", "/adam/moment", "/global_step", "/unet/in/w", "/unet/scale"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("names (-want +got):\n%s", diff)
	}
	other := model(t, 4, 1)
	if err := Restore(other, saved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved, mustFromContext(t, other)); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	fresh := context.New()
	if err := Install(fresh, saved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved, mustFromContext(t, fresh)); diff != "" {
		t.Errorf("installed (-want +got):\n%s", diff)
	}
	// The graph that comes later finds the installed variable, by name and shape.
	v := fresh.Reuse().In("unet").In("in").VariableWithShape("w", shapes.Make(dtypes.Float32, 3, 4))
	if !v.HasValue() {
		t.Error("the installed variable wasn't found")
	}
}

// TestFromContextCopies: a snapshot must not follow later training, so it may be written meanwhile.
func TestFromContextCopies(t *testing.T) {
	ctx := model(t, 2, 3)
	saved := mustFromContext(t, ctx)
	before := saved[4].Hash()
	tensors.MustMutableFlatData(ctx.GetVariableByScopeAndName("/unet", "scale").MustValue(),
		func(flat []float32) { flat[0] = 99 })
	if saved[4].Hash() != before {
		t.Error("the snapshot changed with the variable")
	}
}

// TestScopedRestore sets the parameters of a model alone, as sampling does with averaged ones.
func TestScopedRestore(t *testing.T) {
	from, to := model(t, 4, 7), model(t, 4, 1)
	unet := mustFromContext(t, from.InAbsPath("/unet"))
	if len(unet) != 2 {
		t.Fatalf("got %v, want the two variables below /unet", unet)
	}
	if err := Restore(to.InAbsPath("/unet"), unet); err != nil {
		t.Fatal(err)
	}
	if got := tensors.ToScalar[float32](to.GetVariableByScopeAndName("/unet", "scale").MustValue()); got != 7 {
		t.Errorf("scale = %v, want 7", got)
	}
	if got := tensors.ToScalar[int64](to.GetVariableByScopeAndName("/", "global_step").MustValue()); got != 1 {
		t.Errorf("global_step = %v, want it untouched at 1", got)
	}
}

func TestOtherArchitecture(t *testing.T) {
	saved := mustFromContext(t, model(t, 4, 7))
	extra := append(append([]Tensor{}, saved...), Tensor{"/unet/a", dtypes.Float32, []int{1}, make([]byte, 4)})
	retyped := append([]Tensor{}, saved...)
	retyped[1] = Tensor{"/adam/moment", dtypes.Float32, []int{3}, make([]byte, 12)}
	tests := []struct {
		name string
		list []Tensor
		says []string // in the message
	}{
		{"shape", mustFromContext(t, model(t, 5, 7)), []string{"/unet/in/w", "Float32[3 5]", "Float32[3 4]"}},
		{"type", retyped, []string{"/adam/moment", "got Float32[3]", "want Float64[3]"}},
		{"missing", saved[:3], []string{"/unet/in/w", "got none"}},
		{"extra", extra, []string{"/unet/a", "want none"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx := model(t, 4, 1)
			before := mustFromContext(t, ctx)
			err := Restore(ctx, test.list)
			if !errors.Is(err, ErrArchitecture) {
				t.Fatalf("error %v, want ErrArchitecture", err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q doesn't say %q", err, part)
				}
			}
			if diff := cmp.Diff(before, mustFromContext(t, ctx)); diff != "" {
				t.Errorf("a refused checkpoint changed the context:\n%s", diff)
			}
		})
	}
	if err := Install(model(t, 4, 1), mustFromContext(t, model(t, 5, 7))); !errors.Is(err, ErrArchitecture) {
		t.Errorf("Install: error %v, want ErrArchitecture", err)
	}
	if err := Install(context.New(), []Tensor{{"nowhere", dtypes.Uint8, []int{1}, []byte{1}}}); !errors.Is(err,
		ErrArchitecture) {
		t.Errorf("Install of a relative name: error %v, want ErrArchitecture", err)
	}
}

func TestUninitialised(t *testing.T) {
	ctx := context.New()
	ctx.In("a").VariableWithShape("w", shapes.Make(dtypes.Float32, 2))
	if _, err := FromContext(ctx); err == nil || !strings.Contains(err.Error(), "/a/w") {
		t.Errorf("error %v, want one that names /a/w", err)
	}
}

// TestGoMLXRoundTrip: host tensor → GoMLX → host tensor keeps all bits, for every type and shape.
func TestGoMLXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := tensorGen("/x").Draw(t, "tensor")
		value, err := want.GoMLX()
		if err != nil {
			t.Fatal(err)
		}
		got, err := fromGoMLX("/x", value, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestAddScope(t *testing.T) {
	list := []Tensor{{Name: "/unet/w"}, {Name: "/w"}}
	for _, scope := range []string{"/ema", "/ema/"} {
		if diff := cmp.Diff([]Tensor{{Name: "/ema/unet/w"}, {Name: "/ema/w"}}, addScope(list, scope)); diff != "" {
			t.Error(diff)
		}
	}
	if list[0].Name != "/unet/w" {
		t.Errorf("the list itself has become %v", list)
	}
}

func ExampleFromContext() {
	ctx := context.New()
	ctx.In("unet").VariableWithValue("w", []float32{1, 2})
	list, _ := FromContext(ctx)
	fmt.Println(list[0])
	// Output: /unet/w Float32[2]
}
