package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// torchPickle runs the pickles of a file and collects the storages that they name.
type torchPickle struct {
	storages map[string]*torchStorage
	budget   int // instructions that may still run, but for those of numbers and texts
	scalars  int // those
	names    int // bytes that the names of tensors may take
}

// newTorchPickle runs pickles of a file of that many bytes. A tensor takes some 25 instructions and each of these up to
// 150 bytes of memory, so that a file of nothing but them would grow a hundredfold: there may be 600 small tensors, or
// one for 1600 bytes. A number or a text takes some 60 bytes: a program may save its losses beside its tensors.
func newTorchPickle(fileSize int) *torchPickle {
	return &torchPickle{storages: map[string]*torchStorage{}, budget: 1<<14 + fileSize/64, scalars: 1<<14 + fileSize/8,
		names: 1<<14 + fileSize}
}

// load runs the pickle that data begins with and returns what it makes and how long it is.
func (p *torchPickle) load(data []byte) (value any, length int, err error) {
	if length, err = p.scan(data); err != nil {
		return nil, 0, err
	}
	u := pickle.NewUnpickler(bytes.NewReader(data[:length]))
	u.FindClass = p.class
	u.PersistentLoad = p.storage
	if value, err = u.Load(); err != nil {
		return nil, 0, torchError("%s", brief(err))
	}
	return value, length, nil
}

// pickleArgs is the length of the argument of each instruction of protocols 2 to 5; those of
// variable length, below 0, say how many bytes their length takes. No other instruction runs.
var pickleArgs = map[byte]int{
	// protocol, stop, mark, empty ones, tuples
	0x80: 1, '.': 0, '(': 0, '}': 0, ']': 0, ')': 0, 't': 0, 0x85: 0, 0x86: 0, 0x87: 0,
	// none, booleans, integers, a float, longs
	'N': 0, 0x88: 0, 0x89: 0, 'K': 1, 'M': 2, 'J': 4, 'G': 8, 0x8a: -1, 0x8b: -4,
	'X': -4, 'U': -1, 'T': -4, 0x8c: -1, 0x8d: -8, 'B': -4, 'C': -1, 0x8e: -8, 0x96: -8, // strings and bytes
	'q': 1, 'r': 4, 'h': 1, 'j': 4, 0x94: 0, // the memo
	'a': 0, 'e': 0, 's': 0, 'u': 0, 0x8f: 0, 0x90: 0, 0x91: 0, // items, sets
	'c': 0, 0x93: 0, 'R': 0, 'b': 0, 'Q': 0, 0x81: 0, 0x92: 0, // classes, calls, attributes, a storage
	'0': 0, '1': 0, '2': 0, 0x95: 8, // the stack, a frame
}

// olderPickle are instructions of protocols 0 and 1, whose arguments are lines.
const olderPickle = "IFLSVgpPdlio"

// isScalar tells the instructions that make a number or a text.
func isScalar(op byte) bool {
	return bytes.IndexByte([]byte("NKMJGXUTBC\x88\x89\x8a\x8b\x8c\x8d\x8e\x96"), op) >= 0
}

// scan returns the length of the pickle that data begins with, unless it has an instruction or a length that doesn't
// belong into one, or more instructions than are left.
func (p *torchPickle) scan(data []byte) (length int, err error) {
	wasText := false
	for at := 0; at < len(data); {
		op := data[at]
		at++
		memo := op == 'q' || op == 'r' || op == 0x94
		if isScalar(op) || memo && wasText {
			p.scalars--
		} else {
			p.budget--
		}
		wasText = isScalar(op)
		if p.budget < 0 || p.scalars < 0 {
			return 0, torchError("more instructions than tensors of its size take")
		}
		size, known := pickleArgs[op]
		switch {
		case !known && at > 1 && bytes.IndexByte([]byte(olderPickle), op) >= 0:
			return 0, torchUnsupported("a pickle of protocol 0 or 1; save model.state_dict() by torch.save and its " +
				"usual protocol")
		case !known:
			return 0, torchError("pickle instruction %#x, which no state dictionary needs", op)
		case op == '.':
			return at, nil
		case op == 'c':
			class, length, ok := classAt(data[at:])
			if !ok {
				return 0, torchError("class %.100q", class)
			}
			at += length
		case op == 0x95:
			if len(data)-at < 8 || binary.LittleEndian.Uint64(data[at:]) > uint64(len(data)-at-8) {
				return 0, torchError("a pickle without an end")
			}
			at += size
		case size < 0:
			n, ok := lengthAt(data[at:], -size)
			if !ok {
				return 0, torchError("a pickle without an end")
			}
			if at += -size; n > uint64(len(data)-at) {
				return 0, torchError("a text of %d bytes, with %d left", n, len(data)-at)
			}
			at += int(n)
		default:
			at += size
		}
	}
	return 0, torchError("a pickle without an end")
}

