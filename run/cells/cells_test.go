package cells_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"gonum.org/v1/gonum/mat"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cells"
	"github.com/amgen/amgen/run/draw"
)

const perTime = 12

// writeCells writes a file of cells with names, three columns and a label at the times 2, 4 and 10, its rows in an
// order that isn't that of time. Columns are multiplied by scale and times by hours.
func writeCells(t *testing.T, scale, hours float64) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	text.WriteString("cell,day,a,b,c,type\n")
	for i := range 3 * perTime {
		k := (7 * i) % 3
		time := []float64{2, 4, 10}[k]
		fmt.Fprintf(&text, "cell%d,%v", i, time*hours)
		for j := range 3 {
			fmt.Fprintf(&text, ",%v", scale*(float64(k*(j+1))+math.Round(rng.NormFloat64()*64)/64))
		}
		fmt.Fprintf(&text, ",%s\n", []string{"stem", "neuron", "glia"}[(i/3+k)%3])
	}
	path := filepath.Join(t.TempDir(), "cells.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open trains a run on a file for a moment.
func open(t *testing.T, file, objective string, change func(*run.Config)) (*run.Run, *cells.Cells) {
	t.Helper()
	r := smallrun.Open(t, func(c *run.Config) {
		steps, batch := c.Steps, c.Batch
		preset, err := run.Preset(science.SnapshotsName(file), "")
		if err != nil {
			t.Fatal(err)
		}
		*c = preset
		c.Objective, c.Drop = objective, []string{"cell"}
		c.Steps, c.Batch, c.SampleEvery = steps, batch, 0
		if change != nil {
			change(c)
		}
	})
	c, err := cells.Of(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

// readCSV reads a text as columns.
func readCSV(t *testing.T, path string) map[string][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for j, name := range rows[0] {
		if columns[name] != nil {
			t.Fatalf("%s has two columns %s", path, name)
		}
		for _, row := range rows[1:] {
			columns[name] = append(columns[name], row[j])
		}
	}
	return columns
}

func numbers(t *testing.T, texts []string) []float64 {
	t.Helper()
	out := make([]float64, len(texts))
	for i, text := range texts {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = v
	}
	return out
}

// TestVelocityIsADifferenceQuotient: the velocity of a cell is how its samples, in the file's columns and unit of time,
// change; and growth how the logarithms of their weights do. Central differences of RK4 over 1/64 are off by some 1e-5
// of it, and float32 by 1e-7 of the coordinates over 1/64: 1e-5, too.
func TestVelocityIsADifferenceQuotient(t *testing.T) {
	file := writeCells(t, 100, 24)
	for name, change := range map[string]func(*run.Config){
		"standardised": nil,
		"raw":          func(c *run.Config) { c.RawColumns = true },
		"components":   func(c *run.Config) { c.Components = 2 },
	} {
		r, c := open(t, file, "uam", change)
		s := r.Plan.Problem.Snapshots
		v, err := c.Velocity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g, err := c.Growth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const h = 1.0 / 64
		span := (10.0 - 2) * 24
		for k, at := range s.Times {
			end := func(h float64) ([]float64, []float64) {
				x := s.Points(k)
				defer x.MustFinalizeAll()
				p, err := r.Sampler.Follow(t.Context(), solve.RK4{Steps: 1}, x, at, at+h, flows.FollowOptions{})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Finalize()
				return s.Transform.Invert(tensors.MustCopyFlatData[float32](p.X)), p.LogWeights
			}
			after, more := end(h)
			before, less := end(-h)
			for i, row := range s.Population.Rows[k] {
				for j := range 3 {
					want := (after[3*i+j] - before[3*i+j]) / (2 * h * span)
					if got := v.V[3*row+j]; math.Abs(got-want) > 1e-3*(math.Abs(want)+100/span) {
						t.Errorf("%s: velocity of row %d, column %d: %g, want %g", name, row, j, got, want)
					}
				}
				want := (more[i] - less[i]) / (2 * h * span)
				if got := g.Rate[row]; math.Abs(got-want) > 1e-3*(math.Abs(want)+1/span) {
					t.Errorf("%s: growth of row %d: %g, want %g", name, row, got, want)
				}
			}
		}
	}
}

// TestUnits: in columns of 1/1024 of the unit and times of 1/32 of it the same run has the same velocities, growth and
// trends: powers of two, so bit for bit.
func TestUnits(t *testing.T) {
	_, c := open(t, writeCells(t, 1, 1), "uam", nil)
	_, scaled := open(t, writeCells(t, 1024, 32), "uam", nil)
	v, err := c.Velocity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := scaled.Velocity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	moves := false
	for i := range v.V {
		if moves = moves || v.V[i] != 0; v.V[i]*1024/32 != other.V[i] {
			t.Fatalf("velocity %d: %g and %g", i, v.V[i], other.V[i])
		}
	}
	g, err := c.Growth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	otherG, err := scaled.Growth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.Rate {
		if moves = moves && g.Rate[i] != 0; g.Rate[i]/32 != otherG.Rate[i] {
			t.Fatalf("growth %d: %g and %g", i, g.Rate[i], otherG.Rate[i])
		}
	}
	if !moves {
		t.Error("nothing moves or grows")
	}
	a, err := c.Trend(t.Context(), cells.TrendOptions{Points: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := scaled.Trend(t.Context(), cells.TrendOptions{Points: 3})
	if err != nil {
		t.Fatal(err)
	}
	for j := range a.Columns {
		for i := range a.Times {
			if a.Times[i]*32 != b.Times[i] || a.High[j][i]*1024 != b.High[j][i] ||
				math.Abs(a.Mean[j][i]*1024-b.Mean[j][i]) > 1e-9 {
				t.Errorf("column %d at %v: %g, %g and %g, %g", j, a.Times[i], a.Mean[j][i], a.High[j][i], b.Mean[j][i],
					b.High[j][i])
			}
		}
	}
}

// TestJacobianIsADifferenceQuotient: where a column of the file is larger, velocities in the file's units change as the
// Jacobian says, in the mean over the cells of each time. Both are central differences, over 1/64 in the coordinates
// that are learned and over 1/16 of a deviation of the column here: both are off by about 1e-3 of the largest.
func TestJacobianIsADifferenceQuotient(t *testing.T) {
	file := writeCells(t, 100, 24)
	for name, change := range map[string]func(*run.Config){
		"standardised": nil,
		"components":   func(c *run.Config) { c.Components = 2 },
	} {
		r, c := open(t, file, "am", change)
		s := r.Plan.Problem.Snapshots
		jacobian, err := c.Jacobian(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, at := range s.Times {
			for from := range 3 {
				h := s.Transform.Deviation[from] / 16
				mean := func(by float64) (sum [3]float64) {
					moved := append([]float64(nil), s.Population.Cells[k]...)
					for i := from; i < len(moved); i += 3 {
						moved[i] += by
					}
					var flat []float32
					for _, v := range s.Transform.Apply(moved) {
						flat = append(flat, float32(v))
					}
					x := tensors.FromFlatDataAndDimensions(flat, s.Len(k), s.Dim)
					v, err := r.Sampler.Velocity(at, x)
					if err != nil {
						t.Fatal(err)
					}
					for i, v := range s.Transform.InvertVelocity(tensors.MustCopyFlatData[float32](v)) {
						sum[i%3] += v / float64(s.Len(k)) / ((10 - 2) * 24)
					}
					return sum
				}
				after, before := mean(h), mean(-h)
				for to := range 3 {
					want, got := (after[to]-before[to])/(2*h), jacobian.J[k].At(to, from)
					if math.Abs(got-want) > 2e-3*mat.Max(absolute(jacobian.J[k])) {
						t.Errorf("%s, time %v: ∂v%d/∂x%d is %g, want %g", name, at, to, from, got, want)
					}
				}
			}
		}
		top := jacobian.Top(9).List // three pairs of three columns at each of three times, since ∇s is learned
		if !jacobian.Symmetric || len(top) != 9 || math.Abs(top[0].Effect) < math.Abs(top[1].Effect) ||
			top[0].On == top[0].Of {
			t.Errorf("%s: pairs %v", name, top)
		}
	}
}

// absolute is a matrix of absolute values.
func absolute(m *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, m)
	return &out
}

// TestTablesKeepTheFilesOrder: rows, names, times and columns of a table are those of the file, in its order.
func TestTablesKeepTheFilesOrder(t *testing.T) {
	file := writeCells(t, 1, 1)
	_, c := open(t, file, "am", func(c *run.Config) { c.LeaveOut = 2 })
	v, err := c.Velocity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v.csv")
	if err := v.Table().Write(path); err != nil {
		t.Fatal(err)
	}
	want, got := readCSV(t, file), readCSV(t, path)
	for _, name := range []string{"cell", "day", "a", "b", "c"} {
		for i := range want[name] {
			if got[name][i] != want[name][i] {
				t.Errorf("row %d has %s %s, want %s", i, name, got[name][i], want[name][i])
			}
		}
	}
	for i := range v.Speed {
		a, b, c := numbers(t, got["velocity_a"])[i], numbers(t, got["velocity_b"])[i], numbers(t, got["velocity_c"])[i]
		if speed := math.Sqrt(a*a + b*b + c*c); math.Abs(speed-numbers(t, got["speed"])[i]) > 1e-12*speed {
			t.Errorf("row %d: speed %s, want %g", i, got["speed"][i], speed)
		}
	}
	if _, err := c.Growth(t.Context()); err == nil || !strings.Contains(err.Error(), "without growing") {
		t.Errorf("growth of a run without: %v", err)
	}
}

// TestFatesEndWhereSamplesDo: the end of each cell is where the sampler takes it, from its own time, and its share of
// labels is that of the nearest cells there, found by sorting all.
func TestFatesEndWhereSamplesDo(t *testing.T) {
	file := writeCells(t, 10, 1)
	r, c := open(t, file, "uam", nil)
	labels, err := c.Labels("type")
	if err != nil {
		t.Fatal(err)
	}
	s := r.Plan.Problem.Snapshots
	for _, backward := range []bool{false, true} {
		to := 2
		if backward {
			to = 0
		}
		f, err := c.Fates(t.Context(), labels, cells.FateOptions{Backward: backward, Neighbours: 1,
			Solver: solve.RK4{Steps: 4}})
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Rows) != 2*perTime {
			t.Fatalf("%d cells are followed, want those of two times", len(f.Rows))
		}
		for at, row := range f.Rows {
			k, i := placeOf(s, row)
			if k == to {
				t.Fatalf("row %d is there already", row)
			}
			x := s.Points(k)
			p, err := r.Sampler.Follow(t.Context(), solve.RK4{Steps: 4}, x, s.Times[k], s.Times[to],
				flows.FollowOptions{})
			x.MustFinalizeAll()
			if err != nil {
				t.Fatal(err)
			}
			flat := tensors.MustCopyFlatData[float32](p.X)[3*i : 3*i+3]
			want := s.Transform.Invert(flat)
			for j, v := range want {
				if got := f.End[3*at+j]; math.Abs(got-v) > 1e-5*(math.Abs(v)+1) {
					t.Errorf("row %d ends at %g, want %g", row, got, v)
				}
			}
			if math.Abs(f.LogWeights[at]-p.LogWeights[i]) > 1e-5 {
				t.Errorf("row %d has log-weight %g, want %g", row, f.LogWeights[at], p.LogWeights[i])
			}
			p.Finalize()
			best := nearestRow(s, to, flat)
			for j, label := range f.Labels {
				share := 0.0
				if label == labels[best] {
					share = 1
				}
				if got := f.Shares[at*len(f.Labels)+j]; got != share {
					t.Errorf("row %d has share %g of %s, want %g", row, got, label, share)
				}
			}
			if f.Labels[f.Now[at]] != labels[row] {
				t.Errorf("row %d is %s now, want %s", row, f.Labels[f.Now[at]], labels[row])
			}
		}
	}
}

// nearestRow is the row of the file of the cell of a snapshot that is nearest to a point.
func nearestRow(s *science.Snapshots, snapshot int, x []float32) int {
	best, least := -1, math.Inf(1)
	for cell, row := range s.Population.Rows[snapshot] {
		square := 0.0
		for j := range 3 {
			d := s.Cells[snapshot][3*cell+j] - float64(x[j])
			square += d * d
		}
		if square < least {
			best, least = row, square
		}
	}
	return best
}

// placeOf is the snapshot of a row of the file, and the number of the cell in it.
func placeOf(s *science.Snapshots, row int) (k, i int) {
	for k, rows := range s.Population.Rows {
		for i, r := range rows {
			if r == row {
				return k, i
			}
		}
	}
	panic("no such row")
}

// TestFatesWithNoise: a run with noise is followed several times, each with noise of its own, and not backward.
func TestFatesWithNoise(t *testing.T) {
	_, c := open(t, writeCells(t, 1, 1), "eam", func(c *run.Config) { c.Sigma = 1 })
	labels, err := c.Labels("type")
	if err != nil {
		t.Fatal(err)
	}
	solver := solve.EulerMaruyama{Steps: 2}
	once, err := c.Fates(t.Context(), labels, cells.FateOptions{Repeats: 1, Neighbours: 3, Solver: solver})
	if err != nil {
		t.Fatal(err)
	}
	often, err := c.Fates(t.Context(), labels, cells.FateOptions{Repeats: 7, Neighbours: 3, Solver: solver})
	if err != nil {
		t.Fatal(err)
	}
	fractions := false
	for i, share := range often.Shares {
		whole := 3 * once.Shares[i]
		if math.Abs(whole-math.Round(whole)) > 1e-12 {
			t.Errorf("share %g of three neighbours", once.Shares[i])
		}
		n := 21 * share
		if math.Abs(n-math.Round(n)) > 1e-9 {
			t.Errorf("share %g of 21 neighbours", share)
		}
		fractions = fractions || math.Abs(3*share-math.Round(3*share)) > 0.01
	}
	if !fractions {
		t.Error("repeats have the same noise")
	}
	if _, err := c.Fates(t.Context(), labels, cells.FateOptions{Backward: true}); err == nil ||
		!strings.Contains(err.Error(), "can't be followed backward") {
		t.Errorf("backward with noise: %v", err)
	}
}

// TestGrowthWithNoise: noise doesn't change the rate of a cell where it is, so that one step of Euler and Maruyama
// gives it. At the last time, which no step goes beyond, it is the rate just before: the time of 2⁻¹⁶ more changes it
// by less than 1e-3 of it.
func TestGrowthWithNoise(t *testing.T) {
	r, c := open(t, writeCells(t, 1, 1), "euam", nil)
	g, err := c.Growth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := r.Plan.Problem.Snapshots
	for k, at := range s.Times {
		const h = 1.0 / (1 << 16)
		from := min(at, 1-h)
		x := s.Points(k)
		p, err := r.Sampler.Follow(t.Context(), solve.EulerMaruyama{Steps: 1}, x, from, from+h, flows.FollowOptions{})
		x.MustFinalizeAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range s.Population.Rows[k] {
			want := p.LogWeights[i] / h / (10 - 2)
			if got := g.Rate[row]; got == 0 || math.Abs(got-want) > 1e-3*math.Abs(want) {
				t.Errorf("growth of row %d: %g, want %g", row, got, want)
			}
		}
		p.Finalize()
	}
}

// TestTrendFollowsSamples: at the first time the trend is that of the measured cells; later it is that of the samples
// that the same seed draws, by weight.
func TestTrendFollowsSamples(t *testing.T) {
	r, c := open(t, writeCells(t, 1, 1), "uam", nil)
	trend, err := c.Trend(t.Context(), cells.TrendOptions{Points: 5, Columns: []string{"b"}, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := trend.Times; got[0] != 2 || got[1] != 4 || got[4] != 10 {
		t.Errorf("times %v", got)
	}
	if math.Abs(trend.Mean[0][0]-trend.Measured[0].Mean[0]) > 1e-6 || trend.Mass[0] != 1 {
		t.Errorf("mean %g and mass %g at first, measured %g and 1", trend.Mean[0][0], trend.Mass[0],
			trend.Measured[0].Mean[0])
	}
	samples, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: perTime, Seed: 3,
		Times: []float64{0, 0.25, 0.5, 0.75, 1}}))
	if err != nil {
		t.Fatal(err)
	}
	for i, state := range samples.States {
		x := r.Plan.Problem.Snapshots.Transform.Invert(state.X)
		sum, mass := 0.0, 0.0
		for row, log := range state.LogWeights {
			sum, mass = sum+math.Exp(log)*x[3*row+1], mass+math.Exp(log)
		}
		if math.Abs(trend.Mean[0][i]-sum/mass) > 1e-9 || math.Abs(trend.Mass[i]-mass/perTime) > 1e-9 {
			t.Errorf("mean %g, mass %g, want %g, %g", trend.Mean[0][i], trend.Mass[i], sum/mass, mass/perTime)
		}
		below := 0.0 // the weight up to the median
		for row, log := range state.LogWeights {
			if x[3*row+1] <= trend.Median[0][i] {
				below += math.Exp(log) / mass
			}
		}
		if below < 0.5-1e-9 || below > 0.5+1.0/3 {
			t.Errorf("%g of the weight is up to the median", below)
		}
	}
}

// TestPictures: pictures are written as what their names say, for runs in columns and in principal components.
func TestPictures(t *testing.T) {
	file := writeCells(t, 1, 1)
	dir := t.TempDir()
	for name, components := range map[string]int{"columns": 0, "components": 2} {
		_, c := open(t, file, "uam", func(c *run.Config) { c.Components = components })
		v, err := c.Velocity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g, err := c.Growth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		trend, err := c.Trend(t.Context(), cells.TrendOptions{Points: 3})
		if err != nil {
			t.Fatal(err)
		}
		axis := ">a</text>"
		if components > 0 {
			axis = ">principal component 1</text>"
		}
		for what, write := range map[string]func(path string) error{
			"velocity": func(path string) error { return v.Picture(path, nil) },
			"axes":     func(path string) error { return v.Picture(path, []string{"c", "a"}) },
			"growth":   func(path string) error { return g.Picture(path, nil) },
			"trend":    trend.Picture,
		} {
			checkPicture(t, filepath.Join(dir, name+what+".png"), write, "\x89PNG", "")
			if what == "velocity" || what == "growth" {
				checkPicture(t, filepath.Join(dir, name+what+".svg"), write, "<?xml", axis)
			}
		}
		for axes, says := range map[string]string{"a,nothing": "no column \"nothing\"", "a": "two names",
			"PC1,PC9": "PC"} {
			err := v.Picture(filepath.Join(dir, "none.png"), strings.Split(axes, ","))
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("axes %s: %v", axes, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "none.png")); err == nil {
			t.Error("a refused picture was written")
		}
	}
}

// checkPicture wants a picture to be written that begins so and has a text.
func checkPicture(t *testing.T, path string, write func(path string) error, start, has string) {
	t.Helper()
	if err := write(path); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), start) || !strings.Contains(string(data), has) {
		t.Errorf("%s begins with %.8q, or has no %s: %v", path, data, has, err)
	}
}
