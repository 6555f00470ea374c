package weights

import (
	"strings"

	"github.com/gomlx/gomlx/pkg/ml/context"
)

// Snapshot copies every variable of ctx into a State, ready for Save once its Meta is filled in. The
// moving averages, which training keeps in the scope emaScope ("/ema": the average of /unet/w is
// /ema/unet/w), become State.EMA under the names of the parameters themselves. What else is in that
// scope, such as a counter of updates, stays with the other variables. Scopes named in without are left out.
//
// The memory of spare, an earlier State of the context that nobody needs any more, is used again: fresh memory costs
// more than the copy. A zero State is none. Its errors are those of [FromContext].
func Snapshot(ctx *context.Context, emaScope string, spare State, without ...string) (State, error) {
	list, err := fromContext(ctx, spare.Variables(emaScope), without...)
	if err != nil {
		return State{}, err
	}
	names := map[string]bool{}
	for _, t := range list {
		names[t.Name] = true
	}
	var s State
	prefix := strings.TrimSuffix(emaScope, context.ScopeSeparator) + context.ScopeSeparator
	for _, t := range list {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok && names[context.RootScope+name] {
			t.Name = context.RootScope + name
			s.EMA = append(s.EMA, t)
		} else {
			s.Tensors = append(s.Tensors, t)
		}
	}
	return s, nil
}

// Variables is the inverse of Snapshot: all variables under the names that they have in a context, for
// Install or Restore.
func (s State) Variables(emaScope string) []Tensor {
	return append(addScope(s.EMA, emaScope), s.Tensors...)
}

// Within returns the tensors in a scope and below, under their full names: Within(list, "/unet") are
// those that Restore(ctx.InAbsPath("/unet"), …) takes.
func Within(list []Tensor, scope string) []Tensor {
	var out []Tensor
	for _, t := range list {
		if inScope(t.Name, scope) {
			out = append(out, t)
		}
	}
	return out
}
