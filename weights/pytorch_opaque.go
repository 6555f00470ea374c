package weights

import (
	"regexp"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/nlpodyssey/gopickle/types"
)

// opaque is a class, or an object of it, that isn't read. It takes part in the pickle as Python's would and does
// nothing: what it is given is kept for counting the tensors in it.
type opaque struct {
	class  string // as in "argparse.Namespace"
	tensor bool   // it is a tensor of a kind that isn't read
	module bool   // it has the state of a torch.nn.Module
	inside []any
}

var (
	_ types.Callable        = &opaque{}
	_ types.PyNewable       = &opaque{}
	_ types.PyStateSettable = &opaque{}
	_ types.DictSetter      = &opaque{}
	_ types.ListAppender    = &opaque{}
	_ types.SetAdder        = &opaque{}
)

// Call and PyNew make an object of a class, or what a function returns.
func (o *opaque) Call(args ...any) (any, error) {
	made := &opaque{class: o.class, tensor: o.tensor, inside: args}
	switch o.class {
	case "copyreg._reconstructor", "builtins.getattr", "__builtin__.getattr":
		// an object of its argument, a member of it
		if len(args) == 0 {
			break
		}
		if class, ok := args[0].(*opaque); ok {
			made.class = class.class
		}
	}
	return made, nil
}

// PyNew implements [types.PyNewable].
func (o *opaque) PyNew(args ...any) (any, error) { return o.Call(args...) }

// PySetState implements [types.PyStateSettable].
func (o *opaque) PySetState(state any) error {
	if d, ok := state.(*types.Dict); ok {
		_, parameters := d.Get("_parameters")
		_, modules := d.Get("_modules")
		o.module = parameters && modules
	}
	o.inside = append(o.inside, state)
	return nil
}

// Set implements [types.DictSetter].
func (o *opaque) Set(_, value any) { o.inside = append(o.inside, value) }

// Append implements [types.ListAppender].
func (o *opaque) Append(value any) { o.inside = append(o.inside, value) }

// Add implements [types.SetAdder].
func (o *opaque) Add(value any) { o.inside = append(o.inside, value) }

// what says what an opaque object is, for people.
func (o *opaque) what() string {
	switch {
	case o.tensor && o.class != "":
		return "a tensor that isn't read (" + o.class + ")"
	case strings.HasPrefix(o.class, "numpy.") && strings.HasSuffix(o.class, "._reconstruct"):
		return "an array of NumPy"
	case strings.HasPrefix(o.class, "numpy.") && strings.HasSuffix(o.class, ".scalar"):
		return "a number of NumPy"
	case o.module:
		return "a whole module of class " + o.class
	}
	return "an object of class " + o.class
}

// runsCode tells what no file of weights has a use for, in the name of a class or a function: who writes it means to
// run a program where PyTorch reads the file.
func runsCode(module, name string) bool {
	switch module {
	case "builtins", "__builtin__":
		return !harmlessBuiltins[name]
	case "torch", "torch.serialization":
		return name == "load"
	case "torch.hub", "torch.package", "torch.jit":
		return true
	}
	root, _, _ := strings.Cut(module, ".")
	return dangerous[root]
}

var harmlessBuiltins = map[string]bool{"set": true, "frozenset": true, "slice": true, "complex": true, "range": true,
	"xrange": true, "bytearray": true,
	"bytes": true, "object": true, "dict": true, "list": true, "tuple": true, "int": true, "long": true, "float": true,
	"bool": true, "str": true,
	"unicode": true, "type": true, "getattr": true, "Ellipsis": true, "NotImplemented": true}

var dangerous = map[string]bool{"os": true, "posix": true, "nt": true, "posixpath": true, "ntpath": true,
	"subprocess": true, "sys": true, "shutil": true,
	"socket": true, "runpy": true, "importlib": true, "pty": true, "webbrowser": true, "ctypes": true, "code": true,
	"codeop": true, "pickle": true,
	"_pickle": true, "marshal": true, "commands": true, "popen2": true, "asyncio": true, "multiprocessing": true,
	"threading": true, "pip": true,
	"urllib": true, "requests": true, "http": true, "ftplib": true, "smtplib": true, "tempfile": true, "timeit": true,
	"cProfile": true, "profile": true,
	"pdb": true, "bdb": true, "trace": true, "signal": true, "platform": true, "sqlite3": true, "zipimport": true,
	"pkgutil": true, "inspect": true}

// torchStorages are the storages of torch: what they hold, or else how many bytes each element takes.
var torchStorages = map[string]struct {
	dtype dtypes.DType
	size  int
}{
	"FloatStorage": {dtypes.Float32, 4}, "DoubleStorage": {dtypes.Float64, 8}, "HalfStorage": {dtypes.Float16, 2},
	"BFloat16Storage": {dtypes.BFloat16, 2}, "LongStorage": {dtypes.Int64, 8}, "IntStorage": {dtypes.Int32, 4},
	"ShortStorage": {dtypes.Int16, 2}, "CharStorage": {dtypes.Int8, 1}, "ByteStorage": {dtypes.Uint8, 1},
	"BoolStorage":        {dtypes.Bool, 1},
	"ComplexHalfStorage": {size: 4}, "ComplexFloatStorage": {size: 8}, "ComplexDoubleStorage": {size: 16},
	"QInt8Storage":  {size: 1},
	"QUInt8Storage": {size: 1}, "QInt32Storage": {size: 4}, "QUInt4x2Storage": {size: 1}, "QUInt2x4Storage": {size: 1},
	"UntypedStorage": {size: 1}, "storage.UntypedStorage": {size: 1}, "storage._UntypedStorage": {size: 1},
	"_UntypedStorage": {size: 1},
}

var storageNames = regexp.MustCompile(`^\w+Storage$`)

// makesTensor tells the functions of torch that build tensors of kinds that aren't read: quantised, sparse, nested, of
// a subclass.
func makesTensor(module, name string) bool {
	return module == "torch._utils" && strings.HasPrefix(name, "_rebuild_") || module == "torch._tensor" &&
		strings.HasPrefix(name, "_rebuild_")
}
