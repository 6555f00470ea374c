package science

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science/tables"
	"github.com/amgen/amgen/internal/shuffle"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Options say how to open a problem. A zero value is the default of each.
type Options struct {
	Batch int   // examples of a batch; default 256
	Seed  int64 // of the batches, and of hydrogen's samples

	// Snapshots and Columns, of snapshots:FILE and the embryos alone.
	Snapshots SnapshotOptions
	Columns   Columns

	// Embryo names the file of the embryos, which has no other place; see [EmbryoCSV].
	Embryo string

	// Grid is the number of times that hydrogen is sampled at, default 256, and PerTime that of samples at each,
	// default 2048.
	Grid, PerTime int
}

// Problem is what a model is trained on and judged by.
type Problem struct {
	Name string
	Dim  int // of the state, [batch, Dim]

	// Path has the marginals to learn, from the examples of Dataset.
	Path    flows.Path
	Dataset *Batches

	// Source draws points first, first + 1, … of a seed from q_0, where sampling starts: float32 of [count, Dim].
	Source func(seed int64, first, count int) (*tensors.Tensor, error)

	// Marginals to judge by, in the order of their times; the last is q_1.
	Marginals []Marginal

	// Snapshots are the cells of snapshots:FILE or the embryos, nil otherwise.
	Snapshots *Snapshots
}

// Marginal is the truth at a time.
type Marginal struct {
	Name    string
	Time    float64
	LeftOut bool // of training
	// Count is the number of points there are, 0 where there is no end of them.
	Count int
	// Points draws points for a seed, float32 of [count, Dim]. Where there are only Count it returns all of them,
	// whatever is asked for.
	Points func(seed int64, count int) (*tensors.Tensor, error)
	// Parts are regions between which nothing need move, with the mass that each has; the same at all times, nil where
	// there are none.
	Parts []Part
}

// Part is a region of space and the mass in it.
type Part struct {
	Name  string
	Holds func(point []float64) bool
	Mass  float64 // of 1
}

// The names of problems that are no toys.
const (
	massMixtureName = "mass-mixture"
	hydrogenName    = "hydrogen"
	snapshotsPrefix = "snapshots:"
)

// Names lists what [Open] knows; the last stands for any file.
func Names() []string {
	var names []string
	for _, toy := range toys {
		names = append(names, toy.Name)
	}
	return append(names, massMixtureName, hydrogenName, EmbryoName, snapshotsPrefix+"FILE")
}

// Known tells whether Open knows the name, without looking at any file.
func Known(name string) bool {
	return HasSnapshots(name) || slices.Contains(Names()[:len(Names())-1], name)
}

// HasSnapshots tells whether the name stands for snapshots of a population.
func HasSnapshots(name string) bool {
	return name == EmbryoName || strings.HasPrefix(name, snapshotsPrefix)
}

// SnapshotsName is the name of the problem of a file of snapshots, or of a pair of files with a comma between, see
// [SplitSnapshots].
func SnapshotsName(files string) string { return snapshotsPrefix + files }

// CutSnapshots returns the files of a problem's name "snapshots:FILE"; ok is false for a name of another form.
func CutSnapshots(name string) (files string, ok bool) {
	return strings.CutPrefix(name, snapshotsPrefix)
}

// OwnPath is the path of a problem that has marginals of its own, as far as it is known without its data; ok is false
// for a toy, which any path from noise can lead to, and for an unknown name. It opens nothing.
func OwnPath(name string) (path flows.Path, ok bool) {
	switch {
	case HasSnapshots(name):
		return SnapshotPath{}, true
	case name == massMixtureName:
		return MassMixture{}, true
	case name == hydrogenName:
		return GridPath{}, true
	}
	return nil, false
}

// Open returns a problem by name: a toy, "mass-mixture", "hydrogen", "embryo", or "snapshots:FILE", see
// [ReadSnapshots].
//
// It returns an error where the name is unknown, where the options make no sense, or where the file is bad.
func Open(name string, o Options) (*Problem, error) {
	if o.Batch == 0 {
		o.Batch = 256
	}
	if file, ok := strings.CutPrefix(name, snapshotsPrefix); ok {
		return openSnapshots(name, file, o)
	}
	if name == EmbryoName {
		return openSnapshots(name, o.Embryo, o)
	}
	if !reflect.ValueOf(o.Snapshots).IsZero() || o.Columns.Any() {
		return nil, fmt.Errorf("science: options of snapshots for %s, which has none; leave them out", name)
	}
	switch name {
	case massMixtureName:
		return openMassMixture(o)
	case hydrogenName:
		return openHydrogen(o)
	}
	for _, toy := range toys {
		if toy.Name == name {
			return openToy(toy, o)
		}
	}
	return nil, fmt.Errorf("science: unknown problem %q; choose one of %s", name, strings.Join(Names(), ", "))
}

