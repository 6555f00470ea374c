package run

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/internal/jsondiff"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// Pretrained is a trained network without its run: the parameters, and the configuration that says what they are of.
// Package models makes it of a file, [Dir.Pretrained] of a run.
type Pretrained struct {
	Name   string // as messages call it
	Config Config
	// Checkpoint has the parameters in EMA, under their own names and in float32. Of its other fields Architecture,
	// Step, Hash and Extra are used; Extra may lack any key.
	Checkpoint *weights.Checkpoint
}

// Pretrained reads the parameters to sample from of a checkpoint of the run: [Latest], [Best] or a step. They are the
// averages, or with raw, and where the run keeps none, the parameters as they were trained last.
func (d Dir) Pretrained(checkpoint string, raw bool, out Output) (Pretrained, error) {
	cfg, err := d.Config()
	if err != nil {
		return Pretrained{}, err
	}
	c, err := d.Checkpoint(checkpoint, true, out)
	if err != nil {
		return Pretrained{}, err
	}
	if err := cfg.CheckTrained(c); err != nil {
		return Pretrained{}, err
	}
	list := c.EMA
	if raw || cfg.EMA == 0 {
		list = c.Tensors
	}
	c.EMA, c.Tensors = nil, nil
	for _, scope := range ModelScopes() {
		c.EMA = append(c.EMA, weights.Within(list, scope)...)
	}
	if len(c.EMA) == 0 {
		return Pretrained{}, fmt.Errorf("checkpoint %s has no variables in %s: %w", c.Path,
			strings.Join(ModelScopes(), " or "), weights.ErrArchitecture)
	}
	return Pretrained{string(d), cfg, c}, nil
}

// Find is [Find] of a pretrained network. It has one set of parameters, so options that choose among those of a run
// are an error.
func (p Pretrained) Find(ctx context.Context, o Options) (*Trained, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Raw || o.Average != 0 || o.Checkpoint != "" && o.Checkpoint != Latest {
		return nil, mistake.New("{checkpoint}, {raw} and {average} choose among the parameters that a run keeps, and "+
			"%s has one set; leave them out", p.Name)
	}
	t, err := p.Config.find(ctx, p.Name, o)
	if err != nil {
		return nil, err
	}
	t.pretrained = &p
	return t, nil
}

// Open is [Open] of a pretrained network.
func (p Pretrained) Open(ctx context.Context, o Options) (*Run, error) {
	t, err := p.Find(ctx, o)
	if err != nil {
		return nil, err
	}
	return t.Open(ctx)
}

// variables are the parameters as a sampler of the plan takes them.
func (p Pretrained) variables(plan *Plan, out Output) (*mlcontext.Context, error) {
	if err := plan.CheckPretrained(p); err != nil {
		return nil, err
	}
	vars := mlcontext.New()
	if err := weights.Install(vars, p.Checkpoint.EMA); err != nil {
		return nil, err
	}
	return vars.Reuse(), plan.match(p.Checkpoint, out)
}

// CheckPretrained refuses parameters of another network than the plan's, and says what differs. The error wraps
// [weights.ErrArchitecture].
func (p *Plan) CheckPretrained(from Pretrained) error {
	differences, err := p.differences(from)
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		return fmt.Errorf("the network of %s is another than the run's: %s: %w", from.Name,
			strings.Join(differences, ", "), weights.ErrArchitecture)
	}
	if err := p.checkParameters(from.Checkpoint.EMA); err != nil {
		return fmt.Errorf("%s: %w", from.Name, err)
	}
	return nil
}

// differences lists what a pretrained network has otherwise than the plan's. Dropout changes no parameter, and isn't
// compared.
func (p *Plan) differences(from Pretrained) ([]string, error) {
	here, err := json.Marshal(p.Architecture())
	if err != nil {
		return nil, fmt.Errorf("encode architecture: %w", err)
	}
	list, err := jsondiff.Of(from.Checkpoint.Architecture, here)
	if err != nil {
		return nil, fmt.Errorf("architecture of %s: %w", from.Name, err)
	}
	var lines []string
	if was, now := from.Config.Action, p.Config.Action; was != now {
		lines = append(lines, fmt.Sprintf("action is %s there and %s here", was, now))
	}
	if was, err := from.Config.objective(); err != nil {
		return nil, err
	} else if was.Motion().VectorField() != p.Model.Objective.Motion().VectorField() {
		lines = append(lines, fmt.Sprintf("objective is %s there and %s here, and one of them learns a vector field "+
			"and the other an action", from.Config.Objective, p.Config.Objective))
	}
	for _, d := range list {
		if d.Name != "Dropout" && d.Name != "Form" { // which is the action
			key, was, now := p.inWords(from.Config, d)
			lines = append(lines, fmt.Sprintf("%s is %s there and %s here", key, was, now))
		}
	}
	return lines, nil
}

// inWords names the setting that two architectures differ in and its values, of another configuration and of the
// plan's. An architecture leaves defaults out, and the configuration doesn't.
func (p *Plan) inWords(other Config, d jsondiff.Difference) (key, was, now string) {
	for _, s := range networkSettings(p.Config.Points()) {
		if strings.EqualFold(strings.ReplaceAll(s.Key, "_", ""), d.Name) {
			key, was, now = s.Key, s.Text(other.whole()), s.Text(p.Config.whole())
		}
	}
	if was == now { // it is no setting, or the file disagrees with itself
		key, was, now = cmp.Or(key, strings.ToLower(d.Name)), jsondiff.Text(d.A), jsondiff.Text(d.B)
	}
	return key, was, now
}

// checkParameters returns an error unless the tensors are the network's parameters: each of its name and shape, in
// float32, finite. Of a perceptron their number alone is known here.
func (p *Plan) checkParameters(list []weights.Tensor) error {
	want := map[string][]int{}
	if p.Problem == nil {
		for _, v := range unet.Variables(p.Network) {
			want["/"+unet.Scope+"/"+v.Name] = v.Shape
		}
	}
	numbers := 0
	for _, t := range list {
		shape, known := want[t.Name]
		if p.Problem == nil && !(known && slices.Equal(t.Shape, shape)) || t.DType != dtypes.Float32 {
			return fmt.Errorf("tensor %s, of which the network has %v: %w", t, shape, weights.ErrArchitecture)
		}
		broken, err := t.Broken()
		if err != nil {
			return err
		}
		if broken > 0 {
			return fmt.Errorf("tensor %s has %d numbers that aren't finite; take another model", t, broken)
		}
		numbers += len(t.Data) / 4
	}
	if numbers != p.Params() {
		return fmt.Errorf("%d parameters, and the network has %d: %w", numbers, p.Params(), weights.ErrArchitecture)
	}
	return nil
}
