package cli

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
)

// pointTask learns points by a perceptron.
type pointTask struct {
	cfg     Config
	problem *science.Problem // with as few samples as may be
	mlp     flows.MLP
}

func newPointTask(c Config) (pointTask, error) {
	_, path, _, err := c.flow()
	if err != nil {
		return pointTask{}, err
	}
	problem, err := c.open(false)
	if err != nil {
		return pointTask{}, err
	}
	if _, ownPath := c.ownPath(); !ownPath {
		problem.Path = path
	}
	mlp, _ := perceptron(c.Preset)
	return pointTask{c, problem, mlp}, nil
}

// open is the problem by the configuration. Hydrogen's samples are drawn beforehand, which takes seconds: only where
// they are trained on.
func (c Config) open(train bool) (*science.Problem, error) {
	o := science.Options{Batch: c.Batch, Seed: c.Seed}
	if !train {
		o.Grid, o.PerTime = 2, 1
	}
	if c.snapshots() {
		coupling, err := science.CouplingByName(c.Coupling)
		if err != nil {
			return nil, usageError{err}
		}
		o.Snapshots = science.SnapshotOptions{LeaveOut: c.LeaveOut, Raw: c.RawColumns, Components: c.Components, Coupling: coupling}
	}
	return science.Open(c.Dataset, o)
}

func (t pointTask) unit() string          { return "points" }
func (t pointTask) params() int           { return t.mlp.Params(t.problem.Dim) }
func (t pointTask) flops(batch int) int64 { return t.mlp.FLOPs(t.problem.Dim, batch) }

func (t pointTask) architecture() any {
	return struct {
		Hidden []int `json:"hidden"`
		Dim    int   `json:"dim"`
	}{t.mlp.Hidden, t.problem.Dim}
}

func (t pointTask) model(objective flows.Objective) flows.Action {
	if objective.Motion().VectorField() {
		return t.mlp.Field()
	}
	return t.mlp.Action()
}

func (t pointTask) smaller() ([]Config, error) {
	var list []Config
	for _, preset := range perceptrons {
		if preset.mlp.Params(t.problem.Dim) >= t.params() {
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

func (t pointTask) load(context.Context, streams) (material, error) {
	problem := t.problem
	if problem.Snapshots == nil {
		var err error
		if problem, err = t.cfg.open(true); err != nil {
			return material{}, err
		}
		problem.Path = t.problem.Path
	}
	hash, err := json.Marshal(pointsHash(problem))
	if err != nil {
		return material{}, fmt.Errorf("encode hash: %w", err)
	}
	return material{path: problem.Path, hash: hash, batches: problem.Dataset,
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

func (c Config) snapshots() bool { return strings.HasPrefix(c.Dataset, snapshotsPrefix) }

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
	path, err := flows.PathByName(c.Path, flows.PathSettings{Antithetic: c.Antithetic})
	if err != nil {
		return nil, usageError{err}
	}
	if _, restores := path.(flows.Conditional); restores && c.points() {
		return nil, usagef("--path %s restores images, and %s has points; use linear, trig or vp", c.Path, c.Dataset)
	}
	return path, nil
}

// checkPoints refuses what is set and has no meaning for the data set.
func (c Config) checkPoints() error {
	for _, check := range []struct {
		flag        string
		set, images bool
	}{
		{"action", c.Action != "", true}, {"dropout", c.Dropout != 0, true}, {"flip", c.Flip, true},
		{"leave-out", c.LeaveOut != 0, false}, {"coupling", c.Coupling != "", false}, {"components", c.Components != 0, false},
		{"raw-columns", c.RawColumns, false},
	} {
		switch {
		case check.set && check.images && c.points():
			return usagef("--%s is for images and their U-Net, %s has points; leave it out", check.flag, c.Dataset)
		case check.set && !check.images && !c.snapshots():
			return usagef("--%s is for %sFILE, got --dataset %s; leave it out", check.flag, snapshotsPrefix, c.Dataset)
		}
	}
	return nil
}
