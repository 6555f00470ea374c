package weights

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// dictRole is what a state dictionary in a file is to a network.
type dictRole int

const (
	parametersRole dictRole = iota
	averageRole
	otherRole     // a copy of another time
	optimiserRole // moments and gradients, never parameters
)

// dictionary is a state dictionary of a U-Net, or a list of averages, in a file.
type dictionary struct {
	prefix string // of its names, as in "model."; none where it is the whole file
	role   dictRole
	// flat is of LitEma's names, which have no dots; list of none, in the order of the parameters.
	flat, list bool
	tensors    []weights.Tensor // without the prefix
}

// String says which tensors they are.
func (d *dictionary) String() string {
	if d.prefix == "" {
		return fmt.Sprintf("%d tensors", len(d.tensors))
	}
	return fmt.Sprintf("%d tensors under %s", len(d.tensors), term.Shown(d.prefix))
}

// wrappers are the names that PyTorch puts between those of modules when it compiles or distributes them.
var wrappers = map[string]bool{"_orig_mod": true, "_fsdp_wrapped_module": true, "_checkpoint_wrapped_module": true}

// unwrapped is a name without the wrappers.
func unwrapped(name string) string {
	if !strings.Contains(name, "_orig_mod") && !strings.Contains(name, "_wrapped_module") {
		return name
	}
	return strings.Join(slices.DeleteFunc(strings.Split(name, "."), func(part string) bool { return wrappers[part] }),
		".")
}

// signatures are the names that a U-Net's first variable has: here, in its twin and in the Authors' network.
func signatures() []string {
	net := unet.Presets["cifar10"]
	own := unet.Variables(net)[0]
	net.Convention = unet.Authors
	return []string{scoped(own), own.Twin.Name, unet.Variables(net)[0].Twin.Name}
}

// dictionaries finds the state dictionaries of U-Nets in a file by the name of their first variable, and the lists of
// averages. What belongs to neither is left out.
func dictionaries(list []weights.Tensor) (found []*dictionary, leftOut []weights.Tensor) {
	list = slices.Clone(list)
	names := map[string]bool{}
	for i := range list {
		list[i].Name = unwrapped(list[i].Name)
		names[list[i].Name] = true
	}
	byPrefix := map[string]*dictionary{}
	first := signatures()
	for _, t := range list {
		for _, signature := range first {
			flat := strings.ReplaceAll(signature, ".", "")
			if prefix, ok := strings.CutSuffix(t.Name, signature); ok &&
				(prefix == "" || strings.HasSuffix(prefix, ".")) {
				byPrefix[prefix] = &dictionary{prefix: prefix, role: roleOf(prefix, names)}
			} else if prefix, ok := strings.CutSuffix(t.Name, flat); ok && flat != signature &&
				strings.Contains(prefix, ".") {
				byPrefix[prefix] = &dictionary{prefix: prefix, role: roleOf(prefix, names), flat: true}
			}
		}
		if prefix, ok := strings.CutSuffix(t.Name, ".0"); ok && listsAverages.MatchString(prefix) {
			byPrefix[prefix+"."] = &dictionary{prefix: prefix + ".", role: roleOf(prefix, names), list: true}
		}
	}
	// The longest prefix first: a network's may begin another's.
	prefixes := slices.SortedFunc(maps.Keys(byPrefix),
		func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, t := range list {
		k := slices.IndexFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(t.Name, prefix) })
		if k < 0 || isCounter(t) || prefixes[k] == "" && roleOf(strings.SplitAfterN(t.Name, ".", 2)[0],
			names) >= otherRole {
			leftOut = append(leftOut, t)
			continue
		}
		d := byPrefix[prefixes[k]]
		t.Name = strings.TrimPrefix(t.Name, d.prefix)
		d.tensors = append(d.tensors, t)
	}
	slices.Reverse(prefixes)
	for _, prefix := range prefixes {
		found = append(found, byPrefix[prefix])
	}
	return found, leftOut
}

// isCounter tells the numbers that averaging keeps beside the averages.
func isCounter(t weights.Tensor) bool {
	switch t.Name[strings.LastIndexByte(t.Name, '.')+1:] {
	case "n_averaged", "num_updates", "decay", "initted", "step", "updates":
		return len(t.Shape) == 0 || len(t.Shape) == 1 && t.Shape[0] == 1
	}
	return false
}

// listsAverages tells the names of lists of parameters: shadow_params of torch_ema and diffusers, collected_params, a
// plain ema.
var listsAverages = regexp.MustCompile(`(?i)(^|\.)` +
	`(shadow_params|collected_params|ema|emas|ema_params|averages|average|shadow)$`)

