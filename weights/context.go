package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
)

// FromContext copies every variable of a GoMLX context to the host: parameters, optimiser moments,
// generator state, global step, whatever there is in ctx's scope and below, which is everything for
// the root context. Names are scope and name joined, as in "/unet/in/weights". The result is sorted
// by name and shares no memory with the context, so training may go on while it is being written.
// Scopes named in without, and what is below them, are left out. A variable without a value, or of a
// type that safetensors doesn't have, is an error.
func FromContext(ctx *context.Context, without ...string) ([]Tensor, error) {
	return fromContext(ctx, nil, without...)
}

// fromContext is FromContext into the memory of spare tensors, on all cores.
func fromContext(ctx *context.Context, spare []Tensor, without ...string) ([]Tensor, error) {
	buffers := map[string][]byte{}
	for _, t := range spare {
		buffers[t.Name] = t.Data
	}
	var variables []*context.Variable
	for v := range ctx.IterVariablesInScope() {
		if slices.ContainsFunc(without, func(scope string) bool { return inScope(v.ScopeAndName(), scope) }) {
			continue
		}
		if !v.HasValue() {
			return nil, fmt.Errorf("weights: variable %s, got no value; initialise the context before saving it",
				v.ScopeAndName())
		}
		variables = append(variables, v)
	}
	list, errs := make([]Tensor, len(variables)), make([]error, len(variables))
	forAll(len(variables), func(i int) {
		name := variables[i].ScopeAndName()
		value, err := variables[i].Value()
		if err != nil {
			errs[i] = fmt.Errorf("weights: variable %s, got %w", name, err)
			return
		}
		list[i], errs[i] = fromGoMLX(name, value, buffers[name])
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return sorted(list)
}

// inScope tells whether a variable of that name lies in a scope or below.
func inScope(name, scope string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(scope, context.ScopeSeparator)+context.ScopeSeparator)
}

// Restore sets every variable in ctx's scope and below to the tensor of its name, bit for bit. The two
// must have the same names, types and shapes; otherwise nothing is changed and the error, which wraps
// ErrArchitecture, names the first variable that differs and what was got and wanted.
//
// The variables must exist: build the model's graph first, or use Install.
func Restore(ctx *context.Context, list []Tensor) error {
	if err := Compare(ctx, list); err != nil {
		return err
	}
	return assign(list, func(t Tensor, value *tensors.Tensor) error {
		scope, name := context.SplitScope(t.Name)
		return ctx.GetVariableByScopeAndName(scope, name).SetValue(value)
	})
}

// Install is Restore for a context whose graph isn't built yet: variables that don't exist are
// created, and a graph that is later built with ctx.Reuse() or ctx.Checked(false) finds them by name,
// and panics if it wants another shape. Those that exist must agree. Variables that aren't in list
// keep what they have. For one that disagrees, and for a name that is not absolute, the error wraps
// [ErrArchitecture].
func Install(ctx *context.Context, list []Tensor) error {
	for _, t := range list {
		if v := lookup(ctx, t.Name); v != nil {
			if err := agree(v, t); err != nil {
				return err
			}
		}
	}
	return assign(list, func(t Tensor, value *tensors.Tensor) error {
		if v := lookup(ctx, t.Name); v != nil {
			return v.SetValue(value)
		}
		scope, name := context.SplitScope(t.Name)
		if !strings.HasPrefix(scope, context.RootScope) || name == "" {
			return fmt.Errorf("weights: %w: variable name, got %q; want an absolute one such as /unet/in/weights",
				ErrArchitecture, t.Name)
		}
		ctx.InAbsPath(scope).Checked(false).VariableWithValue(name, value)
		return nil
	})
}

// Compare says whether list holds exactly the variables in ctx's scope and below, with their types and
// shapes: give ctx.InAbsPath("/unet") to compare the parameters of a model alone. The error wraps ErrArchitecture and
// names the first difference in the order of names.
func Compare(ctx *context.Context, list []Tensor) error {
	have := map[string]*context.Variable{}
	var names []string
	for v := range ctx.IterVariablesInScope() {
		have[v.ScopeAndName()] = v
		names = append(names, v.ScopeAndName())
	}
	got := map[string]Tensor{}
	for _, t := range list {
		if _, both := have[t.Name]; !both {
			names = append(names, t.Name)
		}
		got[t.Name] = t
	}
	slices.Sort(names)
	for _, name := range names {
		v, t := have[name], got[name]
		if v == nil {
			return fmt.Errorf("weights: %w: variable %s, got %s, want none; use the preset and options the "+
				"checkpoint was made with", ErrArchitecture,
				name, t.signature())
		}
		if t.Name == "" {
			return fmt.Errorf("weights: %w: variable %s, got none, want %s; use the preset and options the "+
				"checkpoint was made with", ErrArchitecture,
				name, v.Shape())
		}
		if err := agree(v, t); err != nil {
			return err
		}
	}
	return nil
}

// agree compares type and shape of one variable.
func agree(v *context.Variable, t Tensor) error {
	if v.DType() != t.DType || !slices.Equal(v.Shape().Dimensions, t.Shape) {
		return fmt.Errorf("weights: %w: variable %s, got %s, want %s%v; use the preset and options the checkpoint "+
			"was made with", ErrArchitecture,
			t.Name, t.signature(), v.DType(), v.Shape().Dimensions)
	}
	return nil
}

func lookup(ctx *context.Context, name string) *context.Variable {
	scope, last := context.SplitScope(name)
	return ctx.GetVariableByScopeAndName(scope, last)
}

// assign converts all tensors before it sets the first, so that a bad one changes nothing.
func assign(list []Tensor, set func(Tensor, *tensors.Tensor) error) error {
	values := make([]*tensors.Tensor, len(list))
	for i, t := range list {
		var err error
		if values[i], err = t.GoMLX(); err != nil {
			return err
		}
	}
	for i, t := range list {
		if err := set(t, values[i]); err != nil {
			return fmt.Errorf("weights: variable %s, got %w", t.Name, err)
		}
	}
	return nil
}

// addScope puts scope before every name: addScope(list, "/ema") turns "/unet/w" into "/ema/unet/w". The data are
// shared.
func addScope(list []Tensor, scope string) []Tensor {
	out := slices.Clone(list)
	for i := range out {
		out[i].Name = strings.TrimSuffix(scope, context.ScopeSeparator) + out[i].Name
	}
	return out
}
