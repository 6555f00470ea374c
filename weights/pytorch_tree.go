package weights

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/nlpodyssey/gopickle/types"
)

// maxNesting bounds how deep a container may be in others; an optimiser's moments are three deep.
const maxNesting = 32

// stateDict are the tensors of a container by their names, or by those of the containers around them, as in
// "model.conv.weight" and "shadow.0". What isn't a tensor, such as a number of epochs, is left out.
func (p *torchPickle) stateDict(root any) (*treeWalk, error) {
	w := &treeWalk{views: map[string]*torchTensor{}, entries: 1<<14 + p.budget, scalars: 2*p.scalars + 1<<14,
		names: p.names}
	switch v := root.(type) {
	case *types.OrderedDict, *types.Dict, *types.List, *types.Tuple:
	case *torchTensor:
		return nil, torchUnsupported("one tensor without a name; save model.state_dict()")
	case *opaque:
		advice := "save model.state_dict(), or the tensors in a dict"
		if v.module {
			advice = "save model.state_dict()"
		}
		return nil, torchUnsupported("%s, and state dictionaries alone are read; %s", v.what(), advice)
	default:
		return nil, torchError("it holds no dictionary")
	}
	if err := w.walk("", root, 0); err != nil {
		return nil, err
	}
	if len(w.views) == 0 && len(w.leftOut) > 0 {
		first := w.leftOut[0]
		return nil, torchUnsupported("no tensors that are read, but %s (%.100q) and %d more; save model.state_dict()",
			first.What, first.Name, len(w.leftOut)-1)
	}
	slices.SortFunc(w.leftOut, func(a, b LeftOut) int { return cmp.Compare(a.Name, b.Name) })
	return w, nil
}

// treeWalk collects tensors, within bounds, since containers may hold one another many times over.
type treeWalk struct {
	views   map[string]*torchTensor
	order   []string // of their names, in the file
	leftOut []LeftOut

	entries, scalars, names int // that may still come, and the bytes of their names
}

// mostLeftOut bounds what is told of what is left out.
const mostLeftOut = 1000

func (w *treeWalk) leave(name, what string, tensors int) {
	if len(w.leftOut) < mostLeftOut {
		w.leftOut = append(w.leftOut, LeftOut{Name: name, What: what, Tensors: tensors})
	}
}

// isPlain tells a number, a text or nothing.
func isPlain(value any) bool {
	switch value.(type) {
	case nil, bool, int, int64, *big.Int, float64, string, []byte, *types.ByteArray:
		return true
	}
	return false
}

// below visits an entry of a container.
func (w *treeWalk) below(name string, key, value any, depth int) error {
	if isPlain(value) {
		if w.scalars--; w.scalars < 0 {
			return torchError("entry %.100q is one of too many", name)
		}
		return nil
	}
	inner := ""
	switch key.(type) {
	case string, int:
		inner = fmt.Sprint(key)
	default:
		w.leave(name, fmt.Sprintf("an entry whose key is %s", kindOf(key)), w.tensors(value, 0))
		return nil
	}
	if name != "" {
		inner = name + "." + inner
	}
	return w.walk(inner, value, depth+1)
}

// kindOf is what Python calls the type of a value.
func kindOf(value any) string {
	switch v := value.(type) {
	case *opaque:
		return v.what()
	case *torchTensor:
		return "a tensor"
	case *types.Tuple:
		return "a tuple"
	case *types.FrozenSet:
		return "a frozenset"
	case float64:
		return "a float"
	case bool:
		return "a bool"
	case nil:
		return "None"
	case []byte:
		return "bytes"
	}
	return fmt.Sprintf("a %T", value)
}

func (w *treeWalk) walk(name string, value any, depth int) error {
	w.entries--
	if w.names -= len(name); w.entries < 0 || w.names < 0 || depth > maxNesting {
		return torchError("entry %.100q is one of too many or lies too deep", name)
	}
	if s, ok := value.(*torchStorage); ok && s.key != "" {
		w.leave(name, "a storage without a shape", 0)
		return nil
	}
	switch v := value.(type) {
	case *torchTensor:
		if _, twice := w.views[name]; twice {
			return torchUnsupported("two tensors of the name %.100q; rename one", name)
		}
		w.views[name], w.order = v, append(w.order, name)
	case *types.OrderedDict:
		for e := v.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			if err := w.below(name, entry.Key, entry.Value, depth); err != nil {
				return err
			}
		}
	case *types.Dict:
		for _, entry := range *v {
			if err := w.below(name, entry.Key, entry.Value, depth); err != nil {
				return err
			}
		}
	case *types.List:
		for i, item := range *v {
			if err := w.below(name, i, item, depth); err != nil {
				return err
			}
		}
	case *types.Tuple:
		for i := range v.Len() {
			if err := w.below(name, i, v.Get(i), depth); err != nil {
				return err
			}
		}
	case *opaque:
		w.leave(name, v.what(), w.tensors(v, 0))
	case *types.Set, *types.FrozenSet:
		w.leave(name, "a set", 0)
	case *types.OrderedDictClass:
		w.leave(name, "a class", 0)
	default:
		return torchError("entry %.100q is a %T, neither tensor nor number nor container", name, value)
	}
	return nil
}

// tensors counts the tensors in a value that is left out, as far as the bounds reach.
func (w *treeWalk) tensors(value any, depth int) (n int) {
	if w.entries--; w.entries < 0 || depth > maxNesting {
		return 0
	}
	switch v := value.(type) {
	case *torchTensor:
		return 1
	case *opaque:
		if v.tensor {
			return 1
		}
		for _, inner := range v.inside {
			n += w.tensors(inner, depth+1)
		}
	case *types.OrderedDict:
		for e := v.List.Front(); e != nil; e = e.Next() {
			n += w.tensors(e.Value.(*types.OrderedDictEntry).Value, depth+1)
		}
	case *types.Dict:
		for _, entry := range *v {
			n += w.tensors(entry.Value, depth+1)
		}
	case *types.List:
		for _, item := range *v {
			n += w.tensors(item, depth+1)
		}
	case *types.Tuple:
		for i := range v.Len() {
			n += w.tensors(v.Get(i), depth+1)
		}
	}
	return n
}

// dictValue looks a name up in a plain dictionary.
func dictValue(dict any, key string) (any, bool) {
	d, ok := dict.(*types.Dict)
	if !ok {
		return nil, false
	}
	return d.Get(key)
}
