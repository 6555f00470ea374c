package evaluate

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// arrayOf reads an array of an archive's bytes.
func arrayOf(t *testing.T, data []byte, name string) npy.Array {
	t.Helper()
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	shape, values, err := npy.Named[float64](archive, name)
	if err != nil {
		t.Fatal(err)
	}
	return npy.Array{Name: name, Shape: shape, Values: values}
}

// tableOf is a CSV of points with a column more.
func tableOf(x npy.Array, name string, more []float64) []byte {
	var b bytes.Buffer
	values, dim := x.Values.([]float64), x.Shape[1]
	for k := range dim {
		fmt.Fprintf(&b, "c%d,", k)
	}
	fmt.Fprintf(&b, "%s\n", name)
	for i, m := range more {
		for k := range dim {
			fmt.Fprintf(&b, "%v,", values[i*dim+k])
		}
		fmt.Fprintf(&b, "%v\n", m)
	}
	return b.Bytes()
}

func archiveOf(t *testing.T, path string, arrays ...npy.Array) string {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, arrays...); err != nil {
		t.Fatal(err)
	}
	return writeBytes(t, filepath.Dir(path), filepath.Base(path), b.Bytes())
}

// TestNamesOfWeights: whatever the weights are called, in an archive or in a table, distances are those of SciPy's
// linear program, and the report names what both sides are weighted by.
func TestNamesOfWeights(t *testing.T) {
	dir, g := t.TempDir(), readGolden(t).Weighted
	x, logs := arrayOf(t, g.Samples.unpacked(t), "samples"), arrayOf(t, g.Samples.unpacked(t),
		"log_weights").Values.([]float64)
	y, plain := arrayOf(t, g.Reference.unpacked(t), "x"), arrayOf(t, g.Reference.unpacked(t),
		"weights").Values.([]float64)
	for i, names := range [][2]string{{"log_weight", "weight"}, {"log_w", "sample_weight"}, {"logw", "sample_weights"},
		{"logWeights", "importance_weights"},
		{"log_weights", "Weights"}, {"lnw", "importance-weight"}} {
		a, b := filepath.Join(dir, fmt.Sprintf("a%d", i)), filepath.Join(dir, fmt.Sprintf("b%d", i))
		archives := [2]string{archiveOf(t, a+".npz", x, npy.Array{Name: names[0], Shape: []int{len(logs)},
			Values: logs}),
			archiveOf(t, b+".npz", y, npy.Array{Name: names[1], Shape: []int{len(plain)}, Values: plain})}
		tables := [2]string{writeBytes(t, dir, filepath.Base(a)+".csv", tableOf(x, names[0], logs)),
			writeBytes(t, dir, filepath.Base(b)+".csv", tableOf(y, names[1], plain))}
		for _, files := range [][2]string{archives, tables, {archives[0], tables[1]}} {
			r, err := evaluated(t, "w2", "--samples", files[0], "--reference", files[1])
			if !cmp.Equal(g.W2, r.Value, cmpopts.EquateApprox(1e-6, 0)) || r.Samples.WeightedBy != names[0] ||
				r.ReferenceWeightedBy != names[1] {
				t.Errorf("%v: %+v %s, want %g", files, r, err, g.W2)
			}
			if line := fmt.Sprintf("against 18 of %s, weighted by %s;", files[1],
				names[1]); !strings.Contains(r.String(), line) {
				t.Errorf("%s: want %q", r, line)
			}
		}
	}
}

// TestArraysBeside: what else has a number for each sample is named, and refused where it may be weights.
func TestArraysBeside(t *testing.T) {
	dir := t.TempDir()
	x := npy.Array{Name: "samples", Shape: []int{3, 2}, Values: []float64{1, 2, 3, 5, 8, 13}}
	three := func(name string) npy.Array {
		return npy.Array{Name: name, Shape: []int{3}, Values: []float64{1, 2, 0.5}}
	}
	plain := archiveOf(t, filepath.Join(dir, "plain.npz"), x)
	for name, says := range map[string]string{"y": "", "labels": "", "times": "", "sample_labels": "",
		"likelihood": `the array "likelihood" has a number for each sample`,
		"reweighted": "refused", "w": "refused", "body_weight": "refused"} {
		r, err := evaluated(t, "w2", "--samples", archiveOf(t, filepath.Join(dir, "x.npz"), x, three(name)),
			"--reference", plain)
		switch warned := strings.Join(r.Warnings, ";"); {
		case says == "refused" &&
			!strings.Contains(err, "may be what the samples count; call it weights"), says != "refused" && err != "":
			t.Errorf("%s: %+v %s", name, r, err)
		case says != "refused" && (!strings.Contains(warned, says) || says == "" &&
			strings.Contains(warned, "isn't used")):
			t.Errorf("%s: warned of %q, want %q", name, warned, says)
		}
	}
	other := npy.Array{Name: "weightings", Shape: []int{2}, Values: []float64{1, 2}} // not one a sample
	if r, err := evaluated(t, "w2", "--samples", archiveOf(t, filepath.Join(dir, "x.npz"), x, other), "--reference",
		plain); err != "" || r.Value != 0 {
		t.Errorf("%+v %s", r, err)
	}
}

// TestAdvice: what is refused says what to do about it.
func TestAdvice(t *testing.T) {
	dir := t.TempDir()
	index := writeBytes(t, dir, "index.csv", []byte(",a,b\n0,0.5,1\n1,2.5,3\n2,1.5,7\n"))
	counted := writeBytes(t, dir, "cell.csv", []byte("cell,a,b\n0,0.5,1\n1,2.5,3\n2,1.5,7\n"))
	sets := filepath.Join(dir, "sets.npy")
	var points, poor []float32
	for i := range 3 * 300 * 2 {
		points = append(points, float32(3*math.Sin(float64(i*i))))
	}
	for i := range 4 * 16 * 16 {
		poor = append(poor, float32(1.2*math.Sin(float64(i*i))))
	}
	images := filepath.Join(dir, "images.npy")
	for path, a := range map[string]npy.Array{sets: {Shape: []int{3, 300, 2}, Values: points},
		images: {Shape: []int{4, 16, 16, 1}, Values: poor}} {
		if err := replace.Output(path, a.Write); err != nil {
			t.Fatal(err)
		}
	}
	for path, says := range map[string]string{index: "index=False in pandas, with row.names=FALSE in R",
		counted: "index=False in pandas",
		sets:    "an array of three axes is taken for images, [n, height, width], and points are [n, dim]",
		images:  "pass --range -1,1 if amgen sample wrote it"} {
		if _, err := evaluated(t, "w2", "--samples", path, "--reference", path, "--features",
			"pixels"); !strings.Contains(err, says) {
			t.Errorf("%s: %q, want %q", path, err, says)
		}
	}
	if r, err := evaluated(t, "w2", "--samples", images, "--reference", images, "--features", "pixels", "--range",
		"-1,1", "--reference-range", "-1,1"); err != "" || r.Value != 0 {
		t.Errorf("%+v %s", r, err)
	}
}