// roleOf tells the role of a dictionary by the words of its prefix, of which the last that says anything counts, and by
// what torch.optim.swa_utils.AveragedModel and Lightning's WeightAveraging save beside it.
func roleOf(prefix string, names map[string]bool) dictRole {
	switch {
	case names["averaging_state.n_averaged"] && strings.HasPrefix(prefix, "state_dict."):
		return averageRole
	case names[strings.TrimSuffix(prefix, "module.")+"n_averaged"] && strings.HasSuffix(prefix, "module."):
		return averageRole
	}
	is := parametersRole
	for part := range strings.SplitSeq(prefix, ".") {
		if strings.Contains(part, "exp_avg") { // Adam's, by name
			return optimiserRole
		}
		for _, word := range words(part) {
			switch {
			case optimiserWords[word], strings.HasPrefix(word, "optim"):
				return optimiserRole
			case otherWords[word]:
				is = otherRole
			case is == otherRole:
			case averageWords[word], strings.HasPrefix(word, "averag"):
				is = averageRole
			case word == "online" || word == "current" || word == "student":
				is = parametersRole
			}
		}
	}
	return is
}

var optimiserWords = map[string]bool{"momentum": true, "moment": true, "moments": true, "grad": true, "grads": true,
	"opt": true}

var otherWords = map[string]bool{"backup": true, "collected": true, "stored": true, "best": true, "initial": true,
	"init": true, "old": true, "target": true, "teacher": true}

var averageWords = map[string]bool{"ema": true, "emas": true, "netema": true, "modelema": true, "emamodel": true,
	"emanet": true, "avg": true, "swa": true, "shadow": true, "polyak": true, "smoothed": true}

var wordPattern = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)

// words are those of a name, in lower case: model and ema of model_ema, modelEMA and ModelEma2.
func words(name string) []string {
	list := wordPattern.FindAllString(name, -1)
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

// chosen are the dictionaries that make a run: the parameters, and their average where the file has one. Where it has
// the average alone, that is both. Two that fit and differ are an error.
func chosen(found []*dictionary) (params, average *dictionary, err error) {
	if params, err = only(found, parametersRole, "parameters"); err != nil {
		return nil, nil, err
	}
	if average, err = only(found, averageRole, "averages"); err != nil {
		return nil, nil, err
	}
	if params == nil && average != nil && !average.list {
		params = average
	} else if params == nil {
		params, err = only(found, otherRole, "dictionaries")
	}
	return params, average, err
}

// only returns the dictionary of a role, or nil without one.
func only(found []*dictionary, r dictRole, what string) (*dictionary, error) {
	var first *dictionary
	for _, d := range found {
		switch {
		case d.role != r || d.list && r != averageRole:
		case first == nil:
			first = d
		case !first.equal(d):
			return nil, fmt.Errorf("two %s that differ: %s, and %s: %w; save the one that is wanted alone", what, first,
				d, weights.ErrArchitecture)
		}
	}
	return first, nil
}

// equal tells whether two dictionaries hold the same, as where one of two names was saved twice.
func (d *dictionary) equal(other *dictionary) bool {
	return d.flat == other.flat && slices.EqualFunc(d.tensors, other.tensors, func(a, b weights.Tensor) bool {
		return a.Name == b.Name && a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data)
	})
}

// named gives the tensors of an average the names that the parameters have. A list of averages is in the order of the
// parameters: saved is that of the names in the file, or empty where the file doesn't tell; then only the Authors'
// order is known.
func (d *dictionary) named(params *dictionary, saved []string, net unet.Config) ([]weights.Tensor, error) {
	switch {
	case d.list:
		return d.listed(params, saved, net)
	case d.flat:
		dotted := map[string]string{}
		for _, t := range params.tensors {
			dotted[strings.ReplaceAll(t.Name, ".", "")] = t.Name
		}
		list := slices.Clone(d.tensors)
		for i, t := range list {
			if list[i].Name = dotted[t.Name]; list[i].Name == "" {
				return nil, fmt.Errorf("tensor %s has no parameter's name: %w; save the average by the names of "+
					"the parameters", t.Name, weights.ErrArchitecture)
			}
		}
		return list, nil
	}
	return d.tensors, nil
}

func (d *dictionary) listed(params *dictionary, saved []string, net unet.Config) ([]weights.Tensor, error) {
	shapes := map[string][]int{}
	for _, t := range params.tensors {
		shapes[t.Name] = t.Shape
	}
	var order []string
	for _, name := range saved {
		name, ok := strings.CutPrefix(unwrapped(name), params.prefix)
		if _, is := shapes[name]; ok && is {
			order = append(order, name)
		}
	}
	if len(saved) == 0 && net.Convention == unet.Authors {
		for _, v := range unet.Variables(net) {
			order = append(order, v.Twin.Name)
		}
	} else if len(saved) == 0 {
		return nil, fmt.Errorf("a list of averages without names, whose order isn't in the file: %w; save the "+
			"average as a state dictionary", weights.ErrArchitecture)
	}
	list := slices.Clone(d.tensors)
	for i, t := range list {
		k, err := strconv.Atoi(t.Name)
		if err != nil || k < 0 || k >= len(order) || len(list) != len(order) {
			return nil, fmt.Errorf("%d averages, %q among them, of %d parameters: %w; save the average as a "+
				"state dictionary", len(list), t.Name, len(order), weights.ErrArchitecture)
		}
		if list[i].Name = order[k]; !slices.Equal(t.Shape, shapes[order[k]]) {
			return nil, fmt.Errorf("average %d has the shape %v, and parameter %s has %v: %w; save the average as a "+
				"state dictionary", k, t.Shape, order[k], shapes[order[k]], weights.ErrArchitecture)
		}
	}
	return list, nil
}
