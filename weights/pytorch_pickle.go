package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// torchPickle runs the pickles of a file and collects the storages that they name.
type torchPickle struct {
	storages map[string]*torchStorage
	budget   int // instructions that may still run
	names    int // bytes that the names of tensors may take
}

// newTorchPickle runs pickles of a file of that many bytes. A tensor takes some 25 instructions and each of these up to 150
// bytes of memory, so that a file of nothing but them would grow a hundredfold: there may be 600 small tensors, or one for
// 1600 bytes.
func newTorchPickle(fileSize int) *torchPickle {
	return &torchPickle{storages: map[string]*torchStorage{}, budget: 1<<14 + fileSize/64, names: 1<<14 + fileSize}
}

// load runs the pickle that data begins with and returns what it makes and how long it is.
func (p *torchPickle) load(data []byte) (value any, length int, err error) {
	length, count, err := scanPickle(data, p.budget)
	if err != nil {
		return nil, 0, err
	}
	p.budget -= count
	u := pickle.NewUnpickler(bytes.NewReader(data[:length]))
	u.FindClass = torchClass
	u.PersistentLoad = p.storage
	if value, err = u.Load(); err != nil {
		return nil, 0, torchError("%s", brief(err))
	}
	return value, length, nil
}

// pickleArgs is the length of the argument of each instruction that a state dictionary is written with; those of
// variable length, below 0, say how many bytes their length takes. No other instruction runs.
var pickleArgs = map[byte]int{
	0x80: 1, '.': 0, '(': 0, '}': 0, ']': 0, ')': 0, 't': 0, 0x85: 0, 0x86: 0, 0x87: 0, // protocol, stop, mark, empty ones, tuples
	'N': 0, 0x88: 0, 0x89: 0, 'K': 1, 'M': 2, 'J': 4, 'G': 8, 0x8a: -1, // none, booleans, integers, a float, a long
	'X': -4, 'U': -1, // strings
	'q': 1, 'r': 4, 'h': 1, 'j': 4, // the memo
	'a': 0, 'e': 0, 's': 0, 'u': 0, // items
	'c': 0, 'R': 0, 'b': 0, 'Q': 0, // a class, a call, attributes, a storage
}

// scanPickle returns the length of the pickle that data begins with and the number of its instructions, unless it has an
// instruction, a class or a length that doesn't belong into a state dictionary, or more than limit instructions.
func scanPickle(data []byte, limit int) (length, count int, err error) {
	for at := 0; at < len(data); {
		op := data[at]
		at++
		if count++; count > limit {
			return 0, 0, torchError("more instructions than tensors of its size take")
		}
		size, known := pickleArgs[op]
		switch {
		case !known:
			return 0, 0, torchError("pickle instruction %#x, which no state dictionary needs", op)
		case op == '.':
			return at, count, nil
		case op == 'c':
			class, length, ok := classAt(data[at:])
			if !ok || !torchKnows(class) {
				return 0, 0, torchError("class %.100q; a state dictionary has tensors alone", class)
			}
			at += length
		case size < 0:
			if len(data)-at < -size {
				return 0, 0, torchError("a pickle without an end")
			}
			n := int(data[at])
			if size == -4 {
				n = int(binary.LittleEndian.Uint32(data[at:]))
			}
			if at += -size; n > len(data)-at {
				return 0, 0, torchError("a text of %d bytes, with %d left", n, len(data)-at)
			}
			at += n
		default:
			at += size
		}
	}
	return 0, 0, torchError("a pickle without an end")
}

// classAt reads the two lines that name a class.
func classAt(data []byte) (class string, length int, ok bool) {
	module, rest, ok := bytes.Cut(data, []byte{'\n'})
	name, _, found := bytes.Cut(rest, []byte{'\n'})
	if !ok || !found {
		return "", 0, false
	}
	return string(module) + "." + string(name), len(module) + len(name) + 2, true
}

const (
	orderedDict      = "collections.OrderedDict"
	rebuildTensor    = "torch._utils._rebuild_tensor_v2"
	rebuildParameter = "torch._utils._rebuild_parameter"
)

func torchKnows(class string) bool {
	if class == orderedDict {
		return true
	}
	_, err := torchCallable(class)
	return err == nil
}

// torchClass is what a pickle gets for the name of a class. OrderedDict is the library's own.
func torchClass(module, name string) (any, error) { return torchCallable(module + "." + name) }

func torchCallable(class string) (any, error) {
	switch class {
	case rebuildTensor:
		return callable(newTorchTensor), nil
	case rebuildParameter:
		return callable(func(args ...any) (any, error) {
			if len(args) == 0 {
				return nil, fmt.Errorf("parameter of nothing")
			}
			return args[0], nil
		}), nil
	}
	if len(class) > 6 && class[:6] == "torch." {
		if dtype, known := torchTypes[class[6:]]; known {
			return &torchStorage{dtype: dtype}, nil
		}
	}
	return nil, fmt.Errorf("unknown class %.100q", class)
}

