package evaluate

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/arrayfile"
	"github.com/amgen/amgen/eval/features"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/replace"
)

// packed are bytes that testdata/arrays.py packed.
type packed []byte

func (p packed) unpacked(t *testing.T) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// goldenArrays are what testdata/arrays.py makes by NumPy and SciPy.
type goldenArrays struct {
	Arrays []struct {
		Name, Says   string
		File, Pixels packed
		Shape        []int
		Range        []string
	}
	Weighted struct {
		Samples, Reference, Plain packed
		W1, W2, FID               float64
		Unweighted                float64 `json:"w2 plain"`
	}
}

func readGolden(t *testing.T) (g goldenArrays) {
	t.Helper()
	text, err := os.ReadFile("testdata/arrays.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func writeBytes(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// openFile opens a file as the samples.
func openFile(t *testing.T, e evaluation, path string, limit int) (*eval.Set, error) {
	t.Helper()
	at, err := e.findFile(samplesRole, path, limit)
	if err != nil {
		return nil, err
	}
	return at.open(t.Context(), term.Streams{})
}

// TestArraysOfImages: what NumPy saved of 8-bit images, in any type, range and order of axes, is these images, or is
// refused.
func TestArraysOfImages(t *testing.T) {
	for _, g := range readGolden(t).Arrays {
		path := writeBytes(t, t.TempDir(), "x.npy", g.File.unpacked(t))
		ranges, err := parseRanges(strings.Join(g.Range, ""), "")
		if err != nil {
			t.Fatal(err)
		}
		set, err := openFile(t, evaluation{ranges: ranges}, path, 0)
		if g.Says != "" {
			if err == nil || !strings.Contains(err.Error(), g.Says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want one line with %q", g.Name, err, g.Says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		images := set.Images.(*eval.ImageArray)
		shape := []int{images.Len(), images.Height, images.Width, images.Channels}
		if diff := cmp.Diff(g.Shape, shape) + cmp.Diff(g.Pixels.unpacked(t), images.Pixels); diff != "" {
			t.Errorf("%s:\n%s", g.Name, diff)
		}
		if clipped := strings.Contains(fmt.Sprint(set.Notes),
			"clipped"); clipped != strings.Contains(g.Name, "overshooting") {
			t.Errorf("%s: %v", g.Name, set.Notes)
		}
	}
}

// evaluated is the report of `amgen eval` in this process, or its error.
func evaluated(t *testing.T, args ...string) (eval.Report, string) {
	t.Helper()
	t.Setenv("AMGEN_CACHE", t.TempDir())
	var out, errs bytes.Buffer
	cmd := New(term.Streams{Out: &out, Err: &errs})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append(args, "--json"))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		return eval.Report{}, errs.String() + flags.ErrorText(err)
	}
	var r eval.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r, ""
}

// TestWeighted: weights beside samples, and beside the reference, are those of SciPy's linear program and NumPy's
// moments.
func TestWeighted(t *testing.T) {
	dir, g := t.TempDir(), readGolden(t).Weighted
	samples, reference := writeBytes(t, dir, "a.npz", g.Samples.unpacked(t)), writeBytes(t, dir, "b.npz",
		g.Reference.unpacked(t))
	plain := writeBytes(t, dir, "plain.npz", g.Plain.unpacked(t))
	for _, tc := range []struct {
		metric, reference string
		want              float64
	}{{"w1", reference, g.W1}, {"w2", reference, g.W2}, {"fid", reference, g.FID}, {"w2", plain, g.Unweighted}} {
		r, err := evaluated(t, tc.metric, "--samples", samples, "--reference", tc.reference)
		if !cmp.Equal(tc.want, r.Value, cmpopts.EquateApprox(1e-6, 0)) || r.Samples.WeightedBy != "log_weights" {
			t.Errorf("%s against %s: %+v %s, want %g", tc.metric, tc.reference, r, err, tc.want)
		}
	}
	for _, args := range [][]string{{"kid"}, {"prdc"}, {"fid", "--extrapolate"}} {
		for _, names := range [][]string{{samples, plain}, {plain, samples}} {
			if _, err := evaluated(t, append(args, "--samples", names[0], "--reference",
				names[1])...); !strings.Contains(err, "takes all samples for equal") {
				t.Errorf("%v %v: %q", args, names, err)
			}
		}
	}
	archive := func(arrays ...npy.Array) string {
		var b bytes.Buffer
		x := npy.Array{Name: "x", Shape: []int{3, 1}, Values: []float64{1, 2, 3}}
		if err := npy.WriteArchive(&b, append(arrays, x)...); err != nil {
			t.Fatal(err)
		}
		return writeBytes(t, dir, "c.npz", b.Bytes())
	}
	equal := archive(npy.Array{Name: "log_weights", Shape: []int{3}, Values: []float64{7, 7, 7}})
	if r, err := evaluated(t, "kid", "--samples", equal, "--reference",
		equal); err != "" || r.Samples.WeightedBy != "" {
		t.Errorf("equal weights: %+v %s", r, err)
	}
	for says, a := range map[string]npy.Array{
		"has 3 samples and an array": {Name: "weights", Shape: []int{2}, Values: []float64{1, 2}},
		"with -1 at 1":               {Name: "weights", Shape: []int{3}, Values: []float64{1, -1, 1}},
		"with NaN at": {Name: "log_weights", Shape: []int{3},
			Values: []float32{1, 1, float32nan()}},
		`array "weights" of shape [3 3]`:  {Name: "weights", Shape: []int{3, 3}, Values: make([]float64, 9)},
		"weights that are all 0; give so": {Name: "weights", Shape: []int{3}, Values: make([]float64, 3)},
	} {
		if _, err := evaluated(t, "w2", "--samples", archive(a), "--reference", plain); !strings.Contains(err, says) {
			t.Errorf("%q, want %q", err, says)
		}
	}
}

func float32nan() float32 { var zero float32; return zero / zero }

// TestWeightedImages: of n images out of more, each has its own weight.
func TestWeightedImages(t *testing.T) {
	var pixels []uint8
	var weights []float64
	for i := range 100 {
		pixels = append(pixels, uint8(i), 255)
		weights = append(weights, float64(i))
	}
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, npy.Array{Name: "arr_0", Shape: []int{100, 1, 2}, Values: pixels},
		npy.Array{Name: "weights", Shape: []int{100}, Values: weights}); err != nil {
		t.Fatal(err)
	}
	path := writeBytes(t, t.TempDir(), "x.npz", b.Bytes())
	for _, n := range []int{0, 7, 99} {
		s, err := arrayfile.Open(path, arrayfile.Options{Limit: n})
		if err != nil || len(s.Weights) != s.Count {
			t.Fatalf("%d: %v %v", n, s, err)
		}
		for i, w := range s.Weights {
			if got := s.Images.(*eval.ImageArray).Image(i)[0]; float64(got) != w {
				t.Errorf("%d of 100: image %d has weight %g", n, got, w)
			}
		}
	}
}

// TestStatisticsBeside: images and points are read where a mean and a covariance are beside them, by all metrics but
// fid of those features.
func TestStatisticsBeside(t *testing.T) {
	dir := t.TempDir()
	archive := func(name string, arrays ...npy.Array) string {
		var b bytes.Buffer
		if err := npy.WriteArchive(&b, arrays...); err != nil {
			t.Fatal(err)
		}
		return writeBytes(t, dir, name, b.Bytes())
	}
	images := func(seed, channels int) npy.Array {
		var pixels []uint8
		for i := range 30 * 28 * 28 {
			for range channels {
				pixels = append(pixels, uint8(i*i*seed>>8))
			}
		}
		return npy.Array{Name: "arr_0", Shape: []int{30, 28, 28, channels}, Values: pixels}
	}
	mu := npy.Array{Name: "mu", Shape: []int{2}, Values: []float64{0, 0}}
	sigma := npy.Array{Name: "sigma", Shape: []int{2, 2}, Values: []float64{1, 0, 0, 1}}
	spatial := npy.Array{Name: "mu_s", Shape: []int{2}, Values: []float64{0, 0}}
	samples, both := archive("s.npz", images(3, 1)), archive("both.npz", images(5, 1), mu, sigma, spatial)
	alone, colour := archive("alone.npz", images(5, 1)), archive("colour.npz", images(5, 3), mu, sigma)
	for _, metric := range []string{"kid", "fid", "prdc", "w2"} {
		var values []float64
		for _, reference := range []string{alone, both, colour} { // three equal channels are one
			r, err := evaluated(t, metric, "--samples", samples, "--reference", reference, "--features", "lenet-mnist")
			if err != "" || r.Measure.ReferenceCount != 30 {
				t.Fatalf("%s against %s: %+v %s", metric, reference, r, err)
			}
			values = append(values, r.Value)
		}
		if values[0] != values[1] || values[0] != values[2] {
			t.Errorf("%s: %v, want equal values", metric, values)
		}
	}
	// Points: fid takes the statistics, which are of the distances (1, 0) and variances 1 and 4 here.
	x := npy.Array{Name: "x", Shape: []int{4, 2}, Values: []float64{2, 2, 0, -2, 2, -2, 0, 2}}
	points, statistics := archive("p.npz", x), archive("q.npz", x, mu, sigma)
	r, err := evaluated(t, "fid", "--samples", points, "--reference", statistics)
	// The points have mean (1, 0) and variances 4/3 and 16/3.
	if want := 1 + 4./3 + 16./3 + 2 - 2*(1.1547005383792515+2.309401076758503); !cmp.Equal(want, r.Value,
		cmpopts.EquateApprox(0, 1e-9)) {
		t.Errorf("fid %g %s, want %g", r.Value, err, want)
	}
	if line := r.String(); !strings.Contains(line, "against the statistics of "+statistics+";") ||
		!strings.Contains(line, "warning: "+statistics+": it has statistics") {
		t.Error(line)
	}
	if r, err := evaluated(t, "w2", "--samples", points, "--reference",
		statistics); err != "" || r.Value != 0 || r.Measure.ReferenceCount != 4 {
		t.Errorf("w2: %+v %s", r, err)
	}
	// Those of the network of FID stand for its features, in its first preprocessing alone.
	for _, tc := range []struct {
		metric, features, mode string
		dim                    int
		want                   bool
	}{{"fid", features.FID, "", 2048, true}, {"fid", features.FID, "legacy-tf", 2048, true},
		{"fid", features.FID, "clean", 2048, false},
		{"fid", "lenet-mnist", "", 2048, false}, {"fid", features.FID, "", 64, false},
		{"kid", features.FID, "", 2048, false}} {
		m, err := eval.MetricByName(tc.metric)
		if err != nil {
			t.Fatal(err)
		}
		s := eval.ImageSet("both", &eval.ImageArray{Pixels: make([]uint8, 99), Height: 1, Width: 1, Channels: 1}, 1, 1,
			1)
		s.Gaussian = &eval.Gaussian{Mean: make([]float64, tc.dim)}
		if err := m.Match(s, nil, eval.Options{}, features.NetworkName(tc.features), tc.mode); err != nil {
			t.Fatal(err)
		}
		if got := s.Images == nil; got != tc.want || got == (s.Gaussian == nil) {
			t.Errorf("%+v: statistics are chosen: %v", tc, got)
		}
	}
}

// TestNoFile: what isn't a regular file is refused at once, and so is a header that promises more than the file has.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	var cases []string
	for _, ending := range []string{".npy", ".npz", ".png"} {
		fifo, device := filepath.Join(dir, "fifo"+ending), filepath.Join(dir, "zero"+ending)
		if err := syscall.Mkfifo(fifo, 0o644); err != nil {
			t.Skip(err)
		}
		if err := os.Symlink("/dev/zero", device); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, fifo, device)
	}
	good := writeBytes(t, dir, "good.npy", readGolden(t).Arrays[0].File.unpacked(t))
	for _, path := range cases {
		if _, err := evaluated(t, "w2", "--samples", path, "--reference", good, "--tiles", "4", "--features",
			"pixels"); !strings.Contains(err, ", not a file; write it to one") {
			t.Errorf("%s: %q", path, err)
		}
	}
	if err := os.Truncate(good, 1<<40); err != nil { // a sparse file
		t.Skip(err)
	}
	if _, err := evaluated(t, "w2", "--samples", good, "--reference", good, "--features",
		"pixels"); !strings.Contains(err, "bytes more than shape") {
		t.Error(err)
	}
	twice := readGolden(t).Arrays[0].File.unpacked(t)
	path := writeBytes(t, dir, "twice.npy", slices.Concat(twice, twice))
	if _, err := evaluated(t, "w2", "--samples", path, "--reference", path, "--features",
		"pixels"); !strings.Contains(err, "another array after that of shape") {
		t.Error(err)
	}
	huge := filepath.Join(dir, "huge.npy")
	if err := replace.Output(huge,
		(npy.Array{Shape: []int{2, 2}, Values: []float64{1, 2, 3, 1e200}}).Write); err != nil {
		t.Fatal(err)
	}
	if _, err := evaluated(t, "w2", "--samples", huge, "--reference",
		huge); !strings.Contains(err, "point 2 has coordinate 2 = 1e+200") {
		t.Error(err)
	}
}
