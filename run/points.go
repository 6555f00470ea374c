package run

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/embryo"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/columns"
	"github.com/amgen/amgen/run/masses"
)

// pointTask learns points by a perceptron.
type pointTask struct {
	cfg     Config
	problem *science.Problem // with as few samples as may be
	mlp     flows.MLP
	path    flows.Path // from noise, where the problem has none of its own
}

// openPoints fills in what is of points.
func (p *Plan) openPoints(ctx context.Context, out Output) error {
	problem, err := p.Config.open(ctx, false, out)
	if err != nil {
		return err
	}
	if problem.Snapshots != nil {
		p.Config.LeaveOut = problem.Snapshots.LeftOut()
	}
	mlp, err := p.Config.perceptron()
	if err != nil {
		return err
	}
	t := pointTask{cfg: p.Config, mlp: mlp, path: p.Model.Path}
	t.problem = t.along(problem)
	p.fill(t)
	return p.findGrowthCost()
}

// fill fills in what follows from a task on points.
func (p *Plan) fill(t pointTask) {
	p.task, p.Problem, p.Perceptron = t, t.problem, t.mlp
	model := t.mlp.Action()
	switch {
	case p.Model.Objective.Motion().VectorField():
		model = t.mlp.Field()
	case t.cfg.Action == sumAction:
		model = t.mlp.Signed()
	}
	p.Model.Path = t.problem.Path
	p.Model.Action = flows.OnPath(model, t.problem.Path)
}

// along is the problem on the path that was chosen, unless it comes with its own.
func (t pointTask) along(p *science.Problem) *science.Problem {
	if _, own := science.OwnPath(t.cfg.Dataset); !own {
		p.Path = t.path
		p.Source = func(seed int64, first, count int) (*tensors.Tensor, error) {
			return flows.SourceNoise(t.path, seed, first, count, p.Dim)
		}
	}
	return p
}

// open is the problem by the configuration. Hydrogen's samples are drawn beforehand, which takes seconds: only where
// they are trained on.
func (c Config) open(ctx context.Context, train bool, out Output) (*science.Problem, error) {
	o := science.Options{Batch: c.Batch, Seed: c.Seed}
	if !train {
		o.Grid, o.PerTime = 2, 1
	}
	if c.snapshots() {
		coupling, err := science.CouplingByName(c.Coupling)
		if err != nil {
			return nil, mistake.Wrap(err)
		}
		o.Columns = science.Columns{Time: c.TimeColumn, Use: c.Columns, Drop: c.Drop, Order: c.TimeOrder}
		o.Snapshots = science.SnapshotOptions{LeaveOut: c.LeaveOut, LeaveOutTime: c.LeaveOutTime,
			Raw: c.RawColumns, Components: c.Components, Coupling: coupling, Smoothing: c.Smoothing,
			EqualMasses: c.Masses == masses.Equal}
		if coupling == science.Unbalanced {
			o.Snapshots.GrowthCost = c.GrowthCost
		}
		if o.Snapshots.Masses, err = masses.Numbers(c.Masses); err != nil {
			return nil, err
		}
	}
	problem, err := openProblem(ctx, c.Dataset, o, imaging.Options{Progress: out.Progress}, c.kept.file)
	var gone *fs.PathError
	if c.snapshots() && c.Dataset == c.kept.dataset && errors.Is(err, fs.ErrNotExist) && errors.As(err, &gone) {
		return nil, fmt.Errorf("dataset in %s is %s, and there is no %s; bring the file back, or name its new place "+
			"in that line", c.kept.file, c.Dataset, gone.Path)
	}
	return problem, err
}

// OpenPoints opens a problem as [science.Open] does, until ctx is done. The embryos' file is fetched where need be,
// as images are by the same options. Its error is a [ConfigError] for a file that isn't there, and for options that
// don't suit it.
func OpenPoints(ctx context.Context, name string, o science.Options, fetching imaging.Options) (*science.Problem,
	error) {
	return openProblem(ctx, name, o, fetching, "")
}

// openProblem is science.Open; a file that is not there, or options that don't suit it, are wrong usage, what is
// wrong in a file is not. An error that a choice of columns settles says what to type, or what to write into file,
// the configuration of a run.
//
// The embryos' file may have to be brought first, as fetching says. Once ctx is done it isn't waited for: a long
// reading, or principal components of many columns, are left behind.
func openProblem(ctx context.Context, name string, o science.Options, fetching imaging.Options,
	file string) (*science.Problem, error) {
	if name == science.EmbryoName {
		var err error
		if o.Embryo, err = embryo.File(ctx, fetch.Options{Cache: fetching.Cache, Offline: fetching.Offline,
			Progress: fetching.Progress}); err != nil {
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
		problem, err = o.problem, columns.Advise(o.err, file)
	}
	var option science.OptionError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &option) {
		return nil, mistake.Wrap(err)
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

func (t pointTask) smaller() ([]*Plan, error) {
	var list []*Plan
	if t.cfg.ownNetwork() { // what is asked for is no preset's
		return nil, nil
	}
	for _, preset := range slices.Backward(PointPresets()) {
		mlp, _ := perceptron(preset)
		if mlp.Params(t.width()) >= t.params() {
			continue
		}
		c, err := Preset(t.cfg.Dataset, preset)
		if err != nil {
			return nil, err
		}
		objective, path, times, err := c.flow()
		if err != nil {
			return nil, err
		}
		p := &Plan{Config: c, Times: times, Model: flows.Model{Objective: objective, Path: path}}
		p.fill(pointTask{cfg: c, mlp: mlp, path: path, problem: t.problem})
		list = append(list, p)
	}
	return list, nil
}

func (t pointTask) load(ctx context.Context, out Output) (*Data, error) {
	problem := t.problem
	if problem.Snapshots == nil {
		var err error
		if problem, err = t.cfg.open(ctx, true, out); err != nil {
			return nil, err
		}
		problem = t.along(problem)
	}
	if problem.Snapshots != nil {
		for _, line := range problem.Snapshots.Population.Describe() {
			out.logf("data: %s: %s", problem.Snapshots.Population.Name, line)
		}
		lines := problem.Snapshots.Describe()
		if t.cfg.Coupling == science.Unbalanced.String() {
			lines = append(lines, masses.Describe(t.cfg.Masses, problem.Snapshots.Masses))
		}
		for _, line := range lines {
			out.logf("data: %s: %s", problem.Snapshots.Population.Name, line)
		}
	}
	hash, err := json.Marshal(pointsHash(problem))
	if err != nil {
		return nil, fmt.Errorf("encode hash: %w", err)
	}
	record, err := recordOf(problem)
	if err != nil {
		return nil, err
	}
	return &Data{Path: problem.Path, Hash: hash, Record: record, Batches: problem.Dataset,
		source: func(backends.Backend) *Source { return sourceOf(problem) }}, nil
}

func (t pointTask) source(context.Context, backends.Backend, Output) (*Source, error) {
	return sourceOf(t.problem), nil
}

func sourceOf(p *science.Problem) *Source {
	return &Source{Path: p.Path, Dims: []int{p.Dim}, Problem: p}
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
