package simd

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/notimplemented"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"
)

// TestMissingOps builds every op that the engine lacks: each must be an error that names the op and an alternative, and
// that callers recognise as such.
func TestMissingOps(t *testing.T) {
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	has := backend.Capabilities()
	b := backend.Builder("missing").(*Builder)
	for op := backends.OpTypeInvalid + 1; op < backends.OpTypeLast; op++ {
		if has.Operations[op] {
			if alternatives[op] != "" {
				t.Errorf("%s has an alternative, though the engine has it", op)
			}
			continue
		}
		err := b.ErrFn(op)
		if alternatives[op] == "" || !strings.Contains(err.Error(), alternatives[op]) ||
			!strings.Contains(err.Error(), "op "+op.String()+";") {
			t.Errorf("%s: the error names no op or no alternative: %v", op, err)
		}
		if !errors.Is(err, notimplemented.NotImplementedError) {
			t.Errorf("%s: the error is no NotImplementedError: %v", op, err)
		}
	}
	x, err := b.Parameter("x", shapes.Make(dtypes.Float32, 4), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.AllReduce([]backends.Op{x}, backends.ReduceOpSum, nil)
	if err == nil || !strings.Contains(err.Error(), alternatives[backends.OpTypeAllReduce]) {
		t.Errorf("AllReduce: got %v", err)
	}
}

// TestMissingOpInGraph checks what a user of package graph is told, and when: before anything runs.
func TestMissingOpInGraph(t *testing.T) {
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	exec, err := NewExec(backend, func(x *Node) *Node { return Floor(ConvertDType(x, dtypes.Complex64)) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err = exec.Exec([]float32{1, 2, 3, 4}); err == nil ||
		!strings.Contains(err.Error(), "op Floor is not defined on Complex64; convert the operands to one of") {
		t.Errorf("got %v; want an error with the op and an alternative", err)
	}
}

// TestMissingDTypes checks that dtypes without storage, and ops on dtypes that they are not defined on, are errors that
// say what to use.
func TestMissingDTypes(t *testing.T) {
	backend, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	b := backend.Builder("dtypes")
	for dtype, want := range map[dtypes.DType]string{
		dtypes.F8E5M2: "BFloat16", dtypes.S4: "Int8", dtypes.U2: "Uint8", dtypes.InvalidDType: "Float32",
	} {
		_, err := b.Parameter("x", shapes.Shape{DType: dtype, Dimensions: []int{2}}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %s", dtype, err, want)
		}
	}
	flags, err := b.Parameter("flags", shapes.Make(dtypes.Bool, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, build := range []func() (backends.Op, error){
		func() (backends.Op, error) { return b.Sqrt(flags) },
		func() (backends.Op, error) { return b.ReduceSum(flags, 0) },
	} {
		if _, err := build(); err == nil || !strings.Contains(err.Error(), "Float32") {
			t.Errorf("on Bool: got %v, want an error that lists Float32", err)
		}
	}
}
