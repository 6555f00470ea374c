package cli

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/fetch"
)

// pointTask learns points by a perceptron.
type pointTask struct {
	cfg     Config
	problem *science.Problem // with as few samples as may be
	mlp     flows.MLP
	path    flows.Path // from noise, where the problem has none of its own
}

func newPointTask(ctx context.Context, c Config) (pointTask, error) {
	_, path, _, err := c.flow()
	if err != nil {
		return pointTask{}, err
	}
	problem, err := c.open(ctx, false)
	if err != nil {
		return pointTask{}, err
	}
	mlp, _ := perceptron(c.Preset)
	t := pointTask{cfg: c, mlp: mlp, path: path}
	t.problem = t.along(problem)
	return t, nil
}

// along is the problem on the path that was chosen, unless it comes with its own.
func (t pointTask) along(p *science.Problem) *science.Problem {
	if _, ownPath := t.cfg.ownPath(); !ownPath {
		p.Path = t.path
		p.Source = func(seed int64, first, count int) (*tensors.Tensor, error) {
			return flows.SourceNoise(t.path, seed, first, count, p.Dim)
		}
	}
	return p
}

// open is the problem by the configuration. Hydrogen's samples are drawn beforehand, which takes seconds: only where
// they are trained on.
func (c Config) open(ctx context.Context, train bool) (*science.Problem, error) {
	o := science.Options{Batch: c.Batch, Seed: c.Seed}
	if !train {
		o.Grid, o.PerTime = 2, 1
	}
	if c.snapshots() {
		coupling, err := science.CouplingByName(c.Coupling)
		if err != nil {
			return nil, usageError{err}
		}
		o.Columns = c.chosenColumns()
		o.Snapshots = science.SnapshotOptions{LeaveOut: c.LeaveOut, Raw: c.RawColumns, Components: c.Components, Coupling: coupling}
	}
	problem, err := openProblem(ctx, c.Dataset, o, fetch.Options{}, c.kept.file)
	var gone *fs.PathError
	if c.snapshots() && c.Dataset == c.kept.dataset && errors.Is(err, fs.ErrNotExist) && errors.As(err, &gone) {
		return nil, fmt.Errorf("dataset in %s is %s, and there is no %s; bring the file back, or name its new place in that line", c.kept.file,
			c.Dataset, gone.Path)
	}
	return problem, err
}

// openProblem is science.Open; a file that is not there, or options that don't suit it, are wrong usage, what is wrong in a
// file is not. An error that a choice of columns settles says what to type, or what to write into file, the configuration of a run.
//
// The embryos' file may have to be brought first, as fetching says. Once ctx is done it isn't waited for: a long reading, or principal
// components of many columns, are left behind.
func openProblem(ctx context.Context, name string, o science.Options, fetching fetch.Options, file string) (*science.Problem, error) {
	if name == science.EmbryoName {
		var err error
		if o.Embryo, err = embryoFile(ctx, fetching); err != nil {
			return nil, err
		}
	}
	type opened struct {
		problem *science.Problem
		err     error
	}
	done := make(chan opened, 1)
	go func() {
		problem, err := science.Open(name, o)
		done <- opened{problem, err}
	}()
	var problem *science.Problem
	var err error
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		problem, err = o.problem, adviseColumns(o.err, file)
	}
	var option science.OptionError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &option) {
		return nil, usageError{err}
	}
	return problem, err
}

func (t pointTask) unit() string          { return "points" }
func (t pointTask) params() int           { return t.mlp.Params(t.width()) }
func (t pointTask) flops(batch int) int64 { return t.mlp.FLOPs(t.width(), batch) }
func (t pointTask) places() int           { return 1 }

// width is the number of coordinates that the perceptron sees.
func (t pointTask) width() int { return t.problem.Dim * numbersSeen(t.problem.Path) }

// numbersSeen is how many numbers a network sees of each coordinate, see [flows.OnPath].
func numbersSeen(path flows.Path) int {
	if c, ok := path.(flows.Circular); ok && c.Period() != 0 {
		return 2
	}
	return 1
}

func (t pointTask) architecture() any {
	a := struct {
		Hidden []int  `json:"hidden"`
		Dim    int    `json:"dim"`
		Action string `json:"action,omitempty"` // but for the distance
	}{Hidden: t.mlp.Hidden, Dim: t.width()}
	if t.cfg.Action != distanceAction {
		a.Action = t.cfg.Action
	}
	return a
}

func (t pointTask) model(objective flows.Objective) flows.Action {
	model := t.mlp.Action()
	switch {
	case objective.Motion().VectorField():
		model = t.mlp.Field()
	case t.cfg.Action == sumAction:
		model = t.mlp.Signed()
	}
	return flows.OnPath(model, t.problem.Path)
}

func (t pointTask) smaller() ([]Config, error) {
	var list []Config
	for _, preset := range perceptrons {
		if preset.mlp.Params(t.width()) >= t.params() {
			continue
		}
		c, err := presetConfig(t.cfg.Dataset, preset.name)
		if err != nil {
			return nil, err
		}
		list = append([]Config{c}, list...)
	}
	return list, nil
}

