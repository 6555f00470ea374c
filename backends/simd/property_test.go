package simd_test

import (
	"flag"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"pgregory.net/rapid"

	"github.com/amgen/amgen/backends/simd/internal/arrays"
	"github.com/amgen/amgen/backends/simd/internal/pool"
)

// The property tests of this package draw random operations with random shapes, dtypes and attributes, run each
// on this backend and on an oracle, and compare. The oracle is GoMLX's simplego, for the operations that it has,
// or XLA on the CPU under the build tag xla: see oracle_go_test.go and oracle_xla_test.go. Both are driven
// through backends.Builder, which reaches attributes that no function of the graph package emits.

// The tests draw the same cases every time. To look for others, pass -rapid.seed=0, and -rapid.checks for more.
func init() {
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// duel compares the two backends over the cases of one test.
type duel struct {
	simd, oracle backends.Backend
	cases        int
	compared     int
	refused      string // why the oracle declined a case, the last time it did
}

var openOracle = sync.OnceValues(func() (backends.Backend, error) { return backends.NewWithConfig(oracleConfig) })

func newDuel(t *testing.T) *duel {
	t.Helper()
	oracle, err := openOracle()
	if err != nil {
		t.Fatalf("oracle %q: %v", oracleConfig, err)
	}
	d := &duel{simd: newBackend(t, "simd:workers=2"), oracle: oracle}
	t.Cleanup(func() {
		t.Logf("compared %d of %d cases with %s", d.compared, d.cases, oracleConfig)
		if d.compared == 0 && !t.Failed() && !t.Skipped() {
			t.Skipf("oracle %s refused every case: %s", oracleConfig, d.refused)
		}
	})
	return d
}

// array is a tensor on the Go side: flat is a slice of the dtype's Go type.
type array struct {
	shape shapes.Shape
	flat  any
}

// build makes the operations under test from parameters.
type build func(b backends.Builder, x []backends.Op) ([]backends.Op, error)

// one lifts a result to what build returns.
func one(op backends.Op, err error) ([]backends.Op, error) { return []backends.Op{op}, err }

// tolerance bounds |got − want| by abs + rel·|want|.
type tolerance struct{ rel, abs float64 }

// rounding is the tolerance of one elementary operation in a dtype: a few units in the last place, and one of
// the precision that simplego, which truncates, leaves to bfloat16.
func rounding(dtype dtypes.DType) tolerance {
	switch dtype {
	case dtypes.Float16:
		return tolerance{1. / 512, 1e-6}
	case dtypes.BFloat16:
		return tolerance{1. / 64, 1e-30}
	case dtypes.Float32, dtypes.Complex64:
		return tolerance{1e-5, 1e-7}
	case dtypes.Float64, dtypes.Complex128:
		return tolerance{1e-12, 1e-14}
	}
	return tolerance{}
}

// summing is the tolerance of a sum of n products of numbers of order one.
func summing(dtype dtypes.DType, n int) tolerance {
	t := rounding(dtype)
	return tolerance{t.rel * 4, t.rel * 4 * math.Sqrt(float64(n)+1)}
}

// accumulates reports whether the oracle's long sums in a dtype can be compared: simplego truncates a bfloat16 after
// each term.
func accumulates(dtype dtypes.DType) bool { return oracleIsXLA || dtype != dtypes.BFloat16 }

// check fails if the backends' results differ by more than tol. Cases that the oracle refuses are passed over.
func (d *duel) check(t *rapid.T, inputs []array, tol tolerance, f build) {
	t.Helper()
	d.cases++
	got, err := compute(d.simd, inputs, f)
	want, oracleErr := compute(d.oracle, inputs, f)
	if err != nil && strings.Contains(err.Error(), "panic") {
		t.Fatalf("simd: %v", err)
	}
	if oracleErr != nil {
		d.refused = oracleErr.Error()
		return
	}
	if err != nil {
		t.Fatalf("simd refuses what %s computes: %v", oracleConfig, err)
	}
	d.compared++
	for i := range want {
		if !got[i].shape.Equal(want[i].shape) {
			t.Fatalf("output %d has shape %s, want %s", i, got[i].shape, want[i].shape)
		}
		if at, g, w := firstDifference(got[i], want[i], tol); at >= 0 {
			t.Fatalf("output %d, %s: element %d is %v, want %v", i, got[i].shape, at, g, w)
		}
	}
}

// compute runs f on a backend; panics become errors.
func compute(backend backends.Backend, inputs []array, f build) (outputs []array, err error) {
	defer func() {
		if p := recover(); p != nil {
			outputs, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	b := backend.Builder("property")
	params := make([]backends.Op, len(inputs))
	args := make([]backends.Buffer, len(inputs))
	for i, in := range inputs {
		if params[i], err = b.Parameter(fmt.Sprintf("x%d", i), in.shape, nil); err != nil {
			return nil, err
		}
		if args[i], err = backend.BufferFromFlatData(0, in.flat, in.shape); err != nil {
			return nil, err
		}
	}
	ops, err := f(b, params)
	if err != nil {
		return nil, err
	}
	exec, err := b.Compile(ops, nil)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	results, err := exec.Execute(args, nil, 0)
	if err != nil {
		return nil, err
	}
	for _, buf := range results {
		shape, err := backend.BufferShape(buf)
		if err != nil {
			return nil, err
		}
		flat := reflect.MakeSlice(reflect.SliceOf(shape.DType.GoType()), shape.Size(), shape.Size()).Interface()
		if err := backend.BufferToFlatData(buf, flat); err != nil {
			return nil, err
		}
		outputs = append(outputs, array{shape, flat})
	}
	for _, buf := range append(args, results...) {
		if err := backend.BufferFinalize(buf); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}

// firstDifference returns the first element outside of the tolerance, or −1. NaNs equal each other.
func firstDifference(got, want array, tol tolerance) (at int, g, w any) {
	if !want.shape.DType.IsFloat() && !want.shape.DType.IsComplex() {
		gs, ws := reflect.ValueOf(got.flat), reflect.ValueOf(want.flat)
		for i := range ws.Len() {
			if g, w := gs.Index(i).Interface(), ws.Index(i).Interface(); g != w {
				return i, g, w
			}
		}
		return -1, nil, nil
	}
	gs, ws := toComplex(got), toComplex(want)
	for i, w := range ws {
		g := gs[i]
		same := g == w || cmplx.IsNaN(g) && cmplx.IsNaN(w)
		if !same && !(cmplx.Abs(g-w) <= tol.abs+tol.rel*cmplx.Abs(w)) || cmplx.IsInf(w) && !same {
			return i, g, w
		}
	}
	return -1, nil, nil
}

var one1 = pool.New(1)

func toComplex(a array) []complex128 {
	out := make([]complex128, a.shape.Size())
	if err := arrays.Convert(one1, out, a.flat); err != nil {
		panic(err)
	}
	return out
}

// values makes a tensor of what f returns for each position, converted to the dtype.
func values(shape shapes.Shape, f func(i int) float64) array {
	wide := make([]float64, shape.Size())
	for i := range wide {
		wide[i] = f(i)
	}
	flat := reflect.MakeSlice(reflect.SliceOf(shape.DType.GoType()), len(wide), len(wide)).Interface()
	if err := arrays.Convert(one1, flat, wide); err != nil {
		panic(err)
	}
	return array{shape, flat}
}

// drawArray draws a tensor of moderate numbers: normal floats, integers of [−9, 9] ([0, 18] unsigned), coins.
func drawArray(t *rapid.T, label string, dtype dtypes.DType, dims ...int) array {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label), 1))
	return values(shapes.Make(dtype, dims...), func(int) float64 {
		switch {
		case dtype == dtypes.Bool:
			return float64(r.IntN(2))
		case dtype.IsUnsigned():
			return float64(r.IntN(19))
		case dtype.IsInt():
			return float64(r.IntN(19) - 9)
		}
		return r.NormFloat64()
	})
}

// drawIndex draws a tensor of integers of [lo, hi].
func drawIndex(t *rapid.T, dtype dtypes.DType, lo, hi int, dims ...int) array {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "indices"), 2))
	return values(shapes.Make(dtype, dims...), func(int) float64 { return float64(lo + r.IntN(hi-lo+1)) })
}

// drawDims draws dimensions; against XLA an axis in twenty is empty, which simplego does not survive.
func drawDims(t *rapid.T, label string, minRank, maxRank int) []int {
	dims := make([]int, rapid.IntRange(minRank, maxRank).Draw(t, label+" rank"))
	for i := range dims {
		if dims[i] = rapid.IntRange(0, 19).Draw(t, label+" dimension"); dims[i] > 0 || !oracleIsXLA {
			dims[i] = 1 + dims[i]%6
		}
	}
	return dims
}

var (
	floatDTypes   = []dtypes.DType{dtypes.Float32, dtypes.Float64, dtypes.BFloat16, dtypes.Float16}
	signedDTypes  = []dtypes.DType{dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64}
	integerDTypes = append([]dtypes.DType{dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64}, signedDTypes...)
	realDTypes    = append(append([]dtypes.DType{}, floatDTypes...), integerDTypes...)
	allDTypes     = append([]dtypes.DType{dtypes.Bool, dtypes.Complex64, dtypes.Complex128}, realDTypes...)
)

func drawDType(t *rapid.T, from []dtypes.DType) dtypes.DType {
	return rapid.SampledFrom(from).Draw(t, "dtype")
}
