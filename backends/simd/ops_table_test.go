package simd_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/google/go-cmp/cmp"
)

var updateTable = flag.Bool("update", false, "write the table of ops again")

// tablePath is the page that TestOpsTable writes and compares.
const tablePath = "../../docs/reference/ops.md"

// columns are the dtypes of the table; those of a column have the same ops.
var columns = []struct {
	name   string
	dtypes []dtypes.DType
}{
	{"Bool", []dtypes.DType{dtypes.Bool}},
	{"Int8 … Int64", signedDTypes},
	{"Uint8 … Uint64", []dtypes.DType{dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64}},
	{"Float16, BFloat16", []dtypes.DType{dtypes.Float16, dtypes.BFloat16}},
	{"Float32, Float64", []dtypes.DType{dtypes.Float32, dtypes.Float64}},
	{"Complex64, Complex128", complexDTypes},
}

// TestOpsTable builds and runs every op on every dtype, and compares what the engine has with the page.
func TestOpsTable(t *testing.T) {
	backend := newBackend(t, "simd")
	has := backend.Capabilities().Operations
	rows, missing := map[string]string{}, []string{}
	for op := backends.OpTypeInvalid + 1; op < backends.OpTypeLast; op++ {
		switch {
		case !has[op]:
			missing = append(missing, "`"+op.String()+"`")
		case recipes[op] == nil:
			t.Errorf("%s has no recipe; add one in ops_recipes_test.go", op)
		default:
			rows[op.String()] = tableRow(t, backend, op)
			if !strings.Contains(rows[op.String()], "✓") {
				t.Errorf("%s runs on no dtype", op)
			}
		}
	}
	slices.Sort(missing)
	var page strings.Builder
	page.WriteString(tableHead)
	page.WriteString("| op |")
	for _, column := range columns {
		fmt.Fprintf(&page, " %s |", column.name)
	}
	page.WriteString("\n|---|" + strings.Repeat(":-:|", len(columns)) + "\n")
	for _, name := range sortedKeys(rows) {
		fmt.Fprintf(&page, "| `%s` |%s\n", name, rows[name])
	}
	fmt.Fprintf(&page, "\nThe engine lacks %s.\nThey have no method in GoMLX's builder, or need several devices.\n",
		strings.Join(missing, ", "))
	if *updateTable {
		if err := os.WriteFile(tablePath, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(old), page.String()); diff != "" {
		t.Errorf("%s is stale; run go test ./backends/simd -run OpsTable -update (-have +want):\n%s", tablePath, diff)
	}
}

// tableRow marks the columns for whose dtypes the op runs.
func tableRow(t *testing.T, backend backends.Backend, op backends.OpType) (row string) {
	for _, column := range columns {
		var running []dtypes.DType
		for _, dtype := range column.dtypes {
			if runs(t, backend, op, dtype) {
				running = append(running, dtype)
			}
		}
		switch len(running) {
		case 0:
			row += "  |"
		case len(column.dtypes):
			row += " ✓ |"
		default:
			t.Errorf("%s runs on %v alone of %v; divide the column", op, running, column.dtypes)
		}
	}
	return row
}

// runs reports whether the engine builds an op on a dtype. What it builds must run.
func runs(t *testing.T, backend backends.Backend, op backends.OpType, dtype dtypes.DType) bool {
	t.Helper()
	p := &probe{Builder: backend.Builder("probe"), dtype: dtype}
	result, err := recipes[op](p)
	if err != nil {
		if !strings.Contains(err.Error(), dtype.String()) {
			t.Errorf("%s on %s: the error doesn't name the dtype: %v", op, dtype, err)
		}
		return false
	}
	exec, err := p.Compile([]backends.Op{result}, nil)
	if err != nil {
		t.Fatalf("%s on %s: %v", op, dtype, err)
	}
	defer exec.Finalize()
	args := make([]backends.Buffer, len(p.args))
	for i, x := range p.args {
		if args[i], err = backend.BufferFromFlatData(0, x.flat, x.shape); err != nil {
			t.Fatal(err)
		}
	}
	results, err := exec.Execute(args, nil, 0)
	if err != nil {
		t.Fatalf("%s on %s: %v", op, dtype, err)
	}
	for _, buffer := range append(args, results...) {
		if err := backend.BufferFinalize(buffer); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

const tableHead = `# Reference: the ops of the engine

The CPU engine [simd](../guide/engine.md) runs these ops of GoMLX's builder. A test writes this page: it builds and
runs each op on each dtype. The dtype is that of the operands; of ` + "`Constant`, `Iota` and `RNGBitGenerator`" + ` it is
the result's. Indices are integers of any width, conditions are Bool. Another dtype is an error when the graph is built.

- On Bool, maximum and sum of a window are "any", minimum and product are "all".
- A window of complex numbers has a sum or a product, a scatter of them a sum.
- Functions of complex numbers take the principal branch. ` + "`Abs`, `Real` and `Imag`" + ` of them are real.
- ` + "`FFT`" + ` transforms one or more of the last axes, in all four directions, of any length, and computes in
  Complex128. Its length is that of the axis; pad or slice to another.
- ` + "`DynamicSlice` and `DynamicUpdateSlice`" + ` take a scalar start for each axis, or one vector of all starts.
- 16-bit floats compute in Float32 and round once.

`
