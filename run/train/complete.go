package train

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/optimizer"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// complete refuses to go on from a checkpoint that lacks state of training, which would begin afresh unseen:
// parameters, Adam's moments, their averages, the random generator, the state of the times, the step. A checkpoint of
// step 0 has none of it yet.
func complete(c *weights.Checkpoint, params int) error {
	if c.Step == 0 {
		return nil
	}
	have, averaged := map[string]bool{}, map[string]bool{}
	for _, t := range c.Tensors {
		have[t.Name] = true
	}
	for _, t := range c.EMA {
		averaged[t.Name] = true
	}
	var was map[string]string // older checkpoints have none
	if text := c.Extra[run.SettingsKey]; text != nil {
		if err := json.Unmarshal(text, &was); err != nil {
			return fmt.Errorf("checkpoint %s: %s: %w", c.Path, run.SettingsKey, err)
		}
	}
	decay, err := strconv.ParseFloat(was["ema"], 64)
	averages := err == nil && decay > 0 || c.EMA != nil
	adam := mlcontext.RootScope + optimizers.AdamDefaultScope
	rule := optimizer.Adam
	if name, ok := was["optimizer"]; ok {
		if rule, err = optimizer.RuleByName(name); err != nil {
			return fmt.Errorf("checkpoint %s: %w", c.Path, err)
		}
	}
	var missing []string
	want := func(is bool, what string) {
		if !is {
			missing = append(missing, what)
		}
	}
	numbers := 0
	for _, scope := range run.ModelScopes() {
		for _, t := range weights.Within(c.Tensors, scope) {
			n := 1
			for _, d := range t.Shape {
				n *= d
			}
			numbers += n
			for _, name := range optimizer.State(rule, t.Name, t.Shape) {
				want(have[name], name)
			}
			want(!averages || averaged[t.Name], optimizer.EMAScope+t.Name)
		}
	}
	if numbers != params {
		want(false, fmt.Sprintf("%d of the network's %d parameters", params-numbers, params))
	}
	for _, name := range []string{adam + "/" + optimizers.GlobalStepVariableName, mlcontext.RootScope +
		optimizers.GlobalStepVariableName,
		mlcontext.RootScope + mlcontext.RNGStateVariableName} {
		want(have[name], name)
	}
	want(!averages || have[optimizer.EMAUpdates], optimizer.EMAUpdates)
	if times, err := flows.TimesByName(was["times"]); err == nil {
		for _, name := range flows.TimesState(times) {
			want(have[name], name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for i := range missing {
		missing[i] = shown(missing[i])
	}
	return fmt.Errorf("resume: checkpoint %s lacks %s (%d in all), which would begin afresh: %w; bring the whole "+
		"checkpoint back, or remove it to go on from an earlier one", c.Path,
		strings.Join(missing[:min(3, len(missing))], ", "), len(missing), weights.ErrArchitecture)
}
