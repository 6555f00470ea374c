package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// networkVariables arranges tensors as the variables of a U-Net, of which none may be missing and none left over: they
// have amgen's names already, or those of the twin in PyTorch.
func networkVariables(list []weights.Tensor, net unet.Config) ([]weights.Tensor, error) {
	have := map[string]weights.Tensor{}
	for _, t := range list {
		have[t.Name] = t
	}
	variables := unet.Variables(net)
	_, ours := have[scoped(variables[0])]
	_, twins := have[variables[0].Twin.Name]
	if !ours && !twins && ofAuthors(list) {
		return nil, fmt.Errorf("these are weights of action-matching-pytorch, whose U-Net computes something else with them: %s: %w; "+
			"docs/reliability.md tells more", authorsDiffer, weights.ErrArchitecture)
	}
	if !ours && !twins {
		return nil, fmt.Errorf("neither %s nor %s among %d tensors: %w; import weights of this U-Net or of its twin in PyTorch", scoped(variables[0]),
			variables[0].Twin.Name, len(list), weights.ErrArchitecture)
	}
	used := map[string]bool{}
	var out []weights.Tensor
	for _, v := range variables {
		name := scoped(v)
		if !ours {
			name = v.Twin.Name
		}
		t, ok := have[name]
		if !ok {
			return nil, fmt.Errorf("no tensor %s: %w; name the --preset and --path that it was trained with", name, weights.ErrArchitecture)
		}
		used[name] = true
		if !ours {
			var err error
			if t, err = fromTwin(t, v); err != nil {
				return nil, err
			}
		}
		if !slices.Equal(t.Shape, v.Shape) {
			return nil, fmt.Errorf("tensor %s makes %v of %s, want %v: %w; name the --preset and --path that it was trained with", name, t.Shape, scoped(v),
				v.Shape, weights.ErrArchitecture)
		}
		t.Name = scoped(v)
		out = append(out, t)
	}
	for _, t := range list {
		if !used[t.Name] {
			return nil, fmt.Errorf("tensor %s belongs to no layer of the network: %w; name the --preset that it was trained with", t.Name, weights.ErrArchitecture)
		}
	}
	return out, nil
}

// authorsDiffer is what the network of the authors of Action Matching does that no arrangement of its weights can make this
// one do.
const authorsDiffer = "time as sin and cos of t/2^i, strided convolutions padded at one side, t from data to noise"

// ofAuthors tells the layout of github.com/necludov/action-matching-pytorch: all_modules.K.…, K in the order of the layers,
// perhaps behind what DataParallel puts before it.
func ofAuthors(list []weights.Tensor) bool {
	return slices.ContainsFunc(list, func(t weights.Tensor) bool {
		return strings.HasPrefix(strings.TrimPrefix(t.Name, "module."), "all_modules.0.")
	})
}

// scoped is the name of a variable of the U-Net in a context.
func scoped(v unet.Variable) string { return "/" + unet.Scope + "/" + v.Name }

// fromTwin takes a variable out of a tensor of the twin.
func fromTwin(t weights.Tensor, v unet.Variable) (weights.Tensor, error) {
	t, err := t.Part(v.Twin.Part, v.Twin.Parts)
	if err != nil {
		return t, err
	}
	return t.Transpose(v.Twin.Axes...)
}
