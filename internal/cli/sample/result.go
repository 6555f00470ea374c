package sample

import (
	"fmt"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/run/draw"
)

// result is what was drawn, as --json prints it.
type result struct {
	all *draw.Samples

	Output  string      `json:"output"`
	N       int         `json:"n"`
	Unit    string      `json:"unit"` // images or points
	Times   []float64   `json:"times,omitempty"`
	Shard   string      `json:"shard,omitempty"`
	Samples eval.Origin `json:"samples"`
	// Of all batches together; a merge of shards has no time of its own.
	Steps    int     `json:"solver_steps,omitempty"`
	Rejected int     `json:"rejected,omitempty"`
	Seconds  float64 `json:"seconds,omitempty"`
	// What the weights of an unbalanced run leave at WeightsAt, the last time that is written.
	WeightsAt     string   `json:"weights_at,omitempty"`
	EffectiveSize *float64 `json:"effective_sample_size,omitempty"`
	LogMass       *float64 `json:"log_mass,omitempty"`
}

// print prints the result of a command, if JSON was asked for.
func (o output) print(r result, command string, std term.Streams) error {
	if !o.json {
		return nil
	}
	r.Output = o.path
	return term.PrintObject(std.Out, command, r)
}

// weigh finds and reports what the weights of an unbalanced run leave of the samples at the last time that is written.
func (o output) weigh(r *result, std term.Streams) error {
	s := r.all
	if s.LogWeights == nil {
		return nil
	}
	logWeights, at := s.LogWeights, s.AtEnd()
	if last := len(s.Times) - 1; last >= 0 && o.statesAlone() {
		logWeights, at = s.States[last].LogWeights, s.At(last)
	}
	size, err := flows.EffectiveSize(logWeights)
	if err != nil {
		return err
	}
	mass, err := flows.LogMeanWeight(logWeights)
	if err != nil {
		return err
	}
	r.WeightsAt, r.EffectiveSize, r.LogMass = at, &size, &mass
	fmt.Fprintf(std.Err, "sample: by weight at %s, effective sample size %.1f of %d, log-mass (log of the mean "+
		"weight) %.4g\n", at, size, len(logWeights), mass)
	if err := draw.CheckWeights(logWeights); err != nil {
		fmt.Fprintf(std.Err, "sample: %s\n", flags.ErrorText(err))
	}
	return nil
}
