package weights

import (
	"cmp"
	"fmt"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// importOrigin is where imported weights came from.
type importOrigin struct {
	File   string `json:"file"`
	Format string `json:"format"`
	SHA256 string `json:"sha256"`
	DType  string `json:"dtype"`
	// Which tensors of the file became what.
	Parameters string   `json:"parameters,omitempty"`
	Average    string   `json:"average,omitempty"`
	LeftOut    []string `json:"left_out,omitempty"`
}

// print says which tensors became what.
func (from importOrigin) print(std term.Streams) {
	fmt.Fprintf(std.Err, "weights: parameters: %s; average: %s\n", from.Parameters, cmp.Or(from.Average, noAverage))
	if len(from.LeftOut) > 0 {
		fmt.Fprintf(std.Err, "weights: left out: %s\n", few(from.LeftOut))
	}
}

// state makes a run's parameters and averages of a file, and notes which tensors became what.
func (from *importOrigin) state(file weights.Contents, found []*dictionary, rest []weights.Tensor,
	plan *run.Plan) (state weights.State, err error) {
	if plan.Problem != nil || len(found) == 0 {
		if state.Tensors, from.DType, err = parametersOf(file.Tensors, plan); err != nil {
			if objects := objects(file.LeftOut); len(objects) > 0 {
				err = fmt.Errorf("%w (left out: %s)", err, few(objects))
			}
			return state, err
		}
		from.Parameters = fmt.Sprintf("%d tensors", len(file.Tensors))
		if file.Metadata[models.ParametersKey] == models.Averaged {
			state.EMA, from.Average = state.Tensors, averageAlone
		}
		return state, nil
	}
	params, average, err := chosen(found)
	if err != nil {
		return state, err
	}
	if params == nil {
		return state, fmt.Errorf("no parameters of a network but %s: %w; save model.state_dict()",
			few(leftOut(found, nil, nil, nil)), weights.ErrArchitecture)
	}
	used := []*dictionary{params}
	if state.Tensors, from.DType, err = parametersOf(params.tensors, plan); err != nil {
		err = under(params, err)
		if objects := objects(file.LeftOut); len(objects) > 0 {
			err = fmt.Errorf("%w (left out: %s)", err, few(objects))
		}
		return state, err
	}
	from.Parameters = params.String()
	switch {
	case average == params, average == nil && file.Metadata[models.ParametersKey] == models.Averaged:
		state.EMA, from.Average = state.Tensors, averageAlone
	case average != nil:
		list, err := average.named(params, file.Saved, plan.Network)
		if err == nil {
			state.EMA, _, err = parametersOf(list, plan)
		}
		if err != nil {
			return state, fmt.Errorf("averages: %w", under(average, err))
		}
		from.Average = average.String()
		used = append(used, average)
	}
	from.LeftOut = leftOut(found, used, rest, file.LeftOut)
	return state, nil
}

// averageAlone is said where the file has the average and no other parameters, so that --raw draws from the average
// too.
const averageAlone = "the same, no others are in the file"

// noAverage describes a file without an average.
const noAverage = "none in the file, so samples are drawn from the parameters"

// under names the dictionary in an error about its tensors.
func under(d *dictionary, err error) error {
	if d.prefix == "" {
		return err
	}
	return fmt.Errorf("tensors under %s: %w", term.Shown(d.prefix), err)
}

// parametersOf are the tensors as the network's variables, in float32, and the type that they came in.
func parametersOf(list []weights.Tensor, plan *run.Plan) (out []weights.Tensor, dtype string, err error) {
	if plan.Problem == nil {
		if out, err = networkVariables(list, plan.Network); err != nil {
			return nil, "", err
		}
	} else if out, err = weights.Within(list, modelScopes[1]), nil; len(out) != len(list) {
		return nil, "", fmt.Errorf("%d of %d tensors are in %s: %w; points need all of them there", len(out), len(list),
			modelScopes[1], weights.ErrArchitecture)
	}
	total := 0
	for _, t := range out {
		dtype = t.DType.String()
		n := 1
		for _, d := range t.Shape {
			n *= d
		}
		total += n
	}
	if total != plan.Params() {
		return nil, "", fmt.Errorf("%d parameters, where the network has %d: %w; name its --preset", total,
			plan.Params(), weights.ErrArchitecture)
	}
	for i := range out {
		if out[i], err = out[i].To(parameterType); err != nil {
			return nil, "", err
		}
	}
	return out, dtype, finite(out)
}

// finite refuses parameters of which some aren't, or not in the type that networks compute in.
func finite(list []weights.Tensor) error {
	first, broken := "", 0
	for _, t := range list {
		n, err := t.Broken()
		if err != nil {
			return err
		}
		if broken += n; n == broken && n > 0 {
			first = t.Name
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d values that aren't finite in float32, the first in %s; `amgen weights inspect` lists "+
			"them: import an earlier state", broken, first)
	}
	return nil
}

// parameterType is what networks compute in.
var parameterType = exportTypes["f32"]