// callable is a function that a pickle may call.
type callable func(args ...any) (any, error)

// Call implements types.Callable.
func (f callable) Call(args ...any) (any, error) { return f(args...) }

// newTorchTensor is _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks).
func newTorchTensor(args ...any) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("tensor of %d arguments", len(args))
	}
	storage, ok1 := args[0].(*torchStorage)
	offset, ok2 := args[1].(int)
	shape, ok3 := integersOf(args[2])
	strides, ok4 := integersOf(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 || storage.key == "" {
		return nil, fmt.Errorf("tensor of other arguments than a storage, an offset, a shape and strides")
	}
	return &torchTensor{storage: storage, offset: offset, shape: shape, strides: strides}, nil
}

func integersOf(tuple any) ([]int, bool) {
	t, ok := tuple.(*types.Tuple)
	if !ok {
		return nil, false
	}
	list := make([]int, t.Len())
	for i := range list {
		if list[i], ok = t.Get(i).(int); !ok {
			return nil, false
		}
	}
	return list, true
}

// storage answers to the identity ("storage", class, key, device, elements) that stands for a storage; the older format
// has a last entry for views, which nothing writes.
func (p *torchPickle) storage(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if !ok || t.Len() < 5 || t.Get(0) != "storage" {
		return nil, fmt.Errorf("no storage in %T", id)
	}
	class, ok1 := t.Get(1).(*torchStorage)
	key, ok2 := t.Get(2).(string)
	count, ok3 := t.Get(4).(int)
	if !ok1 || !ok2 || !ok3 || key == "" || count < 0 || (t.Len() > 5 && t.Get(5) != nil) {
		return nil, fmt.Errorf("storage %s of %s elements", brief(t.Get(2)), brief(t.Get(4)))
	}
	s := p.storages[key]
	if s == nil {
		s = &torchStorage{key: key, dtype: class.dtype, count: count}
		p.storages[key] = s
	}
	if s.dtype != class.dtype || s.count != count {
		return nil, fmt.Errorf("storage %.100q is of two types or sizes", key)
	}
	return s, nil
}

// maxNesting bounds how deep a dictionary may be in others; an optimiser's moments are three deep.
const maxNesting = 8

// stateDict are the tensors of a dictionary by their names, or by those of the containers around them, as in
// "model.conv.weight" and "shadow.0". What isn't a tensor, such as a number of epochs, is left out.
func (p *torchPickle) stateDict(root any) (map[string]*torchTensor, error) {
	switch root.(type) {
	case *types.OrderedDict, *types.Dict:
	default:
		return nil, torchError("it holds no dictionary")
	}
	w := treeWalk{views: map[string]*torchTensor{}, entries: p.budget, names: p.names}
	return w.views, w.walk("", root, 0)
}

// treeWalk collects tensors, within bounds, since containers may hold one another many times over.
type treeWalk struct {
	views          map[string]*torchTensor
	entries, names int // that may still come, and the bytes of theirs
}

func (w *treeWalk) walk(name string, value any, depth int) error {
	w.entries--
	if w.names -= len(name); w.entries < 0 || w.names < 0 || depth > maxNesting {
		return torchError("entry %.100q is one of too many or lies too deep", name)
	}
	below := func(key, value any) error {
		switch key.(type) {
		case string, int:
		default:
			return torchError("entry %.100q has a key of type %T", name, key)
		}
		inner := fmt.Sprint(key)
		if name != "" {
			inner = name + "." + inner
		}
		return w.walk(inner, value, depth+1)
	}
	switch v := value.(type) {
	case *torchTensor:
		if _, twice := w.views[name]; twice {
			return torchError("two tensors %.100q", name)
		}
		w.views[name] = v
	case *types.OrderedDict:
		for e := v.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			if err := below(entry.Key, entry.Value); err != nil {
				return err
			}
		}
	case *types.Dict:
		for _, entry := range *v {
			if err := below(entry.Key, entry.Value); err != nil {
				return err
			}
		}
	case *types.List:
		for i, item := range *v {
			if err := below(i, item); err != nil {
				return err
			}
		}
	case *types.Tuple:
		for i := range v.Len() {
			if err := below(i, v.Get(i)); err != nil {
				return err
			}
		}
	case nil, bool, int, int64, *big.Int, float64, string:
	default:
		return torchError("entry %.100q is a %T, neither tensor nor number nor container", name, value)
	}
	return nil
}

// dictValue looks a name up in a plain dictionary.
func dictValue(dict any, key string) (any, bool) {
	d, ok := dict.(*types.Dict)
	if !ok {
		return nil, false
	}
	return d.Get(key)
}
