package simd_test

import (
	"testing"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/gomlx/gomlx/backends"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/google/go-cmp/cmp"
)

func newBackend(t testing.TB, config string) backends.Backend {
	t.Helper()
	b, err := backends.NewWithConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// TestRepeatedOutputs compiles outputs that repeat and that are a parameter and a constant.
func TestRepeatedOutputs(t *testing.T) {
	exec := MustNewExec(newBackend(t, "simd"), func(x *Node) []*Node {
		y := Mul(Add(x, Const(x.Graph(), float32(1))), x)
		return []*Node{x, y, y, Const(x.Graph(), []float32{7, 8})}
	})
	out := exec.MustExec([]float32{1, 2})
	var got [][]float32
	for _, o := range out {
		got = append(got, o.Value().([]float32))
	}
	if diff := cmp.Diff([][]float32{{1, 2}, {2, 6}, {2, 6}, {7, 8}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestImplicitBroadcast multiplies [2,1] by [2,3] and reduces.
func TestImplicitBroadcast(t *testing.T) {
	exec := MustNewExec(newBackend(t, "simd"), func(x, y *Node) []*Node {
		return []*Node{ReduceSum(Mul(x, y), 1), ReduceAllMax(Mul(x, y))}
	})
	out := exec.MustExec([][]float32{{2}, {3}}, [][]float32{{1, 2, 3}, {4, 5, 6}})
	if diff := cmp.Diff([]float32{12, 45}, out[0].Value()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(float32(18), out[1].Value()); diff != "" {
		t.Error(diff)
	}
}

// TestConfigRefusesMistakes checks that a bad configuration is an error.
func TestConfigRefusesMistakes(t *testing.T) {
	if _, err := backends.NewWithConfig("simd:workers=0"); err == nil {
		t.Error("workers=0 was accepted")
	}
	if _, err := backends.NewWithConfig("simd:turbo"); err == nil {
		t.Error("an unknown option was accepted")
	}
}
