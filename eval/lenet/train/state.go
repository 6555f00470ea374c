package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"

	"github.com/amgen/amgen/eval/lenet"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/weights"
)

// provenance says what the weights were made of; with it goes everything that decides their bits.
func provenance(data *imaging.Dataset, o options) map[string]string {
	return map[string]string{
		"dataset": data.Name, "dataset_sha256": data.Hash(), "seed": strconv.FormatInt(o.seed, 10),
		"steps": strconv.Itoa(o.steps), "batch": strconv.Itoa(o.batch), "learning_rate": fmt.Sprint(o.rate),
	}
}

// begin returns the variables of a new run, or of the one that was interrupted and left them in the file o.state, which
// must have been of the same provenance.
func begin(made map[string]string, o options) (*context.Context, error) {
	vars := context.New()
	if err := vars.SetRNGStateFromSeed(o.seed); err != nil {
		return nil, fmt.Errorf("lenet: seed %d: %w", o.seed, err)
	}
	if o.state == "" {
		return vars, nil
	}
	file, err := weights.ReadFile(o.state)
	if errors.Is(err, fs.ErrNotExist) {
		return vars, nil
	}
	if err != nil {
		return nil, err
	}
	if !maps.Equal(file.Metadata, made) {
		return nil, fmt.Errorf("lenet: state %s, got one of %v; it cannot continue as %v: remove it, or train with "+
			"its flags",
			o.state, file.Metadata, made)
	}
	if err := weights.Install(vars, file.Tensors); err != nil {
		return nil, err
	}
	for v := range vars.IterVariables() { // the file does not tell what is trained and what the optimiser keeps
		v.SetTrainable(strings.HasPrefix(v.Scope(), context.RootScope+lenet.Scope+context.ScopeSeparator))
	}
	return vars, nil
}

// leave writes the variables of an interrupted run, if there is a file for them.
func leave(vars *context.Context, made map[string]string, o options) error {
	if o.state == "" || optimizers.GetGlobalStep(vars) == 0 {
		return nil
	}
	list, err := weights.FromContext(vars)
	if err != nil {
		return err
	}
	return weights.File{Tensors: list, Metadata: made}.WriteFile(o.state)
}
