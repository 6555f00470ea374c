package simd_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/google/go-cmp/cmp"
)

// compileUpdate compiles (v, g) → (v − g, Σ v, v): an optimiser's step and what it reads.
func compileUpdate(t *testing.T, backend backends.Backend, shape shapes.Shape) backends.Executable {
	t.Helper()
	b := backend.Builder("update")
	must := func(op backends.Op, err error) backends.Op {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	v, g := must(b.Parameter("v", shape, nil)), must(b.Parameter("g", shape, nil))
	exec, err := b.Compile([]backends.Op{must(b.Sub(v, g)), must(b.ReduceSum(v)), v}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

func upload(t *testing.T, backend backends.Backend, values ...float32) backends.Buffer {
	t.Helper()
	buf, err := backend.BufferFromFlatData(0, values, shapes.Make(dtypes.Float32, len(values)))
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

func download(t *testing.T, backend backends.Backend, buf backends.Buffer) []float32 {
	t.Helper()
	flat, err := backend.BufferData(buf)
	if err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), flat.([]float32)...)
}

// TestDonatedInputs checks that donating changes no result, keeps the other inputs, and ends the donated ones, however
// they are passed.
func TestDonatedInputs(t *testing.T) {
	backend := newBackend(t, "simd")
	exec := compileUpdate(t, backend, shapes.Make(dtypes.Float32, 3))
	want := [][]float32{{0, 0, 0}, {6}, {1, 2, 3}}
	for _, c := range []struct {
		name   string
		donate []bool
		twice  bool // the same buffer for both parameters
	}{
		{"none", nil, true}, {"neither", []bool{false, false}, true}, {"first", []bool{true, false}, false},
		{"second", []bool{false, true}, false}, {"both", []bool{true, true}, false}, {"one buffer", []bool{true, true},
			true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, g := upload(t, backend, 1, 2, 3), upload(t, backend, 1, 2, 3)
			if c.twice {
				g = v
			}
			out, err := exec.Execute([]backends.Buffer{v, g}, c.donate, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range out {
				if diff := cmp.Diff(want[i], download(t, backend, o)); diff != "" {
					t.Errorf("output %d (-want +got):\n%s", i, diff)
				}
				// Whoever writes to an output must not change what is left of the inputs or the other outputs.
				flat, _ := backend.BufferData(o)
				clear(flat.([]float32))
			}
			for i, in := range []backends.Buffer{v, g} {
				if c.donate == nil || !c.donate[i] {
					if diff := cmp.Diff([]float32{1, 2, 3}, download(t, backend, in)); diff != "" {
						t.Errorf("input %d was changed:\n%s", i, diff)
					}
				} else if _, err := backend.BufferData(in); err == nil {
					t.Errorf("input %d is still valid after it was donated", i)
				}
			}
		})
	}
}

// TestExecuteErrors checks that wrong inputs are refused and named.
func TestExecuteErrors(t *testing.T) {
	backend := newBackend(t, "simd")
	exec := compileUpdate(t, backend, shapes.Make(dtypes.Float32, 2))
	good, long, dead := upload(t, backend, 1, 2), upload(t, backend, 1, 2, 3), upload(t, backend, 1, 2)
	if err := backend.BufferFinalize(dead); err != nil {
		t.Fatal(err)
	}
	if err := backend.BufferFinalize(dead); err == nil {
		t.Error("a buffer was finalized twice")
	}
	for _, c := range []struct {
		name   string
		inputs []backends.Buffer
		donate []bool
		want   string
	}{
		{"count", []backends.Buffer{good}, nil, "got 1 inputs; pass 2"},
		{"donate", []backends.Buffer{good, good}, []bool{true}, "1 donate flags for 2 inputs"},
		{"shape", []backends.Buffer{good, long}, nil, "got shape (Float32)[3] for input 1 (g)"},
		{"dead", []backends.Buffer{dead, good}, nil, "was finalized or donated"},
		{"type", []backends.Buffer{good, 7}, nil, "got a buffer of type int"},
		{"nil", []backends.Buffer{nil, good}, nil, "got a buffer of type <nil>"},
	} {
		_, err := exec.Execute(c.inputs, c.donate, 0)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.name, err, c.want)
		}
	}
	exec.Finalize()
	if _, err := exec.Execute([]backends.Buffer{good, good}, nil, 0); err == nil {
		t.Error("a finalized executable ran")
	}
}

// TestConcurrentExecute runs one executable from several goroutines, each with inputs of its own; run with -race.
func TestConcurrentExecute(t *testing.T) {
	backend := newBackend(t, "simd:workers=2")
	const size = 20000
	exec := compileUpdate(t, backend, shapes.Make(dtypes.Float32, size))
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			values, zeros := make([]float32, size), make([]float32, size)
			for i := range values {
				values[i] = float32(k + i%2)
			}
			for range 20 {
				out, err := exec.Execute([]backends.Buffer{upload(t, backend, values...), upload(t, backend, zeros...)},
					[]bool{true, true}, 0)
				if err != nil {
					t.Error(err)
					return
				}
				if sum := download(t, backend, out[1])[0]; sum != float32(size*k+size/2) {
					t.Errorf("sum of goroutine %d is %v", k, sum)
				}
				if diff := cmp.Diff(values, download(t, backend, out[0])); diff != "" {
					t.Errorf("goroutine %d got another's values", k)
				}
				for _, o := range out {
					_ = backend.BufferFinalize(o)
				}
			}
		})
	}
	wg.Wait()
}
