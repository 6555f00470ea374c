package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
)

// Options say how a trained run is opened. The zero value takes the averages of the newest checkpoint, and the best
// engine there is, in float32.
type Options struct {
	Checkpoint string // [Latest], the default, [Best] or a step in decimal digits
	Raw        bool   // take the parameters themselves, not their moving average
	// Average is the relative length of a power-function average to take, which is fitted from those that the
	// checkpoints up to this one kept, see [Config].PowerAverages; 0 is the moving average.
	Average   float64
	Backend   string // as [engine.Parse] reads it; "" is the best there is
	Precision string // [Float32], the default, or [BFloat16], whatever the run was trained in
	// Sigma is the noise of Langevin dynamics along the score of an ssm or dsm run; 0 is the run's own.
	Sigma float64

	Output
}

// Check returns a [ConfigError] for options that make no sense, and for an engine that this program doesn't have. It
// opens nothing.
func (o Options) Check() error {
	if _, _, err := stepOf(o.Checkpoint); err != nil {
		return err
	}
	if o.Average != 0 {
		if o.Raw {
			return mistake.New("{raw} takes the parameters themselves, and {average} %g an average; give one of them",
				o.Average)
		}
		if err := optimizer.CheckPowerAverages([]float64{o.Average}); err != nil {
			return mistake.New("{average}: %w", err)
		}
	}
	_, err := chooseEngine(o.Backend, o.Precision)
	return err
}

// Trained is a run that was found: what it learned is known, but neither are its weights read nor is an engine started.
type Trained struct {
	Dir  Dir // "" of a [Pretrained] network
	Plan *Plan

	options    Options
	pretrained *Pretrained // nil of a run
}

// Name is what messages call it: the run's directory, or the name of the pretrained network.
func (t *Trained) Name() string {
	if t.pretrained != nil {
		return t.pretrained.Name
	}
	return string(t.Dir)
}

// Find reads the configuration of a trained run, and opens the data of points, without which they can't be drawn.
func Find(ctx context.Context, dir string, o Options) (*Trained, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	cfg, err := Dir(dir).Config()
	if err != nil {
		return nil, err
	}
	t, err := cfg.find(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	t.Dir = Dir(dir)
	return t, nil
}

// find makes a Trained of a configuration; name is what messages call it.
func (c Config) find(ctx context.Context, name string, o Options) (*Trained, error) {
	c.Precision = cmp.Or(o.Precision, Float32)
	if err := c.checkPrecision(); err != nil {
		return nil, err
	}
	c.Sigma = cmp.Or(o.Sigma, c.Sigma)
	plan, err := c.Plan(ctx, o.Output)
	if err != nil {
		return nil, err
	}
	if o.Sigma != 0 && !plan.Model.Objective.Motion().VectorField() {
		return nil, mistake.New("{sigma} is of Langevin dynamics along a score, and %s was trained by %s; leave it out",
			name, c.Objective)
	}
	return &Trained{Plan: plan, options: o}, nil
}

// Run is a trained run, ready to be drawn from. It is safe for use by several goroutines at once, until it is closed.
type Run struct {
	*Trained

	Step int64  // of the checkpoint
	Hash string // of the checkpoint
	// DataHash is that of the data that the checkpoint was trained on, see [HashKey]; nil in old ones.
	DataHash json.RawMessage
	Raw      bool // its parameters themselves were asked for

	averages string // that Options.Average was made of, "" without

	Engine  *engine.Engine
	Source  *Source
	Sampler *flows.Sampler
}

// Open opens the run in a directory that `amgen train` or package run/train wrote. Close it when it has done its work.
func Open(ctx context.Context, dir string, o Options) (*Run, error) {
	t, err := Find(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	return t.Open(ctx)
}

// Open reads the weights and starts the engine.
func (t *Trained) Open(ctx context.Context) (r *Run, err error) {
	o := t.options
	vars, checkpoint, sources, err := t.parameters()
	if err != nil {
		return nil, err
	}
	if net := t.Plan.Config.Network(); net != t.Plan.Config.Preset {
		o.logf("network: %s", net)
	}
	r = &Run{Trained: t, Step: checkpoint.Step, Hash: checkpoint.Hash, DataHash: checkpoint.Extra[HashKey], Raw: o.Raw,
		averages: sources}
	if r.Engine, err = OpenEngine(o.Backend, 1, o.Output); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if r.Source, err = t.Plan.Source(ctx, r.Engine.Backend, o.Output); err != nil {
		return nil, err
	}
	if r.Source.images != nil {
		t.Plan.WarnImages(r.Source.images, r.DataHash, r.Step, o.Output)
	}
	r.Sampler, err = flows.NewSampler(r.Engine.Backend, vars, t.Plan.Model)
	return r, err
}

// Close waits for those who draw, and frees what the run takes. Drawing afterwards is a [flows.ErrFinalized].
func (r *Run) Close() {
	if r.Sampler != nil {
		r.Sampler.Finalize()
	}
	r.Engine.Backend.Finalize()
}

// Batch is how many of n samples are solved together: as many as are asked for, or the default for 0. Its error is a
// [ConfigError] where there aren't so many samples.
func (r *Run) Batch(n, asked int) (int, error) {
	if most := r.Source.Available(); n > most {
		return 0, mistake.New("there are %d images to restore; pass {n} %d or less", most, most)
	}
	return min(n, cmp.Or(asked, r.Source.Together())), nil
}

// Identity is a hash of all that sample k of a seed depends on. The batch counts: rounding depends on it, and of an
// adaptive solver the steps do.
func (r *Run) Identity(solver solve.Solver, seed int64, batch int) (string, error) {
	text, err := json.Marshal(struct {
		Checkpoint  string
		Raw         bool
		Averages    string `json:",omitempty"`
		Config      Config
		Solver      string
		Settings    solve.Settings
		Seed        int64
		Batch       int
		BackendName string
	}{r.Hash, r.Raw, r.averages, r.Plan.Config, solver.Name(), solve.SettingsOf(solver), seed, batch,
		r.Engine.Choice.Rounding()})
	if err != nil {
		return "", fmt.Errorf("encode identity: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
