package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amgen/amgen/imaging/augment"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// networkVariables arranges tensors as the variables of a U-Net. None may be missing, and none left over. The tensors
// have amgen's names already, or those of the twin in PyTorch.
func networkVariables(list []weights.Tensor, net unet.Config) ([]weights.Tensor, error) {
	have := map[string]weights.Tensor{}
	for _, t := range list {
		if _, twice := have[t.Name]; twice {
			return nil, fmt.Errorf("tensor %s is there twice, in a module and its wrapper: %w; save one of them alone",
				term.Shown(t.Name), weights.ErrArchitecture)
		}
		have[t.Name] = t
	}
	variables := unet.Variables(net)
	_, ours := have[scoped(variables[0])]
	if _, twins := have[variables[0].Twin.Name]; !ours && !twins {
		return nil, fmt.Errorf("neither %s nor %s among %d tensors (%s): %w; import weights of this U-Net or of its "+
			"twin in PyTorch", scoped(variables[0]), variables[0].Twin.Name, len(list), few(beginnings(list)),
			weights.ErrArchitecture)
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
			return nil, fmt.Errorf("no tensor %s: %w; name the --preset and --path that it was trained with", name,
				weights.ErrArchitecture)
		}
		used[name] = true
		if !ours {
			var err error
			if t, err = fromTwin(t, v); err != nil {
				return nil, err
			}
		}
		if !slices.Equal(t.Shape, v.Shape) {
			return nil, fmt.Errorf("tensor %s has the shape %v, %s needs %v: %w; name the --preset and --path that it "+
				"was trained with", name, t.Shape, scoped(v), v.Shape, weights.ErrArchitecture)
		}
		t.Name = scoped(v)
		out = append(out, t)
	}
	for _, t := range list {
		switch {
		case used[t.Name]:
		case t.Name == "cls.weight" || t.Name == "/"+unet.Scope+"/class/embedding":
			return nil, fmt.Errorf("tensor %s is of a class-conditional network: %w; pass --classes, and --dataset "+
				"with data of its classes", t.Name, weights.ErrArchitecture)
		default:
			return nil, fmt.Errorf("tensor %s belongs to no layer of the network: %w; name the --preset that it was "+
				"trained with", t.Name, weights.ErrArchitecture)
		}
	}
	return out, nil
}

// usualAugment is the augment of a run that is imported from a file without a configuration whose network was [told].
const usualAugment = 0.12

// told tells whether there is a network that was told how images of training were changed.
func told(found []*dictionary) bool {
	net := unet.Presets["tiny"]
	net.Augment = augment.Labels
	variables := unet.Variables(net)
	v := variables[slices.IndexFunc(variables, func(v unet.Variable) bool { return v.Name == "augment/embedding" })]
	return slices.ContainsFunc(found, func(d *dictionary) bool {
		return slices.ContainsFunc(d.tensors, func(t weights.Tensor) bool {
			return len(t.Shape) == 2 && (t.Name == scoped(v) && t.Shape[0] == augment.Labels ||
				t.Name == v.Twin.Name && t.Shape[1] == augment.Labels)
		})
	})
}

// ofAuthors tells the layout of github.com/necludov/action-matching-pytorch: all_modules.K.…, K in the order of the
// layers.
func ofAuthors(found []*dictionary) bool {
	return slices.ContainsFunc(found, func(d *dictionary) bool {
		return slices.ContainsFunc(d.tensors,
			func(t weights.Tensor) bool { return strings.HasPrefix(t.Name, "all_modules.0.") })
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
