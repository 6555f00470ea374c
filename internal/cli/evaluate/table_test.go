package evaluate

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amgen/amgen/eval"
)

// TestWeightedTable: points of a .csv have their weights. The truth is scipy's, of testdata/weighted.py.
func TestWeightedTable(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	for file, text := range map[string]string{a: "x1,x2,log_weight\n0,0,0\n1,0.5,-1\n2,-1,0.5\n0.5,2,-2\n-1,1.5,0.25\n",
		b: "0;1\n2;0\n1;1\n-2;0,5\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	left, err := openTable(samplesRole, a, 0)
	if err != nil {
		t.Fatal(err)
	}
	right, err := openTable(samplesRole, b, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := distances(eval.MMD{}, *left.Points, *right.Points)
	if want := 1.3064718057482023; err != nil || math.Abs(d.W2-want) > 1e-12 {
		t.Errorf("W2 is %v (%v), want %v", d.W2, err, want)
	}
	// Of 5 points at equal distances the first, second and fourth, each with its own weight.
	some, err := openTable(samplesRole, a, 3)
	if want := []float64{math.Exp(-0.5), math.Exp(-1.5), math.Exp(-2.5)}; err != nil || some.Count != 3 ||
		!cmp.Equal(want, some.Points.Weights, cmpopts.EquateApprox(1e-15, 0)) {
		t.Errorf("3 of 5 weighted points: %+v (%v), want weights %v", some, err, want)
	}
	huge := filepath.Join(dir, "huge.csv")
	if err := os.WriteFile(huge, []byte("x,y\n1,2\n1,-1e200\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, text := evaluated(t, "w2", "--samples", huge, "--reference",
		b); !strings.Contains(text, `line 3, column 2 ("y") is -1e+200`) {
		t.Errorf("1e200: %s", text)
	}
}