// openToy is the linear path from standard normal noise to the toy.
func openToy(toy Distribution, o Options) (*Problem, error) {
	batches, err := toy.Batches(o.Batch, o.Seed)
	return &Problem{
		Name: toy.Name, Dim: toy.Dim, Path: flows.Linear{}, Dataset: batches,
		Source: func(seed int64, first, count int) (*tensors.Tensor, error) {
			return flows.Noise(seed, first, count, toy.Dim)
		},
		Marginals: []Marginal{toy.at(1)},
	}, err
}

// at is the distribution as the truth at a time.
func (d Distribution) at(t float64) Marginal {
	return Marginal{
		Name: fmt.Sprintf("t=%.3g", t), Time: t,
		Points: func(seed int64, count int) (*tensors.Tensor, error) { return d.Points(seed, 0, count) },
	}
}

func openMassMixture(o Options) (*Problem, error) {
	path := MassMixture{}
	batches, err := path.Marginal(1).Batches(o.Batch, o.Seed)
	p := &Problem{Name: massMixtureName, Dim: 2, Path: path, Dataset: batches, Source: path.Marginal(0).Points}
	for _, t := range []float64{0, 0.25, 0.5, 0.75, 1} {
		m := path.Marginal(t).at(t)
		m.Parts = path.parts(t)
		p.Marginals = append(p.Marginals, m)
	}
	return p, err
}

// hydrogenTimes is the number of marginals that hydrogen is judged by after the first.
const hydrogenTimes = 20

func openHydrogen(o Options) (*Problem, error) {
	if o.Grid == 0 {
		o.Grid = 256
	}
	if o.PerTime == 0 {
		o.PerTime = 2048
	}
	bank, err := hydrogenBank(o.Seed, o.Grid, o.PerTime)
	if err != nil {
		return nil, err
	}
	batches, err := bank.batches(o.Batch, o.Seed)
	p := &Problem{Name: hydrogenName, Dim: 3, Path: GridPath{}, Dataset: batches,
		Source: func(seed int64, first, count int) (*tensors.Tensor, error) {
			return hydrogenPoints(0, seed, first, count)
		}}
	for k := range hydrogenTimes + 1 {
		t := float64(k) / hydrogenTimes
		p.Marginals = append(p.Marginals, Marginal{Name: fmt.Sprintf("t=%.3g", t), Time: t,
			Points: func(seed int64, count int) (*tensors.Tensor, error) { return hydrogenPoints(t, seed, 0, count) }})
	}
	return p, err
}

func hydrogenPoints(t float64, seed int64, first, count int) (*tensors.Tensor, error) {
	if first < 0 || count < 1 || first > tables.MaxValues/3-count {
		return nil, fmt.Errorf("science: %d points of hydrogen from number %d on; ask for one at least, from 0 on",
			count, first)
	}
	points, _ := Hydrogen{}.samples(t, seed, first, count)
	return tensors.FromFlatDataAndDimensions(narrow(points), count, 3), nil
}

func openSnapshots(name, file string, o Options) (*Problem, error) {
	population, err := ReadSnapshots(file, o.Columns)
	if err != nil {
		return nil, err
	}
	s, err := population.Prepare(o.Snapshots)
	if err != nil {
		return nil, err
	}
	batches, err := s.Batches(o.Batch, o.Seed)
	p := &Problem{Name: name, Dim: s.Dim, Path: s.Path(), Dataset: batches, Source: s.source, Snapshots: s}
	for k, t := range s.Times {
		p.Marginals = append(p.Marginals, Marginal{
			Name: fmt.Sprint(population.Times[k]), Time: t, LeftOut: k == s.leftOut, Count: s.Len(k),
			Points: func(int64, int) (*tensors.Tensor, error) { return s.Points(k), nil },
		})
	}
	return p, err
}

// source hands out the cells of the first time in an order of the seed, again and again, so that each is there as often
// as the others or once more. A few of them are no part of a file whose rows are sorted.
func (s *Snapshots) source(seed int64, first, count int) (*tensors.Tensor, error) {
	if first < 0 || count < 1 {
		return nil, fmt.Errorf("science: %d cells of %s from number %d on; ask for one at least, from 0 on", count,
			s.name, first)
	}
	order, err := shuffle.New(s.Len(0), 1, seed)
	if err != nil {
		return nil, fmt.Errorf("science: %s: %w", s.name, err)
	}
	flat := make([]float32, 0, count*s.Dim)
	for i := range count {
		at := int(order.At(first + i)[0])
		flat = append(flat, narrow(s.Cells[0][at*s.Dim:(at+1)*s.Dim])...)
	}
	return tensors.FromFlatDataAndDimensions(flat, count, s.Dim), nil
}
