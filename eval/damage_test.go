package eval_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/eval/inception"
	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/imaging"

	_ "github.com/amgen/amgen/backends/simd"
)

// What docs/measurements/evaluation.md reports of damaged images is measured by
//
//	go test ./eval -run 'TestDamage/NAME' -v -results DIR -images N
//
// with NAME mnist, cifar10 or pixels. Features are kept below DIR, so that it goes on where it was. Without the flag
// nothing is measured.
var (
	results = flag.String("results", "", "measure what docs/measurements/evaluation.md reports; write plots here")
	count   = flag.Int("images", 5000, "images on either side")
)

func TestDamage(t *testing.T) {
	if *results == "" {
		t.Skip("give -results DIR to measure; it takes minutes")
	}
	backend, err := backends.NewWithConfig("simd")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	t.Run("mnist", func(t *testing.T) {
		net, err := lenet.Open(backend, "mnist")
		if err != nil {
			t.Fatal(err)
		}
		// The classifier was trained on the training images, whose features tell so: of 5000 each, FID 5.1 and KID 0.81
		// from the test images, where FID 1 is usual. So one half of the test images is compared with the other.
		test := load(t, "mnist", imaging.Test)
		study{title: "mnist", net: net, others: every(test, 0, 2), sound: every(test, 1, 2),
			seen: []string{"noise", "blur", "dropped"}}.measure(t)
	})
	t.Run("cifar10", func(t *testing.T) {
		net, err := inception.Open(context.Background(), backend, inception.KerasNSFW, inception.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// It was trained to tell other things than the classes of CIFAR-10, and a few missing are within its noise.
		study{title: "cifar10", net: net, others: load(t, "cifar10", imaging.Train),
			sound: load(t, "cifar10", imaging.Test),
			seen:  []string{"noise", "blur"}, unseen: []string{"dropped"}}.measure(t)
	})
	t.Run("pixels", func(t *testing.T) {
		test := load(t, "cifar10", imaging.Test)
		// Which classes are missing matters here: without aeroplanes pictures are less blue, and without birds as well
		// as before.
		net := eval.Pixels{Height: test.Height, Width: test.Width, Channels: test.Channels}
		study{title: "cifar10-pixels", net: net, others: load(t, "cifar10", imaging.Train), sound: test,
			worse: []string{"dropped"}}.measure(t)
	})
}

// damage is done to images at some strength, 0 for none; it may leave some out.
type damage struct {
	name, unit string
	strengths  []float64
	do         func(d *imaging.Dataset, strength float64) *imaging.Dataset
}

var damages = []damage{
	{"noise", "standard deviation in grey levels", []float64{0, 4, 8, 16, 32, 64}, addNoise},
	{"blur", "standard deviation in pixels", []float64{0, 0.4, 0.6, 0.8, 1.2, 2}, blur},
	{"dropped", "classes missing", []float64{0, 1, 2, 3, 5, 7}, dropClasses},
}

func load(t *testing.T, set string, split imaging.Split) *imaging.Dataset {
	t.Helper()
	d, err := imaging.Load(context.Background(), set, split, imaging.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// every has image first and each step-th after it.
func every(d *imaging.Dataset, first, step int) *imaging.Dataset {
	var pixels []uint8
	var labels []int32
	for i := first; i < d.Len(); i += step {
		pixels, labels = append(pixels, d.Image(i)...), append(labels, d.Labels[i])
	}
	return newSet(d, pixels, labels)
}

// newSet has other images of the same kind.
func newSet(like *imaging.Dataset, pixels []uint8, labels []int32) *imaging.Dataset {
	d, err := imaging.New(like.Name, like.Split, pixels, labels, like.Height, like.Width, like.Channels)
	if err != nil {
		panic(err) // like was well, and some images are left
	}
	return d
}

// study compares images, damaged more and more, with others of the same distribution.
type study struct {
	title         string
	net           eval.Network
	others, sound *imaging.Dataset
	seen          []string // damages that must look the worse the more there is of them
	worse         []string // damages at which the distances must be above those of none
	unseen        []string // damages that the network is too blind for
}

func (s study) measure(t *testing.T) {
	reference := storeOf(t, s.net, s.others, *count)
	var shown []int
	for k, name := range columns {
		if s.net.Classes() == 10 || !slices.Contains(ofClasses, name) { // else its classes aren't those of the images
			shown = append(shown, k)
		}
	}
	fmt.Printf("%s, %s, %d images\n", s.title, s.net.Name(), *count)
	var done []damage
	var found [][][]float64
	for _, d := range damages {
		seen, worse := slices.Contains(s.seen, d.name), slices.Contains(s.worse, d.name)
		if !seen && !worse && !slices.Contains(s.unseen, d.name) {
			continue
		}
		var rows [][]float64
		for _, strength := range d.strengths {
			rows = append(rows, judgeAll(t, storeOf(t, s.net, d.do(s.sound, strength), *count), reference))
			fmt.Printf("%-8s %5.1f  %s\n", d.name, strength, row(rows[len(rows)-1]))
		}
		done, found = append(done, d), append(found, rows)
		for _, k := range shown {
			if seen && slices.Contains(rising[d.name], columns[k]) || worse && slices.Contains(distances, columns[k]) {
				checkRising(t, d, columns[k], rows, k, worse)
			}
		}
	}
	plotDamage(t, filepath.Join(*results, s.title+".png"), shown, done, found)
}

// checkRising compares each row with the one before, or with the first.
func checkRising(t *testing.T, d damage, metric string, rows [][]float64, k int, first bool) {
	t.Helper()
	for i := 1; i < len(rows); i++ {
		from := i - 1
		if first {
			from = 0
		}
		if !(rows[i][k] >= rows[from][k]) {
			t.Errorf("%s falls from %g to %g as %s goes from %g to %g", metric, rows[from][k], rows[i][k], d.name,
				d.strengths[from], d.strengths[i])
		}
	}
}

// columns are the metrics measured, ofClasses those that look at classes; rising are those that must rise with each
// damage.
var (
	ofClasses = []string{"balance", "−IS"}
	columns   = []string{"FID", "KID", "MMD²", "sliced W2", "1−precision", "1−recall", "1−density", "1−coverage",
		"balance", "−IS"}
	distances = columns[:4]
	rising    = map[string][]string{"noise": distances, "blur": distances,
		"dropped": append([]string{"1−coverage", "balance", "−IS"}, distances...)}
)

func row(values []float64) string {
	s := ""
	for i, v := range values {
		s += fmt.Sprintf("  %s %.4g", columns[i], v)
	}
	return s
}

// judgeAll takes all metrics of two stores, larger for worse; those of classes are last, and left out where there are
// none.
func judgeAll(t *testing.T, a, b *eval.Store) []float64 {
	x, y := cloudOf(t, a), cloudOf(t, b)
	value := func(e eval.Estimate, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e.Value
	}
	fid := value(eval.Frechet(gaussianOf(t, x), gaussianOf(t, y)))
	kid := value(eval.KID{Subsets: 50, Size: min(1000, x.Len(), y.Len())}.Between(x, y))
	median := eval.MedianDistance(y, y) // of the reference, so that it is one ruler for all damages
	mmd := value(eval.MMD{Bandwidths: []float64{median / 4, median / 2, median, 2 * median, 4 * median}}.Between(x, y))
	sliced := value(eval.Sliced{Order: 2, Projections: 200}.Between(x, y))
	m, err := eval.PRDC{}.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	found := []float64{fid, kid, mmd, sliced, 1 - m.Precision.Value, 1 - m.Recall.Value, 1 - m.Density.Value,
		1 - m.Coverage.Value}
	if a.Classes == 0 {
		return found
	}
	p, q := probabilities(t, a), probabilities(t, b)
	score, err := eval.InceptionScore(p, a.Classes, 5)
	if err != nil {
		t.Fatal(err)
	}
	balance, err := eval.CompareClasses(classes(t, p, a.Classes), classes(t, q, a.Classes))
	if err != nil {
		t.Fatal(err)
	}
	return append(found, balance.TotalVariation.Value, -score.Value)
}

func probabilities(t *testing.T, s *eval.Store) (p []float64) {
	t.Helper()
	err := s.Each(func(_, logits []float32) error {
		rows, err := eval.Softmax(logits, s.Classes)
		p = append(p, rows...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func classes(t *testing.T, p []float64, n int) []int {
	t.Helper()
	counts, err := eval.ClassCounts(p, n)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// arrayOf are the images of a data set.
func arrayOf(d *imaging.Dataset) *eval.ImageArray {
	return &eval.ImageArray{Pixels: d.Images, Labels: d.Labels, Height: d.Height, Width: d.Width, Channels: d.Channels}
}

func storeOf(t *testing.T, net eval.Network, d *imaging.Dataset, n int) *eval.Store {
	t.Helper()
	spread, err := d.Spread(n)
	if err != nil {
		t.Fatal(err)
	}
	images := arrayOf(spread)
	about := eval.Describe(net, images)
	s, err := eval.OpenStore(filepath.Join(*results, "features", about.Key()), about)
	if err == nil {
		err = s.Fill(context.Background(), net, images, eval.Shard{}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// altered is a copy of a data set whose values are changed image by image.
func altered(d *imaging.Dataset, change func(i int, pixels []uint8)) *imaging.Dataset {
	out := newSet(d, slices.Clone(d.Images), d.Labels)
	for i := range out.Len() {
		change(i, out.Image(i))
	}
	return out
}

func addNoise(d *imaging.Dataset, deviation float64) *imaging.Dataset {
	return altered(d, func(i int, pixels []uint8) {
		r := rand.New(rand.NewPCG(uint64(i), 11))
		for k, v := range pixels {
			pixels[k] = uint8(math.Round(min(255, max(0, float64(v)+deviation*r.NormFloat64()))))
		}
	})
}

// blur convolves with a Gaussian, rows first, and pixels at the edge repeated.
func blur(d *imaging.Dataset, deviation float64) *imaging.Dataset {
	if deviation == 0 {
		return d
	}
	const reach = 7
	var kernel [2*reach + 1]float64
	sum := 0.0
	for k := range kernel {
		kernel[k] = math.Exp(-0.5 * math.Pow(float64(k-reach)/deviation, 2))
		sum += kernel[k]
	}
	h, w, c := d.Height, d.Width, d.Channels
	return altered(d, func(_ int, pixels []uint8) {
		rows := make([]float64, len(pixels))
		for p := range pixels {
			y, x, ch := p/(w*c), p/c%w, p%c
			for k, f := range kernel {
				rows[p] += f / sum * float64(pixels[(y*w+min(w-1, max(0, x+k-reach)))*c+ch])
			}
		}
		for p := range pixels {
			y, x, ch := p/(w*c), p/c%w, p%c
			v := 0.0
			for k, f := range kernel {
				v += f / sum * rows[(min(h-1, max(0, y+k-reach))*w+x)*c+ch]
			}
			pixels[p] = uint8(math.Round(v))
		}
	})
}

// dropClasses leaves out the images of the first classes, and repeats none: there are fewer to judge.
func dropClasses(d *imaging.Dataset, missing float64) *imaging.Dataset {
	var pixels []uint8
	var labels []int32
	for i, label := range d.Labels {
		if label >= int32(missing) {
			pixels, labels = append(pixels, d.Image(i)...), append(labels, label)
		}
	}
	return newSet(d, pixels, labels)
}

// plotDamage draws each metric over the strength of each damage, from its least value to its greatest there.
func plotDamage(t *testing.T, path string, shown []int, damages []damage, found [][][]float64) {
	t.Helper()
	const height, legendWidth = 10 * vg.Centimeter, 4 * vg.Centimeter
	width := vg.Length(len(damages))*10*vg.Centimeter + legendWidth
	canvas := vgimg.New(width, height)
	panels, legend := make([]*plot.Plot, len(damages)), plot.NewLegend()
	var lines []plot.Thumbnailer
	for i, d := range damages {
		panels[i], lines = panel(t, d, shown, found[i])
	}
	for i, k := range shown {
		legend.Add(columns[k], lines[i])
	}
	all := draw.New(canvas)
	tiles := draw.Tiles{Cols: len(damages), Rows: 1, PadX: 6 * vg.Millimeter}
	for i, c := range plot.Align([][]*plot.Plot{panels}, tiles, draw.Crop(all, 0, -legendWidth, 0, 0))[0] {
		panels[i].Draw(c)
	}
	legend.Left, legend.YOffs = true, 2*vg.Centimeter
	legend.Draw(draw.Crop(all, width-legendWidth+4*vg.Millimeter, 0, 0, 0))
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func panel(t *testing.T, d damage, shown []int, rows [][]float64) (*plot.Plot, []plot.Thumbnailer) {
	t.Helper()
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Max = d.name, d.unit, 1.02
	var lines []plot.Thumbnailer
	for _, k := range shown {
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range rows {
			low, high = min(low, r[k]), max(high, r[k])
		}
		var line plotter.XYs
		for i, r := range rows {
			line = append(line, plotter.XY{X: d.strengths[i], Y: (r[k] - low) / (high - low)})
		}
		drawn, err := plotter.NewLine(line)
		if err != nil {
			t.Fatal(err)
		}
		drawn.Color, drawn.Width = plotutil.DarkColors[k%len(plotutil.DarkColors)], vg.Points(1.2)
		if k >= len(plotutil.DarkColors) {
			drawn.Dashes = plotutil.Dashes(1)
		}
		p.Add(drawn)
		lines = append(lines, drawn)
	}
	return p, lines
}