// lengthAt reads a length of 1, 4 or 8 bytes.
func lengthAt(data []byte, size int) (n uint64, ok bool) {
	if len(data) < size {
		return 0, false
	}
	var wide [8]byte
	copy(wide[:], data[:size])
	return binary.LittleEndian.Uint64(wide[:]), true
}

// classAt reads the two lines that name a class.
func classAt(data []byte) (class string, length int, ok bool) {
	const longest = 1 << 10
	module, rest, ok := bytes.Cut(data[:min(len(data), longest)], []byte{'\n'})
	name, _, found := bytes.Cut(rest, []byte{'\n'})
	if !ok || !found {
		return "", 0, false
	}
	return string(module) + "." + string(name), len(module) + len(name) + 2, true
}

// class is what a pickle gets for the name of a class or a function: those that build a tensor, a dictionary or a
// storage, or an opaque one. OrderedDict is the library's own.
func (p *torchPickle) class(module, name string) (any, error) {
	if runsCode(module, name) {
		return nil, fmt.Errorf("class %.100q, which may run a program; a state dictionary has tensors alone", module+
			"."+name)
	}
	switch class := module + "." + name; class {
	case "collections.defaultdict":
		return callable(func(...any) (any, error) { return types.NewDict(), nil }), nil
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		return callable(newTorchTensor), nil
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return callable(func(args ...any) (any, error) {
			if len(args) == 0 {
				return nil, fmt.Errorf("parameter of nothing")
			}
			return args[0], nil
		}), nil
	case "torch._tensor._rebuild_from_type_v2":
		return callable(newTypedTensor), nil
	}
	if storage, known := torchStorages[name]; known && (module == "torch" || module == "torch.cuda" ||
		module == "torch.storage") {
		return &torchStorage{class: name, dtype: storage.dtype, size: storage.size}, nil
	}
	if storageNames.MatchString(name) && module == "torch" {
		return nil, fmt.Errorf("storage class %.100q", module+"."+name)
	}
	return &opaque{class: fmt.Sprintf("%.200s", module+"."+name), tensor: makesTensor(module, name)}, nil
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
	if _, known := dtypeSize(storage.dtype); !known {
		return &opaque{class: "torch." + storage.class, tensor: true}, nil
	}
	return &torchTensor{storage: storage, offset: offset, shape: shape, strides: strides}, nil
}

// newTypedTensor is _rebuild_from_type_v2(function, class, args, attributes) of a tensor with attributes. One of
// torch's own classes has the numbers that the function makes of args; what another makes of them isn't known.
func newTypedTensor(args ...any) (any, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("tensor of %d arguments", len(args))
	}
	function, ok1 := args[0].(types.Callable)
	class, ok2 := args[1].(*opaque)
	inner, ok3 := args[2].(*types.Tuple)
	if !ok1 || !ok2 || !ok3 {
		return nil, fmt.Errorf("tensor of other arguments than a function, a class and arguments")
	}
	switch class.class {
	case "torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter":
		return function.Call(*inner...)
	}
	return &opaque{class: class.class, tensor: true}, nil
}

func integersOf(tuple any) ([]int, bool) {
	if o, isSize := tuple.(*opaque); isSize && o.class == "torch.Size" && len(o.inside) == 1 {
		tuple = o.inside[0]
	}
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
// has a last entry for views, which nothing writes, and ("module", class, …) for the source of a class.
func (p *torchPickle) storage(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if ok && t.Len() > 1 && t.Get(0) == "module" {
		return t.Get(1), nil
	}
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
		s = &torchStorage{class: class.class, key: key, dtype: class.dtype, size: class.size, count: count}
		p.storages[key] = s
	}
	if s.class != class.class || s.count != count {
		return nil, fmt.Errorf("storage %.100q is of two types or sizes", key)
	}
	return s, nil
}