func (t pointTask) load(ctx context.Context, std streams) (material, error) {
	problem := t.problem
	if problem.Snapshots == nil {
		var err error
		if problem, err = t.cfg.open(ctx, true); err != nil {
			return material{}, err
		}
		problem = t.along(problem)
	}
	if problem.Snapshots != nil {
		for _, line := range describeColumns(problem.Snapshots.Population) {
			fmt.Fprintf(std.err, "data: %s: %s\n", problem.Snapshots.Population.Name, line)
		}
	}
	hash, err := json.Marshal(pointsHash(problem))
	if err != nil {
		return material{}, fmt.Errorf("encode hash: %w", err)
	}
	record, err := recordOf(problem)
	if err != nil {
		return material{}, err
	}
	return material{path: problem.Path, hash: hash, points: record, batches: problem.Dataset,
		exhibit: func(backends.Backend) exhibit { return pointSource{problem} }}, nil
}

// pointsHash tells whether points are still the same: of snapshots the cells as they are learned, of what is drawn by
// name its name.
func pointsHash(p *science.Problem) string {
	if p.Snapshots == nil {
		return p.Name
	}
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, p.Snapshots.Times) // a hash takes everything
	for _, cells := range p.Snapshots.Cells {
		_ = binary.Write(h, binary.LittleEndian, cells)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

func (t pointTask) exhibit(context.Context, backends.Backend, streams) (exhibit, error) {
	return pointSource{t.problem}, nil
}

func (t pointTask) checkOutput(o *sampleOptions) error {
	switch {
	case o.manyFiles():
		return usagef("-o %s: points have no picture each; use FILE.png, .gif, .npz, .npy or .csv", o.out)
	case o.look().ways && len(o.times) < 2:
		return usagef("--times %v has one time, and ways lead from one to another; give two or more", o.times)
	case o.cols != 0 || o.scale != 0:
		return usagef("--cols and --scale are of grids of images, and %s was trained on points; leave them out", o.run)
	}
	return nil
}

// points tells whether the data set has points, else it has images.
func (c Config) points() bool { return science.Known(c.Dataset) }

func (c Config) snapshots() bool { return science.HasSnapshots(c.Dataset) }

const snapshotsPrefix = "snapshots:"

// ownPath is the path that comes with the points, as far as it is known without the data, and whether there is one:
// points by themselves have any path from noise.
func (c Config) ownPath() (flows.Path, bool) {
	if c.snapshots() {
		return science.SnapshotPath{}, true
	}
	problem, err := science.Open(c.Dataset, science.Options{Batch: 1, Grid: 2, PerTime: 1})
	if err != nil {
		return nil, false // images
	}
	_, fromNoise := problem.Path.(flows.NormalSource)
	return problem.Path, !fromNoise
}

// givenPath is the name of a path that comes with the data.
const givenPath = "data"

// pointsCircumference is that of the circles of a torus of points: the toys, of which none has more than one point in a
// thousand beyond 5, take half of it.
const pointsCircumference = 10

// path is the one that the configuration names.
func (c Config) path() (flows.Path, error) {
	if own, ok := c.ownPath(); ok {
		switch {
		case c.Path != givenPath:
			return nil, usagef("--path %s leads from noise to data, and %s comes with all its times: leave --path out", c.Path, c.Dataset)
		case c.Antithetic:
			return nil, usagef("--antithetic pairs the noise that a path starts from, and that of %s has none; leave it out", c.Dataset)
		}
		return own, nil
	}
	settings := flows.PathSettings{Antithetic: c.Antithetic}
	if c.points() {
		settings.Circumference = pointsCircumference
	}
	path, err := flows.PathByName(c.Path, settings)
	if err != nil {
		return nil, usageError{err}
	}
	if _, restores := path.(flows.Conditional); restores && c.points() {
		return nil, usagef("--path %s restores images, and %s has points; use linear, trig, vp or torus", c.Path, c.Dataset)
	}
	return path, nil
}

// checkPoints refuses what is set and has no meaning for the data set.
func (c Config) checkPoints() error {
	for _, check := range []struct {
		flag        string
		set, images bool
	}{
		{"dropout", c.Dropout != 0, true}, {"flip", c.Flip, true},
		{"leave-out", c.LeaveOut != 0, false}, {"coupling", c.Coupling != "", false}, {"components", c.Components != 0, false},
		{"raw-columns", c.RawColumns, false}, {"time-column", c.TimeColumn != "", false}, {"columns", len(c.Columns) > 0, false},
		{"drop", len(c.Drop) > 0, false},
	} {
		switch {
		case check.set && check.images && c.points():
			return usagef("--%s is for images and their U-Net, %s has points; leave it out", check.flag, c.Dataset)
		case check.set && !check.images && !c.snapshots():
			return usagef("--%s is for %sFILE and %s, got --dataset %s; leave it out", check.flag, snapshotsPrefix, science.EmbryoName, c.Dataset)
		}
	}
	return nil
}
